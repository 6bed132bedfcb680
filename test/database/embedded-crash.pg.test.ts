import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase, type Database } from '../../src/database/connection.ts';
import { isTransient } from '../../src/database/errors.ts';
import { ask, isAlive, start, startChild, temporaryFolder, until, type Child } from './embedded-support.ts';

/** Every row that was acknowledged is there, and every transaction is whole. */
async function expectNothingLost(url: string, acknowledged: ReadonlySet<string>): Promise<void> {
  const rows = await ask(
    url,
    (sql) => sql<{ id: string; halves: number }[]>`
      select writer || ' ' || number as id, count(*) as halves from acknowledged group by writer, number`,
  );
  expect(rows.filter(({ halves }) => halves !== 2)).toEqual([]);
  const stored = new Set(rows.map(({ id }) => id));
  expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
}

async function writing(child: Child): Promise<{ url: string; pid: number; data: string }> {
  const ready = await child.ready;
  expect(ready.refused).toBe('');
  await until('it writes', () => child.acknowledged.size > 200);
  return ready;
}

test('kill -9 at any moment of the first start leaves a DATA_DIR that starts', async () => {
  const folder = await temporaryFolder();
  for (const [index, delay] of [0, 120, 300, 500, 800].entries()) {
    const dataDir = join(folder, String(index));
    const child = startChild(dataDir, 'idle');
    await until('it begins', () => existsSync(join(dataDir, 'postgres')));
    await sleep(delay);
    child.process.kill('SIGKILL');
    await child.ended;

    const postgres = await start({ dataDir });
    expect(await ask(postgres.url, (sql) => sql`select current_database() as name`)).toMatchObject([
      { name: 'rockpool' },
    ]);
    expect(await readdir(join(dataDir, 'postgres', '18'))).toEqual(['data']);
    await postgres.stop();
  }
}, 120_000);

test('kill -9 of the server ends its Postgres, and what was acknowledged is there', async () => {
  const dataDir = await temporaryFolder();
  const child = startChild(dataDir, 'write');
  const { pid } = await writing(child);
  child.process.kill('SIGKILL');
  await child.ended;
  await until('Postgres has ended', () => !isAlive(pid));

  const postgres = await start({ dataDir });
  await expectNothingLost(postgres.url, child.acknowledged);
});

test('kill -9 of the server and of Postgres at once loses nothing that was acknowledged', async () => {
  const dataDir = await temporaryFolder();
  for (let round = 0; round < 2; round++) {
    const child = startChild(dataDir, 'write');
    const { pid } = await writing(child);
    process.kill(pid, 'SIGKILL');
    child.process.kill('SIGKILL');
    await child.ended;

    const postgres = await start({ dataDir });
    await expectNothingLost(postgres.url, child.acknowledged);
    await ask(postgres.url, (sql) => sql`truncate acknowledged`);
    await postgres.stop();
  }
});

test('a Postgres that is killed under load comes back, and each call is settled within seconds', async () => {
  const postgres = await start({ dataDir: await temporaryFolder(), durable: true });
  const database = openDatabase({ url: postgres.url, log: silentLog, connections: 8 });
  try {
    await database.sql`create table acknowledged (writer integer, number integer, half integer)`;
    const work = writeWhile(database, 16);
    for (let round = 0; round < 3; round++) {
      const before = work.acknowledged.size;
      await until('it writes', () => work.acknowledged.size > before + 200);
      const { pid } = postgres;
      process.kill(pid ?? 0, 'SIGKILL');
      await until('another Postgres runs', () => postgres.pid !== undefined && postgres.pid !== pid);
    }
    const before = work.acknowledged.size;
    await until('it writes again', () => work.acknowledged.size > before + 200);
    await work.stop();
    expect(work.unexpected).toEqual([]);
    expect(work.failures).toBeGreaterThan(0);
    expect(work.longestMs).toBeLessThan(10_000);
    await expectNothingLost(postgres.url, work.acknowledged);
  } finally {
    await database.close();
  }
}, 60_000);

test('while Postgres is away, calls fail as transient within seconds, and many at once do not queue up', async () => {
  const postgres = await start({ dataDir: await temporaryFolder() });
  const database = openDatabase({ url: postgres.url, log: silentLog, connections: 4 });
  try {
    await database.sql`select 1`;
    await postgres.stop();
    const started = Date.now();
    const calls = Array.from({ length: 500 }, (_, n) =>
      n % 2 === 0
        ? database.sql`select ${n}::integer`
        : database.transaction((sql) => sql`select ${n}::integer`),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(Date.now() - started).toBeLessThan(5000);
    for (const outcome of outcomes) {
      expect(outcome.status).toBe('rejected');
      expect(isTransient(outcome.status === 'rejected' ? outcome.reason : undefined)).toBe(true);
    }
    const closing = Date.now();
    await database.close();
    expect(Date.now() - closing).toBeLessThan(2000);
  } finally {
    await database.close();
  }
});

/** Writers that go on through failures until they are stopped. */
function writeWhile(database: Database, writers: number) {
  let stopped = false;
  const result = {
    acknowledged: new Set<string>(),
    unexpected: [] as unknown[],
    failures: 0,
    longestMs: 0,
    async stop(): Promise<void> {
      stopped = true;
      await done;
    },
  };
  async function write(writer: number): Promise<void> {
    for (let number = 0; !stopped; number++) {
      const started = Date.now();
      try {
        await database.transaction(async (sql) => {
          await sql`insert into acknowledged values (${writer}, ${number}, 1)`;
          await sql`insert into acknowledged values (${writer}, ${number}, 2)`;
        });
        result.acknowledged.add(`${writer} ${number}`);
      } catch (error) {
        result.failures++;
        if (!isTransient(error)) result.unexpected.push(error);
        // Other things must have their turn even when calls fail at once.
        await sleep(2);
      }
      result.longestMs = Math.max(result.longestMs, Date.now() - started);
    }
  }
  const done = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return result;
}
