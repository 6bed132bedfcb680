import type { Queryable } from '../../database/connection.ts';
import { isWaitingSql } from '../lockout.ts';
import { refreshTokenHash, type NewRefreshToken } from './refresh-tokens.ts';
import type { User, UserStatus } from './users.ts';

/** The user as the sign-in found it at its end. */
export interface AcceptedSignIn {
  readonly status: UserStatus;
  readonly enabled: boolean;
  readonly passwordSetAt: Date | null;
  /** Seconds since the epoch; later than asked for in the second of a sign-out from everywhere. */
  readonly authTime: number;
}

/**
 * Accepts a password that was found right, in one statement: on the user's row as it is now, not as it was before
 * the long check. The counter goes back to zero, a hash or verifier that was renewed is kept, and for a user who may
 * sign in the refresh token is stored. Undefined when the user must wait by now, is gone, or has another password.
 */
export async function acceptSignIn(
  sql: Queryable,
  user: User,
  signIn: NewRefreshToken,
  renewed: { readonly passwordHash: string | null; readonly srpVerifier: string | null },
): Promise<AcceptedSignIn | undefined> {
  const now = signIn.createdAt;
  const [row] = await sql<AcceptedSignIn[]>`
    with accepted as (
      update rockpool.users u set failed_attempts = 0, failed_at = null,
        password_hash = coalesce(${renewed.passwordHash}, u.password_hash),
        srp_verifier = coalesce(${renewed.srpVerifier}, u.srp_verifier)
      where u.pool_id = ${user.poolId} and u.sub = ${user.sub} and u.password_hash = ${user.passwordHash}
        and not ${isWaitingSql(sql, sql`u.failed_attempts`, sql`u.failed_at`, now)}
      returning u.status, u.enabled, u.password_set_at,
        greatest(${signIn.authTime}::bigint, extract(epoch from u.tokens_valid_from)::bigint) as auth_time
    ), stored as (
      insert into rockpool.refresh_tokens (token_hash, pool_id, client_id, sub, origin_jti, auth_time, created_at,
        expires_at)
      select ${refreshTokenHash(signIn.token)}, ${signIn.poolId}, ${signIn.clientId}, ${signIn.sub},
        ${signIn.originJti}, a.auth_time, ${now}::timestamptz, ${signIn.expiresAt}::timestamptz
      from accepted a where a.status = 'CONFIRMED' and a.enabled
    )
    select status, enabled, password_set_at as "passwordSetAt", auth_time as "authTime" from accepted`;
  return row;
}
