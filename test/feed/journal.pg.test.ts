/**
 * The order of the journal, against everything that writers do to it at once: numbers are drawn long before they commit,
 * some are never committed, savepoints take locks and drop them, backends die in the middle.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { Queryable, Sql, Transaction } from '../../src/database/connection.ts';
import { createMemoryBus } from '../../src/feed/bus/memory.ts';
import type { Entry } from '../../src/feed/journal.ts';
import { createFeedReader, type FeedReaderOptions } from '../../src/feed/reader.ts';
import { horizonOf } from '../../src/feed/replay.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { append, appendMany, collect, killBackends, numbers, strangers } from './support.ts';

const WRITERS = 16;
const ITEMS = 60;
const LASTS_MS = 5_000;
const TOPIC = 'model:Item';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await db.sql`create table item (id integer primary key, version bigint not null)`;
  await db.sql`insert into item select i, 0 from generate_series(1, ${ITEMS}::int) i`;
});

/** One change as the rooms make it: the row's lock first, then the number. */
async function change(sql: Transaction, id: number): Promise<void> {
  const [row] = await sql<{ version: number }[]>`
    update item set version = version + 1 where id = ${id} returning version`;
  await append(sql, { topic: TOPIC, key: String(id), version: row?.version ?? 0 });
}

class Discarded extends Error {}

const chance = (probability: number) => Math.random() < probability;

/** One to three items in the order of their ids, the first of them hot; pauses where a real writer would have some. */
async function write(sql: Sql): Promise<void> {
  const ids = new Set([chance(0.1) ? 1 : 1 + Math.floor(Math.random() * ITEMS)]);
  while (chance(0.4) && ids.size < 3) ids.add(1 + Math.floor(Math.random() * ITEMS));
  await sql.begin(async (transaction) => {
    for (const id of [...ids].sort((a, b) => a - b)) {
      if (chance(0.2)) {
        await transaction
          .savepoint(async (inner) => {
            await change(inner, id);
            throw new Discarded();
          })
          .catch((error: unknown) => {
            if (!(error instanceof Discarded)) throw error;
          });
      }
      await change(transaction, id);
      if (chance(0.1)) await delay(Math.random() * 5);
    }
    if (chance(0.2)) await delay(Math.random() * 30);
    if (chance(0.1)) throw new Discarded();
  });
}

async function openReader(options: Partial<FeedReaderOptions> = {}) {
  const bus = createMemoryBus();
  const reader = createFeedReader({ database: db, bus, log: silentLog, pollMs: 10, ...options });
  onTestFinished(() => reader.stop());
  await reader.start();
  return { reader, bus, entries: collect(reader) };
}

function expectVersionOrder(entries: readonly Entry[]): void {
  const versions = new Map<string, number>();
  for (const { key, version } of entries) {
    expect(version, `item ${key}`).toBe((versions.get(key) ?? 0) + 1);
    versions.set(key, version);
  }
}

describe('the journal under sixteen writers, pauses, roll-backs and killed backends', () => {
  it('is read without a gap, without a repetition, and per item in the order of versions', async () => {
    const woken = await openReader({ pollMs: 60_000 });
    const small = await openReader({ pageSize: 7 });
    const clients = strangers(db, 'writers', WRITERS);
    onTestFinished(() => clients.end({ timeout: 1 }));

    const until = performance.now() + LASTS_MS;
    let killed = 0;
    const writers = Array.from({ length: WRITERS }, async () => {
      while (performance.now() < until) {
        // A writer that is killed or refused tries something else.
        await write(clients).catch(() => undefined);
        woken.bus.ring();
      }
    });
    const killer = (async () => {
      while (performance.now() < until) {
        await delay(150);
        killed += await killBackends(db, 'writers', 1);
      }
    })();
    await Promise.all([...writers, killer]);
    // A killed backend that was to commit may be doing it still.
    await expect
      .poll(
        () => db.sql`select 1 from pg_stat_activity where application_name = 'writers' and state <> 'idle'`,
      )
      .toHaveLength(0);

    const written = await numbers(db.sql);
    expect(killed).toBeGreaterThan(5);
    expect(written.length).toBeGreaterThan(1000);
    woken.bus.ring();
    for (const { reader, entries } of [woken, small]) {
      await expect.poll(() => reader.horizon, { timeout: 10_000 }).toBe(written.at(-1));
      expect(entries.map(({ seq }) => seq)).toEqual(written);
      expectVersionOrder(entries);
    }
    expect(small.entries).toEqual(woken.entries);
  });
});

