import postgres from 'postgres';
import { randomText, LOWER_ALNUM } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase } from '../../src/database/connection.ts';
import { parseConnectionUrl } from '../../src/database/connection-url.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { withDatabase } from './database-url.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database of the server that the tests run on, to connect to for making others. */
    readonly adminUrl: string;
    /** The migrated database that `testDatabase` copies. */
    readonly template: string;
  }
}

export interface Project {
  provide(key: 'adminUrl' | 'template', value: string): void;
}

/** A Postgres that the tests of a run use. */
export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** Makes the template that each test file copies, and answers what takes everything away again. */
export async function provideTemplate(project: Project, server: TestPostgres): Promise<() => Promise<void>> {
  const template = `rockpool_test_${randomText(8, LOWER_ALNUM)}`;
  const admin = connect(server.url);
  try {
    await admin.unsafe(`create database ${template} template template0 encoding 'UTF8'`);
    const database = openDatabase({
      url: withDatabase(server.url, template),
      log: silentLog,
      connections: 2,
    });
    await migrateDatabase(database, { folder: 'drizzle', log: silentLog });
    await database.close();
  } finally {
    await admin.end();
  }
  project.provide('adminUrl', server.url);
  project.provide('template', template);
  return async () => {
    const last = connect(server.url);
    // Copies of test files that were ended in the middle begin with the template's name.
    const left = await last<{ name: string }[]>`
      select datname as name from pg_database where datname like ${`${template}%`}`;
    for (const { name } of left) await last.unsafe(`drop database if exists ${name} with (force)`);
    await last.end();
    await server.stop();
  };
}

function connect(url: string): postgres.Sql {
  const target = parseConnectionUrl(url);
  return postgres(target.url, { ...target.options, max: 1, onnotice: () => undefined });
}
