import type { Clock } from '../base/clock.ts';
import type { Sealer } from '../auth/sealing.ts';
import type { Queryable } from '../database/connection.ts';
import { notAuthorized } from './errors.ts';
import type { User } from './store/users.ts';

/*
 * After 5 wrong passwords the next try must wait 1 s, after each further wrong one twice as long, up to 15 minutes.
 * Tries during the wait do not count. 15 minutes without a wrong one start anew.
 *
 * A check takes long, so many may be under way at once with the counter as it was before all of them. Therefore
 * the outcome of a try is decided when it is written, on the row as it is then: once five were found wrong, those
 * still under way learn only that they must wait, right or wrong. It is as if they had come one after the other.
 */

export const FREE_TRIES = 5;
const LONGEST_WAIT_S = 900;
const IDLE_S = 900;

/** Milliseconds to wait after the last wrong password, for a number of wrong ones. */
export function waitAfter(failures: number): number {
  if (failures < FREE_TRIES) return 0;
  return Math.min(2 ** Math.min(failures - FREE_TRIES, 20), LONGEST_WAIT_S) * 1000;
}

/** True while a try would be refused whatever the password is. */
export function isWaiting(failures: number, failedAt: Date | null, now: number): boolean {
  return failedAt !== null && now < failedAt.getTime() + waitAfter(failures);
}

export const attemptsExceeded = () => notAuthorized('Password attempts exceeded');

/** The same rule for a statement; `failures` and `failedAt` are columns of the row that it changes. */
export const isWaitingSql = (
  sql: Queryable,
  failures: ReturnType<typeof sql>,
  failedAt: ReturnType<typeof sql>,
  now: Date,
) =>
  sql`(${failures} >= ${FREE_TRIES}::int and ${failedAt} is not null and ${now}::timestamptz < ${failedAt}
    + least(power(2, least(${failures} - ${FREE_TRIES}::int, 20)), ${LONGEST_WAIT_S}::int) * interval '1 second')`;

/** Counts a wrong password of a user. False when the wait had begun meanwhile: then it does not count. */
export async function countWrongPassword(sql: Queryable, user: User, now: Date): Promise<boolean> {
  const rows = await sql`
    update rockpool.users u set failed_at = ${now}, failed_attempts =
      case when u.failed_at <= ${now}::timestamptz - make_interval(secs => ${IDLE_S}::int) then 1
        else u.failed_attempts + 1 end
    where u.pool_id = ${user.poolId} and u.sub = ${user.sub}
      and not ${isWaitingSql(sql, sql`u.failed_attempts`, sql`u.failed_at`, now)}
    returning u.sub`;
  return rows.length > 0;
}

/**
 * The same for a name that nobody has, so that an account cannot be told by its lockout. Throws what the try gets.
 */
export interface UnknownUserLockout {
  /** Before the hash is computed. Throws while the name must wait. */
  check(poolId: string, key: string): Promise<void>;
  /** After it. False when the wait had begun meanwhile. */
  count(poolId: string, key: string): Promise<boolean>;
}

const PURPOSE = 'sign-in';

export function createUnknownUserLockout({
  sql,
  sealer,
  clock,
}: {
  readonly sql: Queryable;
  readonly sealer: Sealer;
  readonly clock: Clock;
}): UnknownUserLockout {
  const subject = (poolId: string, key: string) => unknownSubject(sealer, poolId, key);
  return {
    async check(poolId, key) {
      const [row] = await sql<{ count: number; startedAt: Date }[]>`
        select count, started_at as "startedAt" from rockpool.attempt_windows
        where pool_id = ${poolId} and sub = ${subject(poolId, key)} and purpose = ${PURPOSE}`;
      if (row !== undefined && isWaiting(row.count, row.startedAt, clock.now())) throw attemptsExceeded();
    },
    async count(poolId, key) {
      const now = new Date(clock.now());
      const rows = await sql`
        insert into rockpool.attempt_windows as w (pool_id, sub, purpose, started_at, count)
        values (${poolId}, ${subject(poolId, key)}, ${PURPOSE}, ${now}, 1)
        on conflict (pool_id, sub, purpose) do update set started_at = ${now}, count =
          case when w.started_at <= ${now}::timestamptz - make_interval(secs => ${IDLE_S}::int) then 1
            else w.count + 1 end
        where not ${isWaitingSql(sql, sql`w.count`, sql`w.started_at`, now)}
        returning w.sub`;
      return rows.length > 0;
    },
  };
}

/** How a name that nobody has is counted: not by the name itself, which may be a person's address. */
export function unknownSubject(sealer: Sealer, poolId: string, key: string): string {
  return `?${sealer.mac(`${poolId}/${key}`, 'unknown-user')}`;
}
