import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import { asUnavailable } from '../database/errors.ts';
import type { UserCaller } from './caller.ts';
import type { EmbeddedPools, Standing } from './embedded-pools.ts';
import { createKeySource } from './jwks.ts';
import { createReadThrough } from './read-through.ts';
import { createTokenCheck, type Claims } from './token-claims.ts';
import { TokenError } from './token-error.ts';
import type { TrustedPool } from './trusted-pools.ts';

export interface TokenVerifierOptions {
  readonly embedded: EmbeddedPools;
  /** Every app client of it is accepted. */
  readonly defaultPoolId: string;
  readonly trusted: readonly TrustedPool[];
  readonly clock: Clock;
  /** Verified tokens, and standings of users, that are remembered. Default 10 000 each. */
  readonly remember?: number;
}

export interface TokenVerifier {
  /**
   * Who the bearer of an id or access token is, `Bearer` in front or not. Throws TokenError (UNAUTHENTICATED), or
   * UNAVAILABLE while keys or directory cannot be asked.
   */
  verify(token: string): Promise<UserCaller>;
  /** The user's standing changed: it is read again at the next use of one of their tokens. */
  forget(poolId: string, sub: string): void;
  /** As `forget`, for everybody: after a time in which changes may have been missed. */
  forgetAll(): void;
}

/** A token whose signature and claims held. */
interface Remembered {
  readonly claims: Claims;
  /** The last answer, and the standing that it was made of. */
  standing: Standing | undefined;
  answer: Promise<UserCaller> | undefined;
}

const MAX_TOKEN_CHARACTERS = 16 * 1024;

/**
 * A signature is checked once: what held is remembered by the token's digest until it expires. The standing of a user
 * of ours is looked at on every use, from memory, and read again when the feed says that it changed.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { embedded, defaultPoolId, trusted, clock, remember = 10_000 } = options;
  const keys = createKeySource({ embedded: (poolId) => embedded.jwks(poolId), clock });
  const check = createTokenCheck({ embedded, defaultPoolId, trusted, clock, keys });
  const bareUsername = trusted.every(({ poolId }) => poolId === defaultPoolId);
  const remembered = new LRUCache<string, Remembered>({ max: remember });
  const checking = new Map<string, Promise<Remembered>>();
  const standings = createReadThrough<string, Standing | typeof GONE>(remember, async (key) => {
    const slash = key.indexOf('/');
    return (await embedded.standing(key.slice(0, slash), key.slice(slash + 1))) ?? GONE;
  });

  /** The answer without waiting, where nothing has to be asked. */
  function recall(digest: string): Promise<UserCaller> | undefined {
    const known = remembered.get(digest);
    if (known?.answer === undefined || known.claims.expiresAt * 1000 <= clock.now()) return undefined;
    // Nothing stands under the name of a trusted pool's user.
    return standings.peek(known.claims.user) === known.standing ? known.answer : undefined;
  }

  async function verify(token: string, digest: string): Promise<UserCaller> {
    const known = remembered.get(digest) ?? (await checked(token, digest));
    const { claims } = known;
    if (claims.expiresAt * 1000 <= clock.now()) {
      remembered.delete(digest);
      throw new TokenError('expired');
    }
    const standing = claims.embedded ? await standings.get(claims.user) : undefined;
    if (standing === GONE || (standing !== undefined && !isGood(standing, claims))) {
      known.answer = undefined;
      throw new TokenError('revoked');
    }
    const caller = callerOf(claims, standing, bareUsername);
    known.standing = standing;
    known.answer = Promise.resolve(caller);
    return caller;
  }

  /** Those who bring the same token while it is being checked share the check. */
  function checked(token: string, digest: string): Promise<Remembered> {
    let pending = checking.get(digest);
    if (pending === undefined) {
      pending = check(token)
        .then((claims) => {
          const known: Remembered = { claims, standing: undefined, answer: undefined };
          remembered.set(digest, known);
          return known;
        })
        .finally(() => checking.delete(digest));
      checking.set(digest, pending);
    }
    return pending;
  }

  return {
    verify(text) {
      const token = withoutScheme(text);
      if (token === '' || token.length > MAX_TOKEN_CHARACTERS)
        return Promise.reject(new TokenError('malformed'));
      const digest = hash('sha256', token, 'base64');
      return (
        recall(digest) ??
        verify(token, digest).catch((error: unknown) => {
          throw asUnavailable(error);
        })
      );
    },
    forget: (poolId, sub) => standings.forget(`${poolId}/${sub}`),
    forgetAll: () => standings.forgetAll(),
  };
}

/** What is kept for a user that is not there, so that tokens of theirs do not ask the database again and again. */
const GONE = 'gone';

function isGood(standing: Standing, claims: Claims): boolean {
  if (!standing.enabled || claims.authTime < standing.tokensValidFrom) return false;
  return claims.originJti === undefined || !standing.revokedOrigins.has(claims.originJti);
}

function callerOf(claims: Claims, standing: Standing | undefined, bareUsername: boolean): UserCaller {
  const { poolId, sub, tokenUse, clientId, originJti, issuedAt, expiresAt, embedded } = claims;
  return {
    kind: 'user',
    poolId,
    sub,
    username: standing?.username ?? claims.username,
    groups: [...new Set(standing?.groups ?? claims.groups)].sort(),
    tokenUse,
    clientId,
    originJti,
    issuedAt,
    expiresAt,
    embedded,
    bareUsername,
  };
}

function withoutScheme(text: string): string {
  const trimmed = text.trim();
  return /^bearer\s/i.test(trimmed) ? trimmed.slice(6).trim() : trimmed;
}
