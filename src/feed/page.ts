import type { Database, Sql } from '../database/connection.ts';
import type { Entry } from './journal.ts';

/** What `rockpool.journal_read` says beside the entries. */
export interface Header {
  readonly epoch: string;
  readonly floor: number;
  /** The highest entry that may be read. */
  readonly horizon: number;
  /** The highest entry that is committed. Above the horizon: it waits for an older writer to end. */
  readonly newest: number;
  /** Changes whenever another server, database or sequence answers, or the stored origin is another. */
  readonly server: string;
}

export interface Page extends Header {
  readonly entries: readonly Entry[];
  /** Nothing up to here is missing from the page. */
  readonly through: number;
}

type Row = Entry | { readonly seq: null; readonly after: Header };

/**
 * Entries above `cursor`, at most `limit` (and no more of them than the function's bound on bytes allows), in one round
 * trip.
 */
export async function readPage(sql: Sql, cursor: number, limit: number): Promise<Page> {
  const rows = await sql<Row[]>`select * from rockpool.journal_read(${cursor}, ${limit})`;
  const last = rows.pop();
  if (last === undefined || last.seq !== null) {
    throw new Error('rockpool.feed_state is empty: the migrations were not applied');
  }
  const entries = rows.filter((row) => row.seq !== null);
  return { ...last.after, entries, through: entries.at(-1)?.seq ?? Math.max(cursor, last.after.horizon) };
}

/** Where the feed stands, without entries. */
export async function readHeader(sql: Sql): Promise<Header> {
  return readPage(sql, Number.MAX_SAFE_INTEGER, 0);
}

export interface ReaderConnection {
  /** Fails where `work` takes longer than the deadline: a connection can be dead without saying so. */
  run<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * The reader's own connection, so that it never queues behind a request that waits for a row. After a failure it is a
 * new one: the driver would wait up to 20 s between attempts. Behind a transaction pooler it is the shared client.
 */
export function createReaderConnection(
  database: Pick<Database, 'sql' | 'session' | 'direct'>,
  deadlineMs: number,
): ReaderConnection {
  let client: Sql | undefined;

  async function drop(): Promise<void> {
    const dropped = client;
    client = undefined;
    if (database.direct) await dropped?.end({ timeout: 0 });
  }

  return {
    async run(work) {
      client ??= database.direct ? database.session() : database.sql;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer in ${deadlineMs} ms`)), deadlineMs);
      });
      try {
        return await Promise.race([work(client), late]);
      } catch (error) {
        await drop().catch(() => undefined);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: drop,
  };
}
