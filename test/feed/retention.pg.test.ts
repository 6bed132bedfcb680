import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { manualClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createMemoryBus } from '../../src/feed/bus/memory.ts';
import { createMarks } from '../../src/feed/marks.ts';
import { dropPartitions, listPartitions, makePartitions } from '../../src/feed/partitions.ts';
import { createFeedReader } from '../../src/feed/reader.ts';
import { horizonOf, readEntries } from '../../src/feed/replay.ts';
import { createRetention, type RetentionOptions } from '../../src/feed/retention.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { append, appendMany, collect } from './support.ts';

const HOUR = 3_600_000;
const SIZE = 50;

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});

/** A clock that is `ms` ahead of Postgres's. */
const ahead = (ms: number) => manualClock(Date.now() + ms);

function open(options: Partial<RetentionOptions> = {}) {
  const purge = vi.fn(() => Promise.resolve());
  return {
    purge,
    ...createRetention({ database: db, retentionMs: HOUR, log: silentLog, purge, ...options }),
  };
}

/** As if every partition had always had SIZE entries. */
async function shrink(size = SIZE): Promise<void> {
  await db.sql`drop table rockpool.journal_p1, rockpool.journal_p1000001`;
  await makePartitions(db, size);
}

/** Four partitions of SIZE, the last empty. */
async function fill(): Promise<void> {
  await shrink();
  while ((await append(db.sql)) < 130) await makePartitions(db, SIZE);
  expect(await names()).toEqual(['journal_p2', 'journal_p52', 'journal_p102', 'journal_p152']);
}

const names = async () => (await listPartitions(db.sql)).map(({ name }) => name);

async function floorOf(): Promise<number> {
  const [row] = await db.sql<{ floor: number }[]>`select floor from rockpool.feed_state`;
  return row?.floor ?? NaN;
}

