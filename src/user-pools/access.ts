import { verify as verifySignature } from 'node:crypto';
import { readUnverifiedToken } from '../auth/token-shape.ts';
import type { Clock } from '../base/clock.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { Sql } from '../database/connection.ts';
import type { Clients } from './clients.ts';
import { DirectoryError, notAuthorized, userDisabled, userNotFound } from './errors.ts';
import type { PoolIssuers } from './issuers.ts';
import type { SigningKeys } from './signing-keys.ts';
import { readStanding, validFrom } from './standing.ts';
import type { Client, Pool } from './store/pools.ts';
import type { User } from './store/users.ts';
import { API_SCOPE } from './tokens.ts';

/** Who holds an access token, checked in full: what the operations that take one begin with. */
export interface SignedInUser {
  readonly user: User;
  readonly pool: Pool;
  readonly client: Client;
}

export interface Access {
  /** Throws NOT_AUTHORIZED for a token that is not, no longer or not yet good, USER_NOT_FOUND after a deletion. */
  require(accessToken: string): Promise<SignedInUser>;
}

interface AccessClaims {
  readonly sub: string;
  readonly clientId: string;
  readonly authTime: number;
  readonly originJti: string | undefined;
  readonly scopes: readonly string[];
}

const invalid = () => notAuthorized('Invalid Access Token');
const revoked = () => notAuthorized('Access Token has been revoked');

interface Parts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly issuers: PoolIssuers;
  readonly clients: Clients;
}

/** These operations take only tokens that this deployment signed, so that the keys at hand decide, not a JWKS. */
export function createAccess({ sql, clock, keys, issuers, clients }: Parts): Access {
  async function verify(token: string): Promise<AccessClaims & { readonly poolId: string }> {
    const { kid } = readShape(token);
    const [head = '', body = '', signature = ''] = token.split('.');
    const key = await keys.byKid(kid);
    if (key === undefined || key.use !== 'access') throw invalid();
    const signed = Buffer.from(`${head}.${body}`);
    if (!verifySignature('RSA-SHA256', signed, key.publicKey, Buffer.from(signature, 'base64url')))
      throw invalid();
    const read = accessClaims(body);
    if (read === undefined) throw invalid();
    if ((await issuers.isIssuer(read.iss))?.poolId !== key.poolId) throw invalid();
    if (read.expiresAt * 1000 <= clock.now()) throw notAuthorized('Access Token has expired');
    return { ...read, poolId: key.poolId };
  }

  return {
    async require(accessToken) {
      const claims = await verify(accessToken);
      const [standing, { client, pool }] = await Promise.all([
        readStanding(sql, clock, claims.poolId, claims.sub),
        clients.require(claims.clientId),
      ]);
      if (standing === undefined) throw userNotFound();
      const { user, revokedOrigins } = standing;
      if (!user.enabled) throw userDisabled();
      if (claims.authTime < validFrom(user)) throw revoked();
      if (claims.originJti !== undefined && revokedOrigins.has(claims.originJti)) throw revoked();
      if (!claims.scopes.includes(API_SCOPE))
        throw notAuthorized('Access Token does not have required scopes');
      if (user.status === 'RESET_REQUIRED') {
        throw new DirectoryError('PASSWORD_RESET_REQUIRED', 'Password reset required for the user');
      }
      return { user, pool, client };
    },
  };
}

/** The strict reading of a token that every door shares. */
function readShape(token: string): { readonly kid: string } {
  try {
    return readUnverifiedToken(token);
  } catch {
    throw invalid();
  }
}

function accessClaims(
  body: string,
): (AccessClaims & { readonly iss: string; readonly expiresAt: number }) | undefined {
  const claims = parseJson(Buffer.from(body, 'base64url').toString('utf8'));
  if (!isObject(claims)) return undefined;
  const { iss, sub, client_id: clientId, auth_time: authTime, exp, origin_jti: originJti, scope } = claims;
  if (claims['token_use'] !== 'access' || typeof iss !== 'string' || typeof sub !== 'string')
    return undefined;
  if (typeof clientId !== 'string' || typeof authTime !== 'number' || typeof exp !== 'number')
    return undefined;
  return {
    iss,
    sub,
    clientId,
    authTime,
    expiresAt: exp,
    originJti: typeof originJti === 'string' ? originJti : undefined,
    scopes: typeof scope === 'string' ? scope.split(' ') : [],
  };
}