describe('a writer', () => {
  it('holds back what was drawn after it, until it ends', async () => {
    const { reader, entries } = await openReader();
    const before = reader.horizon;
    let later = 0;
    await db.sql.begin(async (sql) => {
      const own = await append(sql);
      later = await append(db.sql);
      expect(later).toBeGreaterThan(own);
      expect(await horizonOf(db.sql)).toBe(before);
    });
    await reader.reached(later);
    expect(entries.map(({ seq }) => seq)).toEqual(await numbers(db.sql, before));
  });

  it('still holds the feed back after a savepoint with a change of its own was rolled back', async () => {
    const { reader, entries } = await openReader();
    const before = reader.horizon;
    let later = 0;
    await db.sql.begin(async (sql) => {
      await sql
        .savepoint(async (inner) => {
          await append(inner);
          throw new Discarded();
        })
        .catch(() => undefined);
      // The savepoint's lock is gone. The next change takes its own.
      const own = await append(sql);
      later = await append(db.sql);
      expect(own).toBeLessThan(later);
      expect(await horizonOf(db.sql)).toBe(before);
    });
    await reader.reached(later);
    expect(entries.map(({ seq }) => seq)).toEqual(await numbers(db.sql, before));
  });

  it('holds one lock, however much it writes, and none once it has ended', async () => {
    const locks = (sql: Queryable) =>
      sql<{ count: number }[]>`
        select count(*)::int as count from pg_locks
        where locktype = 'advisory' and (classid::bigint >> 16) = 21103 and pid = pg_backend_pid()
      `.then(([row]) => row?.count);
    await db.sql.begin(async (sql) => {
      await appendMany(sql, 20_000, 'model:Bulk');
      expect(await locks(sql)).toBe(1);
      await sql
        .savepoint(async (inner) => {
          await append(inner);
          throw new Discarded();
        })
        .catch(() => undefined);
      await append(sql);
      expect(await locks(sql)).toBe(1);
    });
    const one = strangers(db, 'one', 1);
    onTestFinished(() => one.end());
    const first = await append(one);
    expect(await locks(one)).toBe(0);
    // The next transaction of the same session has a mark of its own.
    await one.begin(async (sql) => {
      await append(sql);
      expect(await horizonOf(db.sql)).toBe(first);
    });
  });

  it('in another database holds nothing back', async () => {
    const other = await testDatabase();
    const { reader } = await openReader();
    await other.sql.begin(async (sql) => {
      await append(sql);
      await reader.reached(await append(db.sql));
    });
  });

  it('is never given a number that the horizon has passed', async () => {
    await appendMany(db.sql, 10);
    const [row] = await db.sql<{ horizon: number; next: number }[]>`
      select rockpool.journal_horizon() as horizon, rockpool.journal_draw() as next`;
    expect(row?.next).toBeGreaterThan(row?.horizon ?? Infinity);
  });
});

describe('a journal in which nothing was ever written', () => {
  it('has its horizon at the floor, below the first number', async () => {
    const empty = await testDatabase();
    const reader = createFeedReader({ database: empty, bus: createMemoryBus(), log: silentLog, pollMs: 10 });
    onTestFinished(() => reader.stop());
    await reader.start();
    const entries = collect(reader);
    expect(reader.horizon).toBe(reader.floor);
    const first = await append(empty.sql);
    expect(first).toBe(reader.horizon + 1);
    await reader.reached(first);
    expect(entries.map(({ seq }) => seq)).toEqual([first]);
  });
});
