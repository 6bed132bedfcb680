import { createHash } from 'node:crypto';
import { randomToken } from '../../base/ids.ts';
import type { Queryable } from '../../database/connection.ts';
import { userColumns, type User } from './users.ts';

/** A refresh token as it goes out, and the sign-in that lives on in it. Only its hash is kept. */
export interface NewRefreshToken {
  readonly token: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly originJti: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface RefreshToken {
  readonly hash: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly originJti: string;
  readonly authTime: number;
  readonly expiresAt: Date;
  readonly replacedAt: Date | null;
  readonly revokedAt: Date | null;
}

const PREFIX = 'rt.';
const RANDOM_BYTES = 48;
const FORM = /^rt\.[A-Za-z0-9_-]{64}$/;

export const newTokenText = () => `${PREFIX}${randomToken(RANDOM_BYTES)}`;

/** Access and id tokens are not. */
export const isRefreshToken = (text: string) => FORM.test(text);

/** Enough for a random value of 48 bytes: nothing to guess, so nothing to slow down. */
export const refreshTokenHash = (token: string) => createHash('sha256').update(token).digest('base64url');

const columns = (sql: Queryable) => sql`
  r.token_hash as hash, r.pool_id as "poolId", r.client_id as "clientId", r.sub, r.origin_jti as "originJti",
  r.auth_time as "authTime", r.expires_at as "expiresAt", r.replaced_at as "replacedAt", r.revoked_at as "revokedAt"`;

export async function readRefreshToken(sql: Queryable, token: string): Promise<RefreshToken | undefined> {
  const [row] = await sql<RefreshToken[]>`
    select ${columns(sql)} from rockpool.refresh_tokens r where r.token_hash = ${refreshTokenHash(token)}`;
  return row;
}

/** The token and its user in one statement: all that a refresh reads beside the client. */
export async function readRefreshTokenWithUser(
  sql: Queryable,
  token: string,
): Promise<{ readonly token: RefreshToken; readonly user: User } | undefined> {
  type Row = User & {
    hash: string;
    clientId: string;
    originJti: string;
    authTime: number;
    expiresAt: Date;
    replacedAt: Date | null;
    revokedAt: Date | null;
  };
  const [row] = await sql<Row[]>`
    select ${userColumns(sql)}, r.token_hash as hash, r.client_id as "clientId", r.origin_jti as "originJti",
      r.auth_time as "authTime", r.expires_at as "expiresAt", r.replaced_at as "replacedAt",
      r.revoked_at as "revokedAt"
    from rockpool.refresh_tokens r join rockpool.users u on u.pool_id = r.pool_id and u.sub = r.sub
    where r.token_hash = ${refreshTokenHash(token)}`;
  if (row === undefined) return undefined;
  const { hash, clientId, originJti, authTime, expiresAt, replacedAt, revokedAt, ...user } = row;
  const { poolId, sub } = user;
  return {
    token: { hash, poolId, clientId, sub, originJti, authTime, expiresAt, replacedAt, revokedAt },
    user,
  };
}

export async function insertRefreshToken(sql: Queryable, token: NewRefreshToken): Promise<void> {
  await sql`
    insert into rockpool.refresh_tokens (token_hash, pool_id, client_id, sub, origin_jti, auth_time, created_at,
      expires_at)
    values (${refreshTokenHash(token.token)}, ${token.poolId}, ${token.clientId}, ${token.sub}, ${token.originJti},
      ${token.authTime}, ${token.createdAt}, ${token.expiresAt})`;
}
