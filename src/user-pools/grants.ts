import { uuid } from '../base/ids.ts';
import { validitySeconds } from './settings.ts';
import type { ClientOfPool } from './store/pools.ts';
import { validFrom } from './standing.ts';
import { newTokenText, type NewRefreshToken } from './store/refresh-tokens.ts';
import type { User } from './store/users.ts';

/** What a sign-in hands out. */
export interface TokenSet {
  readonly accessToken: string;
  readonly idToken: string;
  /** Seconds that the access token lives. */
  readonly expiresIn: number;
  /** Missing after a refresh without rotation. */
  readonly refreshToken?: string;
}

/** Tokens, or a question to answer first. */
export type AuthOutcome =
  | { readonly kind: 'tokens'; readonly tokens: TokenSet }
  | {
      readonly kind: 'challenge';
      readonly name: 'NEW_PASSWORD_REQUIRED';
      readonly session: string;
      readonly parameters: Readonly<Record<string, string>>;
    };

/**
 * A new sign-in of a user through a client, to be stored. `now` in milliseconds. A sign-in in the second of a
 * sign-out from everywhere counts as one of the next second, where tokens are good again.
 */
export function newSignIn(
  { client, pool }: ClientOfPool,
  user: Pick<User, 'sub' | 'tokensValidFrom'>,
  now: number,
): NewRefreshToken {
  return {
    token: newTokenText(),
    poolId: pool.id,
    clientId: client.id,
    sub: user.sub,
    originJti: uuid(),
    authTime: Math.max(Math.floor(now / 1000), validFrom(user)),
    createdAt: new Date(now),
    expiresAt: new Date(now + validitySeconds(client.settings.refreshTokenValidity) * 1000),
  };
}
