import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { Sql } from '../../src/database/connection.ts';
import { createMemoryBus } from '../../src/feed/bus/memory.ts';
import { createPostgresBus } from '../../src/feed/bus/postgres.ts';
import { createFeedReader, type FeedReaderOptions } from '../../src/feed/reader.ts';
import { administer, testDatabase, type TestDatabase } from '../support/database.ts';
import { append, appendMany, collect, keptLog, killBackends, nameOf, numbers, strangers } from './support.ts';

/** Longer than any test: what arrives did not come by a poll. */
const NEVER = 600_000;
const soon = { timeout: 10_000, interval: 5 };

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});

async function openReader(options: Partial<FeedReaderOptions> = {}) {
  const bus = options.bus ?? createMemoryBus();
  const reader = createFeedReader({ database: db, bus, log: silentLog, pollMs: NEVER, ...options });
  onTestFinished(() => reader.stop());
  await reader.start();
  return { reader, bus, entries: collect(reader) };
}

/** The product's database, with the statements of its sessions counted. */
function counted(database: TestDatabase): TestDatabase & { readonly statements: number } {
  let statements = 0;
  return {
    ...database,
    get statements() {
      return statements;
    },
    session: () =>
      new Proxy(database.session(), {
        apply(target, self, args) {
          statements++;
          return Reflect.apply(target, self, args) as unknown;
        },
      }) as Sql,
  };
}

