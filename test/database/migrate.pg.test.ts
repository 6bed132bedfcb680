import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase, type Database } from '../../src/database/connection.ts';
import { migrateDatabase, readMigrations } from '../../src/database/migrate.ts';
import { DatabaseRefusal } from '../../src/database/refusal.ts';
import { administer, testDatabase, type TestDatabase } from '../support/database.ts';
import { withDatabase } from '../support/database-url.ts';

const FOLDER = 'drizzle';
let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase({ migrated: false });
});

const migrate = (folder = FOLDER, on: Database = database) => migrateDatabase(on, { folder, log: silentLog });

interface Entry {
  idx: number;
  version: string;
  when: number;
  tag: string;
  breakpoints: boolean;
}

/** A copy of the migrations with one more, made by `change` from the last entry of the list. */
async function withOneMore(change: (last: Entry) => Entry, sql: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-migrations-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(FOLDER, folder, { recursive: true });
  const file = join(folder, 'meta', '_journal.json');
  const journal = JSON.parse(await readFile(file, 'utf8')) as { entries: Entry[] };
  const last = journal.entries.at(-1);
  if (last === undefined) throw new Error('no migrations');
  const entry = change(last);
  journal.entries.push(entry);
  await writeFile(file, JSON.stringify(journal));
  await writeFile(join(folder, `${entry.tag}.sql`), sql);
  return folder;
}

const later = (last: Entry): Entry => ({ ...last, idx: last.idx + 1, when: last.when + 1000, tag: 'later' });
const sooner = (last: Entry): Entry => ({ ...last, idx: last.idx + 1, when: last.when - 1, tag: 'sooner' });

test('an empty database gets everything once, and the next start finds nothing to do', async () => {
  const names = readMigrations(FOLDER).map(({ name }) => name);
  expect(await migrate()).toEqual({ applied: names });
  expect(await migrate()).toEqual({ applied: [] });
  expect(await database.sql`select floor from rockpool.feed_state`).toMatchObject([{ floor: 1 }]);
});

test('a start with nothing to do needs no further connection and little time', async () => {
  await migrate();
  const without: Database = {
    ...database,
    session: () => {
      throw new Error('a session was opened');
    },
  };
  expect(await migrate(FOLDER, without)).toEqual({ applied: [] });
});

test('four that start together all succeed, and one of them does the work', async () => {
  const nodes = [1, 2, 3, 4].map(() => openDatabase({ url: database.url, log: silentLog, connections: 2 }));
  const results = await Promise.all(nodes.map((node) => migrate(FOLDER, node)));
  await Promise.all(nodes.map((node) => node.close()));
  expect(results.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
});

test('a later migration is applied alone', async () => {
  await migrate();
  const folder = await withOneMore(later, 'CREATE TABLE rockpool.one_more (id integer);');
  expect(await migrate(folder)).toEqual({ applied: ['later'] });
  expect(await database.sql`select * from rockpool.one_more`).toEqual([]);
});

test('a migration that fails changes nothing', async () => {
  await migrate();
  const folder = await withOneMore(
    later,
    'CREATE TABLE rockpool.one_more (id integer);--> statement-breakpoint\nSELECT 1 / 0;',
  );
  await expect(migrate(folder)).rejects.toThrow();
  expect(await database.sql`select to_regclass('rockpool.one_more') as found`).toMatchObject([
    { found: null },
  ]);
  expect(await migrate()).toEqual({ applied: [] });
});

test('a database of a newer server is refused by an older one', async () => {
  const folder = await withOneMore(later, 'CREATE TABLE rockpool.one_more (id integer);');
  await migrate(folder);
  const attempt = migrate();
  await expect(attempt).rejects.toThrow(DatabaseRefusal);
  await expect(attempt).rejects.toThrow(/newer Rockpool/);
});

test('a migration that is older than the one before it is named, not skipped', async () => {
  await migrate();
  const folder = await withOneMore(sooner, 'CREATE TABLE rockpool.one_more (id integer);');
  await expect(migrate(folder)).rejects.toThrow(/sooner is older than \d{4}_/);
});

test('a database that lacks one of the middle is refused with its name', async () => {
  await migrate();
  await database.sql`delete from rockpool.migrations where id = 1`;
  await expect(migrate()).rejects.toThrow(/lacks migrations .*0000_tables/);
});

test('what others have in public is no hindrance', async () => {
  await database.sql`create table public.theirs (id integer)`;
  await database.sql`create table public.migrations (id integer)`;
  expect((await migrate()).applied).not.toEqual([]);
});

test('a database that is not UTF8 is refused', async () => {
  const name = `${new URL(database.url).pathname.slice(1)}_latin`;
  await administer((sql) =>
    sql.unsafe(
      `create database ${name} template template0 encoding 'LATIN1' locale 'C' locale_provider libc`,
    ),
  );
  const url = withDatabase(database.url, name);
  const latin = openDatabase({ url, log: silentLog, connections: 1 });
  onTestFinished(async () => {
    await latin.close();
    await administer((sql) => sql.unsafe(`drop database ${name} with (force)`));
  });
  await expect(migrate(FOLDER, latin)).rejects.toThrow(/encoding LATIN1: UTF8 is needed/);
});

test('a Postgres that is too old is refused', async () => {
  const old = {
    ...database,
    sql: Object.assign(
      () => Promise.resolve([{ version: 140_011, name: '14.11', encoding: 'UTF8', migrated: false }]),
      database.sql,
    ) as unknown as Database['sql'],
  };
  await expect(migrate(FOLDER, old)).rejects.toThrow('Postgres 14.11: 15 or newer is needed');
});
