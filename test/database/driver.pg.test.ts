// What patches/postgres+3.4.9.patch cures, a test for each fault (patches/README.md).
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase, type Database, type Queryable } from '../../src/database/connection.ts';
import { codeOf, isTransient } from '../../src/database/errors.ts';
import { administer, testDatabase, type TestDatabase } from '../support/database.ts';

/** Ends one session of the database, or all; the ids of those that were ended. */
async function killBackends(database: TestDatabase, limit = 100): Promise<number[]> {
  return administer(async (sql) => {
    const rows = await sql<{ pid: number }[]>`
      select pid, pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${new URL(database.url).pathname.slice(1)} and pid <> pg_backend_pid()
      order by random() limit ${limit}`;
    return rows.map(({ pid }) => pid);
  });
}

const backendOf = async (sql: Queryable): Promise<number> => {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return row?.pid ?? 0;
};

const settledWithin = async (
  promise: Promise<unknown>,
  ms: number,
): Promise<'fulfilled' | 'rejected' | 'pending'> =>
  Promise.race([
    promise.then(
      () => 'fulfilled' as const,
      () => 'rejected' as const,
    ),
    sleep(ms, 'pending' as const, { ref: false }),
  ]);

test('backends killed under 16 writers: the process lives, each call is settled, nothing is lost or half done', async () => {
  const database = await testDatabase();
  await database.sql`create table written (writer integer, number integer, half integer)`;
  const acknowledged = new Set<string>();
  const unexpected: unknown[] = [];
  let stopped = false;
  async function write(writer: number): Promise<void> {
    for (let number = 0; !stopped; number++) {
      try {
        await database.transaction(async (sql) => {
          await sql`insert into written values (${writer}, ${number}, 1)`;
          // A pause in which the connection may go and come back as another's.
          await sleep(Math.random() * 3);
          await sql`insert into written values (${writer}, ${number}, 2)`;
        });
        acknowledged.add(`${writer} ${number}`);
      } catch (error) {
        if (!isTransient(error)) unexpected.push(error);
        // Other things must have their turn even when calls fail at once.
        await sleep(2);
      }
    }
  }
  const writers = Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
  let killed = 0;
  for (const end = Date.now() + 3000; Date.now() < end; await sleep(25)) {
    killed += (await killBackends(database, 1)).length;
  }
  stopped = true;
  expect(await settledWithin(writers, 8000)).toBe('fulfilled');
  expect(unexpected).toEqual([]);
  expect(killed).toBeGreaterThan(10);
  const rows = await database.sql<{ id: string; halves: number }[]>`
    select writer || ' ' || number as id, count(*) as halves from written group by writer, number`;
  expect(rows.filter(({ halves }) => halves !== 2)).toEqual([]);
  const stored = new Set(rows.map(({ id }) => id));
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
});

test('a transaction whose connection was lost runs nothing more, on whatever connection comes after', async () => {
  const database = await testDatabase({ connections: 1 });
  await database.sql`create table written (value text)`;
  let late: unknown;
  const transaction = database.transaction(async (sql) => {
    await sql`insert into written values ('first')`;
    await killBackends(database);
    await until(database);
    // The pool has a new connection by now. This must not run there, on its own.
    late = await sql`insert into written values ('late')`.catch((error: unknown) => error);
  });
  expect(isTransient(await transaction.catch((error: unknown) => error))).toBe(true);
  await expect.poll(() => late).toBeInstanceOf(Error);
  expect(codeOf(late)).toBe('CONNECTION_CLOSED');
  expect(await database.sql`select value from written`).toEqual([]);
});

/** Waits until the pool answers again. */
async function until(database: Database): Promise<void> {
  await expect.poll(() => database.sql`select 1`.then(() => true).catch(() => false)).toBe(true);
}

test('a query that is sent through a transaction that is over is refused', async () => {
  const database = await testDatabase({ connections: 1 });
  const [sql] = await database.transaction((transaction) => Promise.resolve([transaction]));
  if (sql === undefined) throw new Error('no transaction');
  expect(codeOf(await sql`select 1`.catch((error: unknown) => error))).toBe('TRANSACTION_ENDED');
});

test('a reserved connection that was lost rejects what is asked of it', async () => {
  const database = await testDatabase({ connections: 2 });
  const reserved = await database.sql.reserve();
  await killBackends(database);
  for (let turn = 0; turn < 3; turn++) {
    const error = await reserved`select 1`.catch((thrown: unknown) => thrown);
    expect(isTransient(error)).toBe(true);
  }
  reserved.release();
  await until(database);
  expect(await Promise.all([1, 2, 3].map((n) => database.sql`select ${n}::integer as n`))).toMatchObject([
    [{ n: 1 }],
    [{ n: 2 }],
    [{ n: 3 }],
  ]);
});

