/**
 * An epoch is one unbroken history of numbers. A restore or a failover may take numbers back and hand them out again, so
 * what was said about them before means nothing after: a new epoch begins, old positions get RESYNC, marks are deleted.
 *
 * What shows it is the origin: system identifier, timeline, oids of the database and of the sequence. A snapshot of the
 * disk put back in place changes none of them: the operator says so (`rockpool migrate --new-epoch`).
 */

import { randomToken } from '../base/ids.ts';
import type { Database, Transaction } from '../database/connection.ts';

export interface EpochCheck {
  /** The present one. */
  readonly epoch: string;
  /** The one before, where this call began a new one; '' on a new database. */
  readonly ended?: string;
}

interface Stored {
  readonly epoch: string;
  readonly stored: string;
  readonly origin: string;
}

/** Compares the origin with what is stored and begins a new epoch where it differs. */
export async function checkEpoch(database: Pick<Database, 'sql'>): Promise<EpochCheck> {
  const [row] = await database.sql<Stored[]>`
    select epoch, origin as stored, rockpool.feed_origin() as origin from rockpool.feed_state where id = 1`;
  if (row === undefined) throw new Error('rockpool.feed_state is empty: the migrations were not applied');
  if (row.epoch !== '' && row.stored === row.origin) return { epoch: row.epoch };
  return begin(database, (state) => state.epoch === '' || !sameOrigin(state.stored, state.origin));
}

/** Begins a new epoch whatever the origin says; returns its name. */
export async function newEpoch(database: Pick<Database, 'sql'>): Promise<string> {
  const { epoch } = await begin(database, () => true);
  return epoch;
}

/**
 * Ends the present epoch with a transaction of somebody else: whoever checks after its commit finds no origin and begins
 * a new one. Running readers check as soon as they see the origin gone.
 */
export async function endEpoch(sql: Transaction): Promise<void> {
  await sql`update rockpool.feed_state set origin = '' where id = 1`;
}

/** The row's lock makes one new epoch of several nodes that notice at the same time. */
async function begin(
  database: Pick<Database, 'sql'>,
  isNew: (state: Stored) => boolean,
): Promise<EpochCheck> {
  const result = await database.sql.begin(async (sql): Promise<EpochCheck> => {
    const [row] = await sql<Stored[]>`
      select epoch, origin as stored, rockpool.feed_origin() as origin
      from rockpool.feed_state where id = 1 for update`;
    if (row === undefined) throw new Error('rockpool.feed_state is empty: the migrations were not applied');
    const fresh = isNew(row);
    const epoch = fresh ? randomToken(9) : row.epoch;
    await sql`update rockpool.feed_state set epoch = ${epoch}, origin = ${row.origin} where id = 1`;
    if (!fresh) return { epoch };
    await restartMarks(sql);
    return { epoch, ended: row.epoch };
  });
  return result as EpochCheck;
}

/**
 * Deletes all marks. A first one of the new epoch takes their place, above them all: were the clock of the new server
 * behind, a later mark could otherwise have a time that the old epoch gave to somebody.
 */
async function restartMarks(sql: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(21103, 1)`;
  await sql`
    with gone as (delete from rockpool.marks returning ms)
    insert into rockpool.marks (ms, horizon)
    select greatest(floor(extract(epoch from clock_timestamp()) * 1000)::bigint, coalesce(max(ms), 0) + 1),
      rockpool.journal_horizon()
    from gone`;
}

/** A part that one of the two could not read ('-') tells nothing. */
function sameOrigin(stored: string, present: string): boolean {
  const before = stored.split('/');
  const now = present.split('/');
  return (
    before.length === now.length &&
    before.every((part, index) => part === now[index] || part === '-' || now[index] === '-')
  );
}
