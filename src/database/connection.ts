import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import type { Log } from '../base/log.ts';
import { parseConnectionUrl } from './connection-url.ts';
import * as tables from './tables/index.ts';

/** The raw client: int8 arrives as number (every one of ours is below 2^53), timestamps as Date. */
export type Sql = postgres.Sql<{ bigint: number }>;
/** A transaction of the raw client. */
export type Transaction = postgres.TransactionSql<{ bigint: number }>;
/** What statements that do not care may take. */
export type Queryable = Sql | Transaction;
/** Drizzle over a client of its own: it changes the parsers of the client that it is given. */
export type Orm = PostgresJsDatabase<typeof tables>;

export interface DatabaseOptions {
  /** A connection URL; a Unix socket as `postgres:///db?user=name&host=/folder`. */
  readonly url: string;
  /** A direct connection for LISTEN and migrations, where `url` is a transaction pooler. */
  readonly listenUrl?: string;
  readonly log: Log;
  /** Connections of the raw client; the ORM has half as many. Default 12. */
  readonly connections?: number;
  /** Seconds without a word from Postgres after which a statement is given up with its connection. Default 35. */
  readonly silenceSeconds?: number;
}

export interface Database {
  readonly sql: Sql;
  readonly orm: Orm;
  /** True where statements may be prepared and sessions hold settings: not behind a transaction pooler. */
  readonly direct: boolean;
  /** A fresh client with one connection to the direct address: LISTEN, migrations. The caller ends it. */
  session(): Sql;
  /** A short writing transaction with the time-outs that keep a stuck writer from holding the feed back. */
  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Writers end by themselves: the feed waits for the oldest of them. */
const WRITER_TIMEOUTS = { idle_in_transaction_session_timeout: 2000, lock_timeout: 2000 } as const;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Postgres ends each statement after 30 s: who is silent for longer is no more there. */
const SILENCE_SECONDS = 35;

/** A call must be told within seconds that Postgres is away. A server that wakes from sleep gets that long too. */
const CONNECT_TIMEOUT_SECONDS = 5;

/** How long a connection waits after `failures` failed attempts, in seconds. A call that comes meanwhile waits too. */
const backoff = (failures: number): number => Math.min(3 ** failures / 100, 0.3) * (0.5 + Math.random() / 2);

const int8 = {
  to: 20,
  from: [20],
  parse: (text: string) => Number(text),
  serialize: (value: number) => String(value),
};

/** Opens the clients. Nothing connects before the first statement. */
export function openDatabase(options: DatabaseOptions): Database {
  const direct = options.listenUrl === undefined;
  const session = { ...WRITER_TIMEOUTS, statement_timeout: STATEMENT_TIMEOUT_MS };
  const client = (text: string, max: number, pooled: boolean, silenceSeconds: number | null): Sql => {
    const target = parseConnectionUrl(text);
    // An option of our patch, which the driver's types do not know (patches/README.md).
    const patched: object = { silence_timeout: silenceSeconds };
    return postgres<{ bigint: typeof int8 }>(target.url, {
      ...target.options,
      ...patched,
      max,
      prepare: !pooled,
      types: { bigint: int8 },
      connection: { application_name: 'rockpool', ...(pooled ? {} : session) },
      connect_timeout: CONNECT_TIMEOUT_SECONDS,
      backoff,
      // Seconds until an idle connection is probed: a peer that vanished is noticed within half a minute.
      keep_alive: 15,
      onnotice: (notice) => options.log.debug({ notice: notice['message'] }, 'postgres notice'),
    }) as unknown as Sql;
  };

  const connections = options.connections ?? 12;
  const silence = options.silenceSeconds ?? SILENCE_SECONDS;
  const sql = client(options.url, connections, !direct, silence);
  const ormClient = client(options.url, Math.max(2, Math.ceil(connections / 2)), !direct, silence);
  return {
    sql,
    orm: drizzle({ client: ormClient as unknown as postgres.Sql, schema: tables }),
    direct,
    // A migration may wait for its lock for minutes.
    session: () => client(options.listenUrl ?? options.url, 1, false, null),
    async transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
      const result = await sql.begin(async (transaction) => {
        if (!direct) {
          await transaction`select set_config('lock_timeout', '2s', true),
            set_config('idle_in_transaction_session_timeout', '2s', true),
            set_config('statement_timeout', '30s', true)`;
        }
        return work(transaction);
      });
      return result as T;
    },
    async close() {
      await Promise.all([sql.end({ timeout: 5 }), ormClient.end({ timeout: 5 })]);
    },
  };
}