test('a backend killed while the connection is being set up fails the calls that wait for it, and no more', async () => {
  const database = await testDatabase();
  let outcomes: PromiseSettledResult<unknown>[] = [];
  for (let round = 0; round < 20; round++) {
    // A fresh pool each time: its first queries wait for the types to be read.
    const fresh = openDatabase({ url: database.url, log: silentLog, connections: 4 });
    const calls = Promise.allSettled([1, 2, 3, 4].map((n) => fresh.sql`select ${n}::integer as n`));
    await sleep(round / 4);
    await killBackends(database);
    expect(await settledWithin(calls, 8000)).toBe('fulfilled');
    outcomes = await calls;
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(isTransient(outcome.reason)).toBe(true);
    }
    await fresh.close();
  }
  expect(outcomes).toHaveLength(4);
});

test('a parameter that cannot be sent fails its own query, not the one that is under way', async () => {
  const database = await testDatabase({ connections: 1 });
  const { sql } = database;
  await sql`select ${new Date(0)}::timestamptz as at`;
  const bad = new Date(Number.NaN);
  const outcomes = await Promise.allSettled([
    sql`select pg_sleep(0.1), 'slow' as me`,
    // Prepared already, so the value is written at once, behind the slow one.
    sql`select ${bad}::timestamptz as at`,
    sql`select 'next' as me`,
    sql`select 'last' as me`,
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : undefined)),
  ).toMatchObject([[{ me: 'slow' }], undefined, [{ me: 'next' }], [{ me: 'last' }]]);
});

test('a query behind one that failed among its rows has all of its own rows and nothing else', async () => {
  const database = await testDatabase({ connections: 1 });
  const { sql } = database;
  await sql`select 1`;
  const failing = sql`select 1 / (4 - i) from generate_series(1, 10) i`;
  const next = sql`select i from generate_series(1, 3) i`;
  const [failed, rows] = await Promise.allSettled([failing, next]);
  expect(failed.status).toBe('rejected');
  expect(rows.status === 'fulfilled' ? [...rows.value] : []).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }]);
});

test('the first query of a pool may hold a typed array', async () => {
  const { sql } = await testDatabase({ connections: 1 });
  expect(await sql`select ${sql.array([1, 2, 3], 23)}::integer[] as list`).toMatchObject([
    { list: [1, 2, 3] },
  ]);
});

test('queries of ever new text do not fill the session with prepared statements', async () => {
  const { sql } = await testDatabase({ connections: 1 });
  for (let n = 0; n < 400; n++) await sql`select ${n}::integer as ${sql(`name_${n}`)}`;
  const [row] = await sql<{ kept: number }[]>`select count(*)::integer as kept from pg_prepared_statements`;
  expect(row?.kept).toBeGreaterThan(200);
  expect(row?.kept).toBeLessThan(300);
  // What comes now is sent unprepared, with and without parameters.
  expect(await sql`select 1 as one_more`).toMatchObject([{ one_more: 1 }]);
  expect(await sql`select ${'a'}::text as another`).toMatchObject([{ another: 'a' }]);
});

test('listening goes on after the connection was killed', async () => {
  const database = await testDatabase();
  const session = database.session();
  const heard: string[] = [];
  let listening = 0;
  await session.listen(
    'bell',
    (text) => heard.push(text),
    () => listening++,
  );
  await killBackends(database);
  await expect.poll(() => listening, { timeout: 5000 }).toBe(2);
  await expect
    .poll(() => database.sql`select pg_notify('bell', 'ding')`.then(() => true).catch(() => false))
    .toBe(true);
  await expect.poll(() => heard).toContain('ding');
  await session.end({ timeout: 1 });
});

test('a pool that is closed while it works settles what it had accepted', async () => {
  const database = await testDatabase({ connections: 1 });
  await backendOf(database.sql);
  const slow = database.transaction((sql) => sql`select pg_sleep(0.2)`);
  const queued = Array.from({ length: 20 }, () => database.transaction((sql) => sql`select 1`));
  await sleep(50);
  await database.close();
  expect(await settledWithin(Promise.allSettled([slow, ...queued]), 1000)).toBe('fulfilled');
});
