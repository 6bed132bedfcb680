import { drizzle } from 'drizzle-orm/postgres-js';
import { readMigrationFiles, type MigrationMeta } from 'drizzle-orm/migrator';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import type postgres from 'postgres';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { Log } from '../base/log.ts';
import type { Database, Sql } from './connection.ts';
import { DatabaseRefusal } from './refusal.ts';

export interface MigrateOptions {
  /** The folder with the SQL files and meta/_journal.json. */
  readonly folder: string;
  readonly log: Log;
}

const OLDEST_POSTGRES = 150_000;
/** Any number that others are unlikely to take: nodes that start together come one after another. */
const LOCK = 21_103_001;

/**
 * Brings the system tables up to date and answers the names of what was applied. Any number of nodes may start at
 * once. Throws a DatabaseRefusal where Postgres is too old or not UTF8, or where the database is newer than this
 * server: a newer server has been at work, and what it changed is unknown here.
 */
export async function migrateDatabase(
  database: Database,
  options: MigrateOptions,
): Promise<{ applied: string[] }> {
  const migrations = readMigrations(options.folder);
  const server = await inspect(database.sql);
  checkServer(server);
  const before = server.migrated ? await appliedTimes(database.sql) : [];
  checkHistory(migrations, before);
  // The usual start ends here, without another connection.
  if (before.length === migrations.length) return { applied: [] };
  const session = database.session();
  try {
    return await applyUnderLock(session, migrations, options);
  } finally {
    await session.end({ timeout: 5 });
  }
}

async function applyUnderLock(
  session: Sql,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<{ applied: string[] }> {
  // The client has one connection, so the lock is held by the session that migrates. It is released at its end.
  await session`select set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false),
    set_config('idle_in_transaction_session_timeout', '0', false)`;
  await session`select pg_advisory_lock(${LOCK})`;
  const before = (await inspect(session)).migrated ? await appliedTimes(session) : [];
  checkHistory(migrations, before);
  const missing = migrations.slice(before.length);
  if (missing.length === 0) return { applied: [] };
  await migrate(drizzle({ client: session as unknown as postgres.Sql }), {
    migrationsFolder: options.folder,
    migrationsSchema: 'rockpool',
    migrationsTable: 'migrations',
  });
  const applied = missing.map(({ name }) => name);
  options.log.info({ applied }, 'the database was migrated');
  return { applied };
}

interface Server {
  readonly version: number;
  readonly name: string;
  readonly encoding: string;
  /** Whether migrations were ever applied. */
  readonly migrated: boolean;
}

// The statements of the usual start hold no parameters: each takes one round trip.

async function inspect(sql: Sql): Promise<Server> {
  const [server] = await sql<Server[]>`
    select current_setting('server_version_num')::integer as version, current_setting('server_version') as name,
      current_setting('server_encoding') as encoding, to_regclass('rockpool.migrations') is not null as migrated`.catch(
    (error: unknown) => {
      throw poolerRefusal(error) ?? error;
    },
  );
  if (server === undefined) throw new DatabaseRefusal('Postgres does not say which version it is.');
  return server;
}

/** A transaction pooler takes no settings of sessions: it says so at the first connection. */
function poolerRefusal(cause: unknown): DatabaseRefusal | undefined {
  if (!/unsupported startup parameter/i.test(messageOf(cause))) return undefined;
  return new DatabaseRefusal(
    'DATABASE_URL leads to a connection pooler. Set LISTEN_URL to a direct connection to the same database too.',
    { cause },
  );
}

async function appliedTimes(sql: Sql): Promise<readonly number[]> {
  const rows = await sql<
    { at: number }[]
  >`select created_at as at from rockpool.migrations order by created_at, id`;
  return rows.map(({ at }) => at);
}

function checkServer(server: Server): void {
  if (server.version < OLDEST_POSTGRES) {
    throw new DatabaseRefusal(`DATABASE_URL leads to Postgres ${server.name}: 15 or newer is needed.`);
  }
  if (server.encoding !== 'UTF8') {
    throw new DatabaseRefusal(
      `The database has the encoding ${server.encoding}: UTF8 is needed (create database … encoding 'UTF8' template template0).`,
    );
  }
}

interface Migration extends MigrationMeta {
  readonly name: string;
}

/** The migrations of this server, in order. drizzle skips one that is older than the last applied without a word. */
export function readMigrations(folder: string): readonly Migration[] {
  const journal = parseJson(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8'));
  const entries: unknown[] = isObject(journal) && Array.isArray(journal['entries']) ? journal['entries'] : [];
  const names = entries.map((entry) => (isObject(entry) ? String(entry['tag']) : ''));
  const migrations = readMigrationFiles({ migrationsFolder: folder }).map((meta, index) => ({
    ...meta,
    name: names[index] ?? '',
  }));
  migrations.forEach((migration, index) => {
    const before = migrations[index - 1];
    if (before === undefined || before.folderMillis < migration.folderMillis) return;
    throw new DatabaseRefusal(
      `Migration ${migration.name} is older than ${before.name}, which stands before it: databases that have the latter ` +
        `would never get it. Give it a newer time in ${folder}/meta/_journal.json.`,
    );
  });
  return migrations;
}

/** What was applied must be the beginning of what this server has. */
function checkHistory(migrations: readonly Migration[], applied: readonly number[]): void {
  const different = applied.findIndex((at, index) => migrations[index]?.folderMillis !== at);
  if (different === -1) return;
  const unknown = applied.filter((at) => migrations.every(({ folderMillis }) => folderMillis !== at));
  if (unknown.length > 0) {
    throw new DatabaseRefusal(
      `The database was migrated by a newer Rockpool (${unknown.length} migrations that this one does not know). ` +
        'Start that version or a newer one.',
    );
  }
  const skipped = migrations.filter(
    ({ folderMillis }) => !applied.includes(folderMillis) && folderMillis < Math.max(...applied),
  );
  throw new DatabaseRefusal(
    `The database lacks migrations that are older than its last one: ${skipped.map(({ name }) => name).join(', ')}. ` +
      'They would never be applied.',
  );
}
