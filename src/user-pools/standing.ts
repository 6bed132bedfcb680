import type { Clock } from '../base/clock.ts';
import type { Standing } from '../auth/embedded-pools.ts';
import type { Sql } from '../database/connection.ts';
import { userColumns, type User } from './store/users.ts';

/** A user with what decides whether a token of theirs is still good. */
export interface UserStanding {
  readonly user: User;
  readonly revokedOrigins: ReadonlySet<string>;
}

/** One statement. Undefined for a user who is not there. */
export async function readStanding(
  sql: Sql,
  clock: Clock,
  poolId: string,
  sub: string,
): Promise<UserStanding | undefined> {
  const [row] = await sql<(User & { revokedOrigins: string[] })[]>`
    select ${userColumns(sql)}, array(
      select o.origin_jti from rockpool.revoked_origins o
      where o.pool_id = u.pool_id and o.sub = u.sub and o.expires_at > ${new Date(clock.now())}::timestamptz
    ) as "revokedOrigins"
    from rockpool.users u where u.pool_id = ${poolId} and u.sub = ${sub}`;
  if (row === undefined) return undefined;
  const { revokedOrigins, ...user } = row;
  return { user, revokedOrigins: new Set(revokedOrigins) };
}

/** Seconds since the epoch: tokens of sign-ins before it are no longer good. Whole, 0 for none. */
export function validFrom(user: Pick<User, 'tokensValidFrom'>): number {
  return (user.tokensValidFrom?.getTime() ?? 0) / 1000;
}

/** The same in the form that the token verifier asks for. */
export function standingOf({ user, revokedOrigins }: UserStanding): Standing {
  return {
    username: user.username,
    enabled: user.enabled,
    groups: user.groups.map((group) => group.name),
    tokensValidFrom: validFrom(user),
    revokedOrigins,
  };
}
