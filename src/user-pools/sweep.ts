import type { Clock } from '../base/clock.ts';
import type { Sql } from '../database/connection.ts';

const DAY_MS = 86_400_000;
/** Messages are for reading at once. */
const OUTBOX_MS = 7 * DAY_MS;

/** Removes what can no longer matter: expired codes, tokens and sessions, old windows and messages. Safe at any time. */
export async function sweepDirectory(sql: Sql, clock: Clock): Promise<void> {
  const now = new Date(clock.now());
  const before = (ms: number) => new Date(clock.now() - ms);
  await sql`delete from rockpool.confirmation_codes where expires_at < ${before(DAY_MS)}`;
  await sql`delete from rockpool.refresh_tokens where expires_at < ${now}`;
  await sql`delete from rockpool.revoked_origins where expires_at < ${now}`;
  await sql`delete from rockpool.used_sessions where expires_at < ${now}`;
  await sql`delete from rockpool.attempt_windows where started_at < ${before(DAY_MS)}`;
  await sql`delete from rockpool.outbox where at < ${before(OUTBOX_MS)}`;
}
