import type { Queryable } from '../../database/connection.ts';
import { refreshTokenHash, type RefreshToken } from './refresh-tokens.ts';

/**
 * Replaces a refresh token by a successor that keeps its end. False when it was replaced before `oldest` or revoked
 * meanwhile: the row's lock makes those who come together come one after the other.
 */
export async function rotateRefreshToken(
  sql: Queryable,
  token: RefreshToken,
  successor: string,
  now: Date,
  oldest: Date,
): Promise<boolean> {
  const rows = await sql`
    with replaced as (
      update rockpool.refresh_tokens r set replaced_at = coalesce(r.replaced_at, ${now}::timestamptz)
      where r.token_hash = ${token.hash} and r.revoked_at is null
        and (r.replaced_at is null or r.replaced_at > ${oldest}::timestamptz)
      returning r.pool_id, r.client_id, r.sub, r.origin_jti, r.auth_time, r.expires_at
    )
    insert into rockpool.refresh_tokens (token_hash, pool_id, client_id, sub, origin_jti, auth_time, created_at,
      expires_at)
    select ${refreshTokenHash(successor)}, pool_id, client_id, sub, origin_jti, auth_time, ${now}::timestamptz,
      expires_at
    from replaced returning token_hash`;
  return rows.length > 0;
}
