import { JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import {
  CognitoJwtInvalidClientIdError,
  CognitoJwtInvalidTokenUseError,
  JwtBaseError,
  JwtParseError,
} from 'aws-jwt-verify/error';
import type { JwksCache } from 'aws-jwt-verify/jwk';
import type { Clock } from '../base/clock.ts';
import { RockpoolError, unavailable } from '../base/errors.ts';
import { isStorableText } from '../base/json.ts';
import type { EmbeddedPools } from './embedded-pools.ts';
import { embeddedKeys } from './jwks.ts';
import { TokenError } from './token-error.ts';
import { readUnverifiedToken } from './token-shape.ts';
import { issuersOf, type TrustedPool } from './trusted-pools.ts';

/** What a good token says. Times in seconds since the epoch. */
export interface Claims {
  readonly poolId: string;
  readonly sub: string;
  /** `<pool>/<sub>`. */
  readonly user: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly tokenUse: 'id' | 'access';
  readonly clientId: string;
  readonly originJti: string | undefined;
  readonly issuedAt: number;
  /** When the user signed in; a refresh keeps it. */
  readonly authTime: number;
  readonly expiresAt: number;
  readonly embedded: boolean;
}

export interface TokenCheckOptions {
  readonly embedded: EmbeddedPools;
  readonly defaultPoolId: string;
  readonly trusted: readonly TrustedPool[];
  readonly clock: Clock;
  readonly keys: JwksCache;
}

/** Who decides about a token: a pool, its keys, and the app clients whose tokens are accepted. */
interface Source {
  readonly poolId: string;
  readonly jwksUri: string;
  /** Asked only when the signature holds: strangers cannot make us read the database by it. */
  readonly clientIds: () => Promise<readonly string[]>;
  readonly embedded: boolean;
}

/** A node whose clock is behind the issuer's by no more than this still takes a token that was made just now. */
const CLOCK_LEEWAY_SECONDS = 30;

/**
 * Everything that is checked once: form, issuer, signature, times, use and app client. aws-jwt-verify decides, under
 * the keys of the one pool that the issuer names.
 */
export function createTokenCheck(options: TokenCheckOptions): (token: string) => Promise<Claims> {
  const { embedded, defaultPoolId, trusted, clock, keys } = options;
  const trustedById = new Map(trusted.map((pool) => [pool.poolId, pool]));
  const trustedByIssuer = new Map(
    trusted.flatMap((pool) =>
      [...issuersOf(pool)].map(([issuer, jwksUri]) => [issuer, { pool, jwksUri }] as const),
    ),
  );

  async function sourceOf(issuer: string): Promise<Source> {
    const poolId = issuer.slice(issuer.lastIndexOf('/') + 1);
    const listed = trustedById.get(poolId);
    const named = trustedByIssuer.get(issuer);
    if (named !== undefined) {
      const { pool, jwksUri } = named;
      const source = { poolId: pool.poolId, jwksUri, clientIds: async () => pool.clientIds, embedded: false };
      // Of a pool that is ours, keys and standing are ours: nothing from outside speaks for its users.
      if ((await embedded.clients(pool.poolId)) === undefined) return source;
      if (pool.jwksUrl !== undefined) return (await ours(issuer, poolId)) ?? source;
    } else if (poolId === defaultPoolId || (listed !== undefined && listed.jwksUrl === undefined)) {
      // Asked only for pools that are accepted: an unknown address makes us read the database.
      const source = await ours(issuer, poolId);
      if (source !== undefined) return source;
    }
    throw new TokenError('issuer');
  }

  async function ours(issuer: string, poolId: string): Promise<Source | undefined> {
    if ((await embedded.isIssuer(issuer))?.poolId !== poolId) return undefined;
    const listed = poolId === defaultPoolId ? undefined : trustedById.get(poolId)?.clientIds;
    const clientIds = async () => {
      const clients = (await embedded.clients(poolId)) ?? [];
      return listed === undefined ? clients : clients.filter((clientId) => listed.includes(clientId));
    };
    return { poolId, jwksUri: embeddedKeys(poolId), clientIds, embedded: true };
  }

  return async (token) => {
    const { issuer } = readUnverifiedToken(token);
    const source = await sourceOf(issuer);
    const verifier = JwtVerifier.create(
      {
        issuer,
        jwksUri: source.jwksUri,
        // Access tokens have no audience: the app client is checked below, for both kinds.
        audience: null,
        // The library knows only the system's clock; times are checked below by ours.
        graceSeconds: Number.POSITIVE_INFINITY,
        async customJwtCheck({ payload, jwk }) {
          if (jwk.kty !== 'RSA') throw new TokenError('signature');
          checkTimes(payload, clock.now() / 1000);
          validateCognitoJwtFields(payload, { tokenUse: null, clientId: [...(await source.clientIds())] });
        },
      },
      { jwksCache: keys },
    );
    try {
      return claimsOf(await verifier.verify(token), source);
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

interface Payload {
  readonly [claim: string]: unknown;
}

function checkTimes({ exp, nbf, iat }: Payload, now: number): void {
  if (typeof exp !== 'number' || typeof iat !== 'number') throw new TokenError('malformed');
  if (exp <= now) throw new TokenError('expired');
  if (iat > now + CLOCK_LEEWAY_SECONDS || (typeof nbf === 'number' && nbf > now))
    throw new TokenError('not-yet');
}

function claimsOf(payload: Payload, source: Source): Claims {
  const tokenUse = payload['token_use'] === 'id' ? 'id' : 'access';
  const { sub, iat, exp, auth_time: authTime, origin_jti: originJti } = payload;
  const username = payload[tokenUse === 'id' ? 'cognito:username' : 'username'];
  const clientId = payload[tokenUse === 'id' ? 'aud' : 'client_id'];
  const groups = payload['cognito:groups'] ?? [];
  const good =
    isSubject(sub) &&
    isName(username) &&
    typeof clientId === 'string' &&
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    (authTime === undefined || typeof authTime === 'number') &&
    (originJti === undefined || isName(originJti)) &&
    Array.isArray(groups) &&
    groups.every(isName);
  if (!good) throw new TokenError('malformed');
  return {
    poolId: source.poolId,
    sub,
    user: `${source.poolId}/${sub}`,
    username,
    groups,
    tokenUse,
    clientId,
    originJti,
    issuedAt: iat,
    authTime: authTime ?? iat,
    expiresAt: exp,
    embedded: source.embedded,
  };
}

/** Subjects stand in topics and, with `::` behind them, in owner fields: what could be taken for more than one is refused. */
function isSubject(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^[\x21-\x7e]{1,128}$/.test(value) &&
    !value.includes('::') &&
    !value.includes('/')
  );
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 256 && isStorableText(value);
}

/** The library's errors quote what the token says and what was expected: neither leaves the server. */
function refusalOf(error: unknown): unknown {
  if (error instanceof RockpoolError) return error;
  if (error instanceof CognitoJwtInvalidClientIdError) return new TokenError('client', error);
  if (error instanceof CognitoJwtInvalidTokenUseError) return new TokenError('use', error);
  if (error instanceof JwtParseError) return new TokenError('malformed', error);
  if (error instanceof JwtBaseError) return new TokenError('signature', error);
  return unavailable('The keys of the user pool cannot be used just now, please try again.', error);
}
