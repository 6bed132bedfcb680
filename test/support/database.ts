import postgres from 'postgres';
import { afterAll, inject, onTestFinished } from 'vitest';
import { randomText, LOWER_ALNUM } from '../../src/base/ids.ts';
import { silentLog, type Log } from '../../src/base/log.ts';
import { openDatabase, type Database } from '../../src/database/connection.ts';
import { parseConnectionUrl } from '../../src/database/connection-url.ts';
import { withDatabase } from './database-url.ts';

export interface TestDatabase extends Database {
  readonly url: string;
}

export interface TestDatabaseOptions {
  readonly log?: Log;
  readonly connections?: number;
  /** False: an empty database, not migrated. Default true. */
  readonly migrated?: boolean;
}

/**
 * A database of its own, migrated, on the server of the run. It goes by itself: after the test when a test or
 * `beforeEach` makes it, else (at the top of a file, in `beforeAll`) after the file. Import this module at the top.
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const template = inject('template');
  const name = `${template}_${randomText(8, LOWER_ALNUM)}`;
  const source = options.migrated === false ? 'template0' : template;
  await administer((sql) => sql.unsafe(`create database ${name} template ${source} encoding 'UTF8'`));
  const url = withDatabase(inject('adminUrl'), name);
  const database = openDatabase({
    url,
    log: options.log ?? silentLog,
    connections: options.connections ?? 8,
  });
  atTheEnd(async () => {
    await database.close();
    await administer((sql) => sql.unsafe(`drop database if exists ${name} with (force)`));
  });
  return { ...database, url };
}

/** Runs statements as the owner of the server, outside the databases under test. */
export async function administer<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const target = parseConnectionUrl(inject('adminUrl'));
  const sql = postgres(target.url, { ...target.options, max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

// Hooks that are set inside `beforeAll` never run, so the file's hook is set here, when the file imports this module.
// It is the first to be set and so the last to run.
const atTheFilesEnd: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const work of atTheFilesEnd.reverse()) await work();
});

function atTheEnd(work: () => Promise<void>): void {
  try {
    onTestFinished(work);
  } catch {
    // Not inside a test.
    atTheFilesEnd.push(work);
  }
}
