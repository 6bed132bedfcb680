import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Sql } from '../../src/database/connection.ts';
import { createMarks, type Mark } from '../../src/feed/marks.ts';
import { horizonOf } from '../../src/feed/replay.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { append, numbers } from './support.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});

const open = (sql: Sql = db.sql) => createMarks({ database: { sql }, epoch: () => 'e' });
const stored = () => db.sql<Mark[]>`select ms, horizon from rockpool.marks order by ms`;

function counted(sql: Sql): { sql: Sql; count: () => number } {
  let statements = 0;
  const proxy = new Proxy(sql, {
    apply(target, self, args) {
      statements++;
      return Reflect.apply(target, self, args) as unknown;
    },
  });
  return { sql: proxy, count: () => statements };
}

describe('a mark', () => {
  it('is the present horizon with the time of Postgres', async () => {
    const seq = await append(db.sql);
    const [clock] = await db.sql<
      { ms: number }[]
    >`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`;
    const mark = await open().take();
    expect(mark.horizon).toBe(seq);
    expect(mark.ms).toBeGreaterThanOrEqual(Math.floor(clock?.ms ?? Infinity));
  });

  it('is used again while the horizon stands still, by every node', async () => {
    await append(db.sql);
    const first = await open().take();
    const nodes = [open(), open()];
    const again = await Promise.all(
      nodes.flatMap((node) => [node.take(), node.take(), node.take(first.horizon)]),
    );
    for (const mark of again) expect(mark).toEqual(first);
    expect(await stored()).toHaveLength(1);
  });

  it('costs no round trip where the node knows one that reaches far enough', async () => {
    const { sql, count } = counted(db.sql);
    const marks = open(sql);
    const seq = await append(db.sql);
    const mark = await marks.take(seq);
    const before = count();
    await append(db.sql);
    expect(await marks.take(seq)).toEqual(mark);
    expect(count()).toBe(before);
    expect((await marks.take(seq + 1)).horizon).toBe(seq + 1);
  });

  it('is asked for once by many callers at a time', async () => {
    const { sql, count } = counted(db.sql);
    const marks = open(sql);
    await append(db.sql);
    const all = await Promise.all(Array.from({ length: 50 }, () => marks.take()));
    expect(new Set(all.map(({ ms }) => ms)).size).toBe(1);
    expect(count()).toBeLessThanOrEqual(2);
  });

  it('is not the one of another epoch', async () => {
    let epoch = 'e';
    const marks = createMarks({ database: db, epoch: () => epoch });
    await append(db.sql);
    const mark = await marks.take(1);
    await db.sql`delete from rockpool.marks`;
    expect(await marks.take(1)).toEqual(mark);
    epoch = 'f';
    await marks.take(1);
    expect(await stored()).toHaveLength(1);
  });

  it('does not reach beyond what may be read: an older writer is under way', async () => {
    const before = await append(db.sql);
    await db.sql.begin(async (sql) => {
      await append(sql);
      await append(db.sql);
      expect((await open().take()).horizon).toBe(before);
    });
  });

  it('does not believe a node that is ahead of the database', async () => {
    const seq = await append(db.sql);
    expect((await open().take(seq + 1_000)).horizon).toBe(seq);
  });

  it('has a higher time than the last, also when the clock went back', async () => {
    const future = Date.now() + 3_600_000;
    await db.sql`insert into rockpool.marks values (${future}, 1)`;
    const seq = await append(db.sql);
    expect(await open().take()).toEqual({ ms: future + 1, horizon: seq });
  });

  it('goes on after a question that failed', async () => {
    let away = true;
    const sql = new Proxy(db.sql, {
      apply: (target, self, args) =>
        away
          ? Promise.reject(Object.assign(new Error('closed'), { code: 'CONNECTION_CLOSED' }))
          : (Reflect.apply(target, self, args) as unknown),
    });
    const marks = open(sql);
    const failures = await Promise.allSettled([marks.take(), marks.take(), marks.at(1)]);
    for (const failure of failures) {
      expect(failure).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
    }
    away = false;
    expect((await marks.take()).horizon).toBe(1);
  });
});

describe('marks of several nodes under steady writers', () => {
  it('increase strictly in both columns, reach what was acknowledged before, and hold nothing back', async () => {
    const nodes = [open(), open(), open()];
    let going = true;
    const writers = Array.from({ length: 4 }, async () => {
      while (going) await append(db.sql);
    });
    const takers = nodes.flatMap((node) =>
      Array.from({ length: 4 }, async () => {
        for (let i = 0; i < 40; i++) {
          const reaches = await horizonOf(db.sql);
          const mark = i % 2 === 0 ? await node.take() : await node.take(reaches);
          expect(mark.horizon).toBeGreaterThanOrEqual(reaches);
          // Whoever reads now sees all of it: nothing at or below the mark comes later.
          const [seen] = await db.sql<{ count: number }[]>`
            select count(*)::int as count from rockpool.journal where seq <= ${mark.horizon}`;
          taken.push({ ...mark, seen: seen?.count ?? 0 });
        }
      }),
    );
    const taken: (Mark & { seen: number })[] = [];
    await Promise.all(takers);
    going = false;
    await Promise.all(writers);

    const marks = await stored();
    for (let i = 1; i < marks.length; i++) {
      expect(marks[i]?.ms).toBeGreaterThan(marks[i - 1]?.ms ?? Infinity);
      expect(marks[i]?.horizon).toBeGreaterThan(marks[i - 1]?.horizon ?? Infinity);
    }
    const byMs = new Map(marks.map((mark) => [mark.ms, mark.horizon]));
    const all = await numbers(db.sql);
    for (const { ms, horizon, seen } of taken) {
      expect(byMs.get(ms)).toBe(horizon);
      expect(seen).toBe(all.filter((seq) => seq <= horizon).length);
    }
  });
});

describe('a time', () => {
  it('means the last mark at or before it', async () => {
    const marks = open();
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1_000, max: 1_100 }), { maxLength: 20 }),
        fc.array(fc.integer({ min: 990, max: 1_110 }), { minLength: 1, maxLength: 10 }),
        async (times, asked) => {
          const all = times.sort((a, b) => a - b).map((ms, index) => ({ ms, horizon: index + 1 }));
          await db.sql`delete from rockpool.marks`;
          if (all.length > 0) await db.sql`insert into rockpool.marks ${db.sql(all)}`;
          for (const ms of asked) expect(await marks.at(ms)).toEqual(all.findLast((mark) => mark.ms <= ms));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('older than all marks means none, and so does one that retention has passed', async () => {
    await append(db.sql);
    const marks = open();
    const mark = await marks.take();
    expect(await marks.at(mark.ms - 1)).toBeUndefined();
    await db.sql`update rockpool.feed_state set floor = ${mark.horizon}`;
    expect(await marks.at(mark.ms)).toEqual(mark);
    await db.sql`update rockpool.feed_state set floor = ${mark.horizon + 1}`;
    expect(await marks.at(mark.ms)).toBeUndefined();
  });
});
