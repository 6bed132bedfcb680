import type { Log } from '../base/log.ts';
import type { Database, Queryable } from '../database/connection.ts';

/** A partition of the journal: `from` inclusive, `to` exclusive. */
export interface Partition {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Entries of a partition. */
export const PARTITION_SIZE = 1_000_000;

/**
 * Both kinds of change want a lock on the whole journal, and while one waits, all writers wait behind it. So they wait
 * briefly and come again later.
 */
const LOCK_TIMEOUT = '250ms';

/** By range. */
export async function listPartitions(sql: Queryable): Promise<Partition[]> {
  const rows = await sql<{ name: string; bounds: string }[]>`
    select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'rockpool.journal'::regclass`;
  const partitions = rows.flatMap(({ name, bounds }) => {
    const [, from, to] = /^FOR VALUES FROM \('(\d+)'\) TO \('(\d+)'\)$/.exec(bounds) ?? [];
    return from === undefined || to === undefined ? [] : [{ name, from: Number(from), to: Number(to) }];
  });
  return partitions.sort((a, b) => a.from - b.from);
}

/**
 * Makes the next partition when the newest is half full: there is no default one, without a partition nobody can write.
 * Returns the names of those it made. Attaching a finished table, other than creating it in place, lets writers go on.
 */
export async function makePartitions(
  database: Pick<Database, 'transaction'>,
  size = PARTITION_SIZE,
): Promise<string[]> {
  return database.transaction(async (sql) => {
    await sql`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`;
    const [state] = await sql<{ mine: boolean; head: number }[]>`
      select pg_try_advisory_xact_lock(21103, 3) as mine, last_value as head from rockpool.journal_seq`;
    if (state === undefined || !state.mine) return [];
    let newest = (await listPartitions(sql)).at(-1);
    const made: string[] = [];
    while (newest === undefined || state.head >= newest.from + (newest.to - newest.from) / 2) {
      const from: number = newest?.to ?? state.head + 1;
      newest = { name: `journal_p${from}`, from, to: from + size };
      const table = sql(`rockpool.${newest.name}`);
      const bounds = sql.unsafe(`from (${newest.from}) to (${newest.to})`);
      await sql`create table ${table} (like rockpool.journal including defaults including storage)`;
      await sql`alter table rockpool.journal attach partition ${table} for values ${bounds}`;
      made.push(newest.name);
    }
    return made;
  });
}

/**
 * Drops the partitions that lie wholly at or below the floor; returns their names. One whose lock is not to be had now
 * (a dump is running) is left for the next time.
 */
export async function dropPartitions(
  database: Pick<Database, 'sql' | 'transaction'>,
  floor: number,
  log: Log,
): Promise<string[]> {
  const dropped: string[] = [];
  const partitions = await listPartitions(database.sql);
  for (const { name } of partitions.slice(0, -1).filter(({ to }) => to - 1 <= floor)) {
    try {
      await database.transaction(async (sql) => {
        await sql`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`;
        await sql`drop table if exists ${sql(`rockpool.${name}`)}`;
      });
      dropped.push(name);
    } catch (error) {
      log.info({ err: error }, `partition ${name} of the journal could not be dropped now`);
      break;
    }
  }
  return dropped;
}
