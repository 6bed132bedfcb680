import { RockpoolError } from '../base/errors.ts';

/** Why a token was refused, in words for its bearer. They say nothing about users, keys or other pools. */
const MESSAGES = {
  malformed: 'The token is not a JWT of a user pool.',
  issuer: 'The token comes from a user pool that is not accepted here.',
  client: 'The token was issued to an app client that is not accepted here.',
  use: 'The token is neither an id token nor an access token.',
  signature: 'The signature of the token does not hold.',
  'not-yet': 'The token is not valid yet.',
  expired: 'The token has expired.',
  revoked: 'The token is no longer good: sign in again.',
} as const;

export type TokenRefusal = keyof typeof MESSAGES;

/** UNAUTHENTICATED, with the reason for transports that tell them apart. */
export class TokenError extends RockpoolError {
  readonly reason: TokenRefusal;

  constructor(reason: TokenRefusal, cause?: unknown) {
    super('UNAUTHENTICATED', MESSAGES[reason], { cause });
    this.reason = reason;
  }

  /** True for a token that was good once: it expired, or its user signed out, was disabled or removed. */
  get lapsed(): boolean {
    return this.reason === 'expired' || this.reason === 'revoked';
  }
}