describe('the floor', () => {
  it('stays while nothing is old', async () => {
    await appendMany(db.sql, 5);
    const retention = open();
    expect(await retention.run()).toBe(1);
    expect(retention.purge).toHaveBeenCalledWith(1);
  });

  it('rises to the highest entry when all are old, and no further', async () => {
    const seq = await appendMany(db.sql, 5);
    await db.sql`select rockpool.journal_draw()`;
    const retention = open({ clock: ahead(2 * HOUR) });
    expect(await retention.run()).toBe(seq);
    expect(await retention.run()).toBe(seq);
    expect(await floorOf()).toBe(seq);
  });

  it('stops below the first entry that is not old, whatever lies above it', async () => {
    const first = await append(db.sql);
    const young = await append(db.sql);
    await append(db.sql);
    await db.sql`update rockpool.journal set at = at - interval '2 hours' where seq <> ${young}`;
    expect(await open().run()).toBe(first);
  });

  it('stops below a writer that is under way', async () => {
    const first = await append(db.sql);
    await db.sql.begin(async (sql) => {
      await append(sql);
      await append(db.sql);
      expect(await open({ clock: ahead(2 * HOUR) }).run()).toBe(first);
    });
  });

  it('counts ages by the clock of Postgres', async () => {
    const seq = await append(db.sql);
    await db.sql`update rockpool.journal set at = clock_timestamp() - interval '59 minutes'`;
    expect(await open().run()).toBe(1);
    await db.sql`update rockpool.journal set at = clock_timestamp() - interval '61 minutes'`;
    expect(await open().run()).toBe(seq);
  });

  it('is moved by one of several nodes at a time, and never back', async () => {
    const seq = await appendMany(db.sql, 20);
    const floors = await Promise.all(Array.from({ length: 6 }, () => open({ clock: ahead(2 * HOUR) }).run()));
    for (const floor of floors) expect([seq, undefined]).toContain(floor);
    expect(floors).toContain(seq);
    await append(db.sql);
    expect(await open().run()).toBe(seq);
  });

  it('is committed before anything is taken away', async () => {
    const seq = await append(db.sql);
    const seen: number[] = [];
    const purge = async (floor: number) => {
      seen.push(floor, await floorOf());
    };
    await open({ clock: ahead(2 * HOUR), purge }).run();
    expect(seen).toEqual([seq, seq]);
  });

  it('moves by itself, at most once in a tenth of the retention for all nodes together', async () => {
    const purge = vi.fn(() => Promise.resolve());
    const nodes = [open({ retentionMs: 2_000, purge }), open({ retentionMs: 2_000, purge })];
    const began = performance.now();
    for (const node of nodes) {
      await node.start();
      onTestFinished(() => node.stop());
    }
    const seq = await append(db.sql);
    await expect.poll(floorOf, { timeout: 20_000 }).toBe(seq);
    for (const node of nodes) await node.stop();
    expect(purge.mock.calls.length).toBeGreaterThan(1);
    expect(purge.mock.calls.length).toBeLessThan(2 + (performance.now() - began) / 100);
  });

  it('goes on by itself after a purge that failed', async () => {
    let failures = 2;
    const purge = vi.fn(() => (failures-- > 0 ? Promise.reject(new Error('broken')) : Promise.resolve()));
    const node = open({ retentionMs: 100, purge });
    await node.start();
    onTestFinished(() => node.stop());
    await expect.poll(() => purge.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(3);
  });
});

describe('marks', () => {
  it('go when their horizon lies below the floor; the others stay however old they are', async () => {
    const marks = createMarks({ database: db, epoch: () => 'e' });
    const taken = [];
    for (let i = 0; i < 4; i++) {
      await append(db.sql);
      taken.push(await marks.take());
    }
    await db.sql`update rockpool.marks set ms = ms - 1000000000000`;
    await db.sql`update rockpool.journal set at = at - interval '2 hours' where seq <= ${taken[2]?.horizon ?? 0}`;
    expect(await open().run()).toBe(taken[2]?.horizon);
    const left = await db.sql<{ horizon: number }[]>`select horizon from rockpool.marks order by ms`;
    expect(left.map(({ horizon }) => horizon)).toEqual(taken.slice(2).map(({ horizon }) => horizon));
  });

  it('keep the highest time that was ever given', async () => {
    await append(db.sql);
    const marks = createMarks({ database: db, epoch: () => 'e' });
    const mark = await marks.take();
    await append(db.sql);
    await open({ clock: ahead(2 * HOUR) }).run();
    expect(await marks.at(mark.ms)).toBeUndefined();
    const future = mark.ms + HOUR;
    await db.sql`update rockpool.marks set ms = ${future}`;
    expect((await marks.take()).ms).toBe(future + 1);
  });
});

describe('partitions', () => {
  it('are there from the start, the next is made when the newest is half full', async () => {
    expect(await names()).toEqual(['journal_p1', 'journal_p1000001']);
    await db.sql`select setval('rockpool.journal_seq', 1500000)`;
    expect(await makePartitions(db)).toEqual([]);
    await db.sql`select setval('rockpool.journal_seq', 1500001)`;
    expect(await makePartitions(db)).toEqual(['journal_p2000001']);
    expect(await makePartitions(db)).toEqual([]);
    expect((await listPartitions(db.sql)).at(-1)).toEqual({
      name: 'journal_p2000001',
      from: 2_000_001,
      to: 3_000_001,
    });
    await db.sql`select setval('rockpool.journal_seq', 2000000)`;
    const seq = await append(db.sql);
    const page = await readEntries(db.sql, {
      topic: { equals: ['model:Note'] },
      after: 1,
      upTo: seq,
      limit: 10,
    });
    expect(page.entries.map((entry) => entry.seq)).toEqual([2_000_001]);
  });

  it('have what the journal has: defaults, indexes, key', async () => {
    await shrink();
    await append(db.sql);
    const describe = (table: string) => db.sql`
      select a.attname, a.attnotnull, format_type(a.atttypid, a.atttypmod) as type, c.collname, a.attstorage::text,
        pg_get_expr(d.adbin, d.adrelid) as default
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        left join pg_collation c on c.oid = a.attcollation
      where a.attrelid = ${table}::regclass and a.attnum > 0 order by a.attnum`;
    expect(await describe('rockpool.journal_p2')).toEqual(await describe('rockpool.journal'));
    const [indexes] = await db.sql`
      select count(*)::int as count from pg_index where indrelid = 'rockpool.journal_p2'::regclass`;
    expect(indexes).toEqual({ count: 3 });
  });

  it('roll on under writers and a reader: old ones go, nobody fails, nothing is missed', async () => {
    const size = 400;
    await shrink(size);
    const reader = createFeedReader({ database: db, bus: createMemoryBus(), log: silentLog, pollMs: 5 });
    onTestFinished(() => reader.stop());
    await reader.start();
    const before = reader.horizon;
    const entries = collect(reader);
    const retention = open({ partitionSize: size });
    let written = 0;
    const writers = Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 500; i++) {
        await append(db.sql);
        written++;
      }
    });
    let going = true;
    const keeper = (async () => {
      while (going) {
        // Old is only what the reader has passed, as it is in life.
        await db.sql`
          update rockpool.journal set at = at - interval '2 hours'
          where seq <= ${reader.horizon} and at > clock_timestamp() - interval '1 hour'`;
        await retention.run();
      }
    })();
    await Promise.all(writers);
    going = false;
    await keeper;
    const last = await horizonOf(db.sql);
    await reader.reached(last);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: written }, (_, i) => before + 1 + i));
    await db.sql`update rockpool.journal set at = at - interval '2 hours'`;
    expect(await retention.run()).toBe(last);
    const left = await listPartitions(db.sql);
    expect(left.length).toBeLessThanOrEqual(2);
    expect(left[0]?.to).toBeGreaterThan(last + 1);
    await reader.reached(await append(db.sql));
  });

  it('go only when they lie wholly at or below the floor, and never the newest', async () => {
    await fill();
    expect(await dropPartitions(db, 50, silentLog)).toEqual([]);
    expect(await dropPartitions(db, 51, silentLog)).toEqual(['journal_p2']);
    expect(await dropPartitions(db, 100, silentLog)).toEqual([]);
    expect(await dropPartitions(db, 1_000, silentLog)).toEqual(['journal_p52', 'journal_p102']);
    expect(await names()).toEqual(['journal_p152']);
  });

  it('are left for the next time while somebody reads them, and writers do not wait for that', async () => {
    await fill();
    await db.sql.begin(async (sql) => {
      // As a dump does.
      await sql`select count(*) from rockpool.journal`;
      const dropping = dropPartitions(db, 51, silentLog);
      await append(db.sql);
      expect(await dropping).toEqual([]);
    });
    expect(await dropPartitions(db, 51, silentLog)).toEqual(['journal_p2']);
  });

  it('are made once by several nodes', async () => {
    await shrink();
    while ((await append(db.sql)) < 40);
    await Promise.all(Array.from({ length: 6 }, () => makePartitions(db, SIZE)));
    expect(await names()).toEqual(['journal_p2', 'journal_p52']);
  });
});
