import type { Queryable } from '../database/connection.ts';
import { attemptLimitExceeded } from './errors.ts';

/** Calls of a user that are limited by the hour, with the limits of Cognito's documentation. */
export const HOURLY_LIMITS = {
  'sign-up': 15,
  resend: 5,
  'forgot-password': 20,
  'confirm-forgot-password': 15,
  'change-password': 5,
  'attribute-code': 5,
  'verify-attribute': 15,
} as const;
export type LimitedCall = keyof typeof HOURLY_LIMITS;

const HOUR_S = 3600;

export interface Attempt {
  readonly poolId: string;
  /** A sub, or what `unknownSubject` makes of a name that nobody has. */
  readonly subject: string;
  readonly call: LimitedCall;
  readonly now: Date;
}

/** Counts one; throws when the hour's were used up before. */
export async function spendAttempt(sql: Queryable, attempt: Attempt): Promise<void> {
  if ((await countAttempt(sql, attempt)) > HOURLY_LIMITS[attempt.call]) throw attemptLimitExceeded();
}

/** Counts one in the hour that began with the first; returns how many there were. */
export async function countAttempt(sql: Queryable, { poolId, subject, call, now }: Attempt): Promise<number> {
  const rows = await sql<{ count: number }[]>`
    insert into rockpool.attempt_windows as w (pool_id, sub, purpose, started_at, count)
    values (${poolId}, ${subject}, ${call}, ${now}, 1)
    on conflict (pool_id, sub, purpose) do update set
      count = case when w.started_at <= ${now}::timestamptz - make_interval(secs => ${HOUR_S}::int) then 1
        else w.count + 1 end,
      started_at = case when w.started_at <= ${now}::timestamptz - make_interval(secs => ${HOUR_S}::int)
        then excluded.started_at else w.started_at end
    returning count`;
  return rows[0]?.count ?? 0;
}

/** Throws when the hour's are used up; counts nothing. For calls of which only the failed ones count. */
export async function checkAttempts(sql: Queryable, { poolId, subject, call, now }: Attempt): Promise<void> {
  const [row] = await sql<{ count: number }[]>`
    select count from rockpool.attempt_windows
    where pool_id = ${poolId} and sub = ${subject} and purpose = ${call}
      and started_at > ${now}::timestamptz - make_interval(secs => ${HOUR_S}::int)`;
  if (row !== undefined && row.count >= HOURLY_LIMITS[call]) throw attemptLimitExceeded();
}
