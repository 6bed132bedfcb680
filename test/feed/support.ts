import postgres from 'postgres';
import { pino } from 'pino';
import type { Log } from '../../src/base/log.ts';
import { parseConnectionUrl } from '../../src/database/connection-url.ts';
import type { Queryable, Sql } from '../../src/database/connection.ts';
import type { Entry } from '../../src/feed/journal.ts';
import type { FeedReader } from '../../src/feed/reader.ts';
import { administer, type TestDatabase } from '../support/database.ts';

/** One entry, written as every room writes them; returns its `seq`. */
export async function append(sql: Queryable, entry: Partial<Entry> = {}): Promise<number> {
  const { topic = 'model:Note', key = 'n1', version = 1, operation = 'update' } = entry;
  const image = entry.after ?? { n: version };
  const [row] = await sql<{ seq: number }[]>`
    select rockpool.journal_append(${topic}, ${key}, ${version}, ${operation}, null, ${sql.json(image)},
      ${entry.actor ?? null}, ${entry.device ?? null}) as seq`;
  if (row === undefined) throw new Error('no row');
  return row.seq;
}

/** `count` entries in one statement, versions from 1. Returns the last `seq`. */
export async function appendMany(sql: Queryable, count: number, topic = 'model:Note'): Promise<number> {
  const [row] = await sql<{ seq: number }[]>`
    select max(rockpool.journal_append(${topic}, 'n' || i, i, 'update', null, jsonb_build_object('n', i), null, null))
      as seq from generate_series(1, ${count}::int) i`;
  if (row === undefined) throw new Error('no row');
  return row.seq;
}

/** All numbers in the journal above `after`. */
export async function numbers(sql: Queryable, after = 0): Promise<number[]> {
  const rows = await sql<
    { seq: number }[]
  >`select seq from rockpool.journal where seq > ${after} order by seq`;
  return rows.map((row) => row.seq);
}

/** Everything that a reader gives from now on. */
export function collect(reader: FeedReader): Entry[] {
  const all: Entry[] = [];
  reader.onEntries((entries) => all.push(...entries));
  return all;
}

/** A client whose connections can be told from the product's, by their application name. */
export function strangers(db: TestDatabase, name: string, connections: number): Sql {
  const target = parseConnectionUrl(db.url);
  return postgres(target.url, {
    ...target.options,
    max: connections,
    connection: { application_name: name },
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    onnotice: () => undefined,
  }) as unknown as Sql;
}

/** Ends connections to a database, as an operator or a failing host would; returns how many. */
export async function killBackends(db: TestDatabase, application: string, limit = 1000): Promise<number> {
  const killed = await administer(
    (sql) => sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${nameOf(db)} and application_name = ${application} order by random() limit ${limit}`,
  );
  return killed.length;
}

export function nameOf(db: TestDatabase): string {
  const name = parseConnectionUrl(db.url).url.match(/\/([^/?]+)(\?.*)?$/)?.[1];
  if (name === undefined) throw new Error('no database in the address');
  return name;
}

/** A log whose lines one can look at. */
export function keptLog(): { log: Log; lines: { level: number; msg: string }[] } {
  const lines: { level: number; msg: string }[] = [];
  const log = pino(
    { level: 'debug', base: null },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  return { log, lines };
}