describe('the feed reader', () => {
  it('starts at the present horizon and gives what comes after, whole', async () => {
    await appendMany(db.sql, 3);
    const { reader, bus, entries } = await openReader();
    expect(reader.healthy).toBe(true);
    const seq = await append(db.sql, {
      topic: 'model:Board',
      key: 'b',
      version: 7,
      actor: 'user:a',
      device: 'd1',
    });
    bus.ring();
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    expect(entries).toEqual([
      {
        seq,
        topic: 'model:Board',
        key: 'b',
        version: 7,
        operation: 'update',
        before: null,
        after: { n: 7 },
        actor: 'user:a',
        device: 'd1',
        at: expect.any(Date),
      },
    ]);
  });

  it('gives a burst in pages, its horizon moved before the listeners are called', async () => {
    const { reader, bus } = await openReader({ pageSize: 500 });
    const pages: { count: number; last: number | undefined; horizon: number }[] = [];
    reader.onEntries((page) => {
      pages.push({ count: page.length, last: page.at(-1)?.seq, horizon: reader.horizon });
    });
    const seq = await appendMany(db.sql, 1_200);
    bus.ring();
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    expect(pages.map(({ count }) => count)).toEqual([500, 500, 200]);
    for (const { last, horizon } of pages) expect(horizon).toBe(last);
  });

  it('cuts a page of large images, and leaves none out', async () => {
    const { reader, bus } = await openReader();
    const before = reader.horizon;
    const pages: number[] = [];
    const entries = collect(reader);
    reader.onEntries((page) => pages.push(page.length));
    const [row] = await db.sql<{ seq: number }[]>`
      select max(rockpool.journal_append('model:Big', 'b', i, 'update', null, to_jsonb(text), null, null)) as seq
      from (
        select i, string_agg(md5(random()::text), '') as text
        from generate_series(1, 9) i, generate_series(1, 32768) group by i
      ) big`;
    bus.ring();
    await expect.poll(() => reader.horizon, soon).toBe(row?.seq);
    expect(entries.map(({ seq }) => seq)).toEqual(await numbers(db.sql, before));
    expect(pages.length).toBeGreaterThan(1);
  });

  it('loses no ring, whenever it comes', async () => {
    const { reader, bus, entries } = await openReader({ spacingMs: 0 });
    const before = reader.horizon;
    for (let i = 0; i < 200; i++) {
      const seq = await append(db.sql);
      bus.ring();
      if (i % 3 === 0) await expect.poll(() => reader.horizon, { timeout: 10_000, interval: 1 }).toBe(seq);
    }
    const all = await numbers(db.sql, before);
    await expect.poll(() => reader.horizon, soon).toBe(all.at(-1));
    expect(entries.map(({ seq }) => seq)).toEqual(all);
  });

  it('makes few looks of many rings', async () => {
    const database = counted(db);
    const { reader, bus } = await openReader({ database, spacingMs: 10 });
    const atFirst = database.statements;
    const began = performance.now();
    const seq = await append(db.sql);
    for (let i = 0; i < 200; i++) {
      bus.ring();
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    expect(database.statements - atFirst).toBeLessThan(4 + (performance.now() - began) / 10);
  });

  it('finds within a poll interval what nobody rang for', async () => {
    const { reader, entries } = await openReader({ pollMs: 20 });
    const seq = await append(db.sql);
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    expect(entries.map((entry) => entry.seq)).toEqual([seq]);
  });

  it('looks every 250 ms, whatever it was told, where the bus cannot hear', async () => {
    const { reader } = await openReader({ bus: { ...createMemoryBus(), polling: true } });
    const seq = await append(db.sql);
    await expect.poll(() => reader.horizon, soon).toBe(seq);
  });

  it('finds by itself what an older writer held back, when that writer went away without a ring', async () => {
    const database = counted(db);
    const { reader, bus, entries } = await openReader({ database });
    let seq = 0;
    const atFirst = database.statements;
    const began = performance.now();
    await db.sql
      .begin(async (sql) => {
        await append(sql);
        seq = await append(db.sql);
        bus.ring();
        await expect.poll(() => database.statements - atFirst, soon).toBeGreaterThan(5);
        expect(entries).toEqual([]);
        throw new Error('no');
      })
      .catch(() => undefined);
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    // Longer and longer waits, not a loop.
    expect(database.statements - atFirst).toBeLessThan(15 + (performance.now() - began) / 80);
  });

  it('gives the same to two nodes, by way of Postgres', async () => {
    const open = async () => {
      const bus = createPostgresBus({ database: db, log: silentLog });
      onTestFinished(() => bus.close());
      await expect.poll(() => bus.polling, soon).toBe(false);
      return openReader({ bus });
    };
    const here = await open();
    const there = await open();
    for (let i = 0; i < 50; i++) {
      await appendMany(db.sql, 1 + (i % 3));
      (i % 2 === 0 ? here : there).bus.ring();
    }
    const last = await numbers(db.sql).then((all) => all.at(-1));
    await expect.poll(() => [here.reader.horizon, there.reader.horizon], soon).toEqual([last, last]);
    expect(there.entries).toEqual(here.entries);
  });

  it('goes on after a listener that fails, and calls the others', async () => {
    const { log, lines } = keptLog();
    const { reader, bus } = await openReader({ log });
    reader.onEntries(() => {
      throw new Error('broken');
    });
    const entries = collect(reader);
    const first = await append(db.sql);
    bus.ring();
    await expect.poll(() => reader.horizon, soon).toBe(first);
    const second = await append(db.sql);
    bus.ring();
    await expect.poll(() => entries.map(({ seq }) => seq), soon).toEqual([first, second]);
    expect(lines.filter(({ level }) => level === 50)).toHaveLength(2);
  });

  it('no longer calls a listener that was taken off', async () => {
    const { reader, bus } = await openReader();
    const off = vi.fn();
    reader.onEntries(off)();
    const seq = await append(db.sql);
    bus.ring();
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    expect(off).not.toHaveBeenCalled();
  });

  it('lets a writer wait until its entry is delivered', async () => {
    const { reader, entries } = await openReader();
    const seq = await append(db.sql);
    await reader.reached(seq);
    expect(entries.map((entry) => entry.seq)).toEqual([seq]);
    await reader.reached(seq);
    const never = reader.reached(seq + 100);
    await Promise.all([expect(never).rejects.toMatchObject({ code: 'UNAVAILABLE' }), reader.stop()]);
    await expect(reader.reached(seq + 100)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('measures how far it is behind and how old the oldest writer is', async () => {
    const { reader, bus } = await openReader();
    expect(await reader.lag()).toMatchObject({ entries: 0, oldestWriterMs: 0 });
    await db.sql.begin(async (sql) => {
      await append(sql);
      await appendMany(db.sql, 5);
      await expect.poll(async () => (await reader.lag()).oldestWriterMs, soon).toBeGreaterThan(20);
      expect((await reader.lag()).entries).toBeGreaterThanOrEqual(5);
    });
    bus.ring();
    await expect.poll(() => reader.lag(), soon).toMatchObject({ entries: 0, oldestWriterMs: 0 });
  });

  it('says so where retention overtook it, and goes on at the horizon', async () => {
    const { log, lines } = keptLog();
    const { reader, bus, entries } = await openReader({ log });
    const heard = vi.fn();
    reader.onEpoch(heard);
    const epoch = reader.epoch;
    const seq = await appendMany(db.sql, 10);
    await db.sql`update rockpool.feed_state set floor = ${seq - 4}`;
    bus.ring();
    await expect.poll(() => heard.mock.calls.length, soon).toBe(1);
    expect({ epoch: reader.epoch, floor: reader.floor, horizon: reader.horizon }).toEqual({
      epoch,
      floor: seq - 4,
      horizon: seq,
    });
    expect(lines.filter(({ level }) => level === 40)).toHaveLength(1);
    const next = await append(db.sql);
    bus.ring();
    await expect.poll(() => entries.map((entry) => entry.seq), soon).toEqual([next]);
  });

  it('refuses to start where there is no Postgres', async () => {
    const unreachable = (): Sql => {
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    };
    const reader = createFeedReader({
      database: { ...db, session: unreachable },
      bus: createMemoryBus(),
      log: silentLog,
    });
    await expect(reader.start()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(reader.healthy).toBe(false);
    await reader.stop();
  });
});

describe('the feed reader and a Postgres that goes away', () => {
  it('skips and repeats nothing while every connection is killed again and again', async () => {
    const { reader, bus, entries } = await openReader({ pollMs: 50, spacingMs: 0, pageSize: 3 });
    const before = reader.horizon;
    let going = true;
    const killer = (async () => {
      while (going) await killBackends(db, 'rockpool');
    })();
    for (let written = 0; written < 150;) {
      await append(db.sql).then(
        () => written++,
        () => undefined,
      );
      bus.ring();
    }
    going = false;
    await killer;
    const witness = strangers(db, 'witness', 1);
    onTestFinished(() => witness.end());
    const all = await numbers(witness, before);
    await expect.poll(() => reader.horizon, { timeout: 20_000 }).toBe(all.at(-1));
    expect(entries.map(({ seq }) => seq)).toEqual(all);
    expect(reader.healthy).toBe(true);
  });

  it('says once that it stands still and once that it goes on', async () => {
    const { log, lines } = keptLog();
    const { reader, bus, entries } = await openReader({ log, pollMs: 20 });
    const before = reader.horizon;
    const name = nameOf(db);
    await administer((sql) => sql.unsafe(`alter database ${name} allow_connections false`));
    await killBackends(db, 'rockpool');
    await expect.poll(() => reader.healthy, soon).toBe(false);
    // Several more attempts.
    const attempts = performance.now() + 500;
    await expect.poll(() => performance.now() > attempts, soon).toBe(true);
    expect(lines.map(({ level }) => level)).toEqual([50]);
    await administer((sql) => sql.unsafe(`alter database ${name} allow_connections true`));
    await expect.poll(() => reader.healthy, soon).toBe(true);
    expect(lines.map(({ level }) => level)).toEqual([50, 30]);
    const seq = await append(db.sql);
    bus.ring();
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    expect(entries.map((entry) => entry.seq)).toEqual(await numbers(db.sql, before));
  });

  it('gives up a look that has no answer, and takes another connection', async () => {
    const { log, lines } = keptLog();
    let dead = false;
    const session = () =>
      new Proxy(db.session(), {
        apply: (target, self, args) =>
          dead ? new Promise(() => undefined) : (Reflect.apply(target, self, args) as unknown),
      }) as Sql;
    const { reader, bus } = await openReader({ database: { ...db, session }, log, deadlineMs: 1_000 });
    dead = true;
    bus.ring();
    await expect.poll(() => reader.healthy, soon).toBe(false);
    dead = false;
    const seq = await append(db.sql);
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    expect(lines.map(({ level }) => level)).toEqual([50, 30]);
  });

  it('stops in the middle of everything', async () => {
    const { reader, bus } = await openReader({ pageSize: 1 });
    await appendMany(db.sql, 500);
    bus.ring();
    await reader.stop();
    expect(reader.healthy).toBe(false);
  });

  it('reads through the shared client where there is a pooler', async () => {
    const refuse = (): Sql => {
      throw new Error('not here');
    };
    const { reader, bus } = await openReader({ database: { ...db, direct: false, session: refuse } });
    const seq = await append(db.sql);
    bus.ring();
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    await reader.stop();
    expect(await append(db.sql)).toBeGreaterThan(seq);
  });
});
