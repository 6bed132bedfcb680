import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomToken } from '../../src/base/ids.ts';
import { topics, type Entry } from '../../src/feed/journal.ts';
import { createJudge } from '../../src/feed/judge.ts';
import { headOf, horizonOf, readEntries, type ReplayRequest } from '../../src/feed/replay.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { append, appendMany } from './support.ts';

const MINE = 'us-east-1:00000000-0000-4000-8000-00000000000a';
const OTHERS = 'us-east-1:00000000-0000-4000-8000-00000000000b';
const STREAMS = [
  { topic: topics.model('Note'), key: 'n1' },
  { topic: topics.model('Note'), key: 'n2' },
  { topic: topics.model('Notebook'), key: 'n1' },
  { topic: topics.dataset(MINE, 'a'), key: 'a' },
  { topic: topics.dataset(MINE, 'ab'), key: 'ab' },
  { topic: topics.dataset(MINE, '~'), key: '~' },
  { topic: topics.dataset(OTHERS, 'a'), key: 'a' },
  { topic: topics.caller('us-east-1_Rockpool1', 'sub'), key: 'sub' },
] as const;

let db: TestDatabase;
let all: Pick<Entry, 'seq' | 'topic'>[];
beforeAll(async () => {
  db = await testDatabase();
  for (let i = 0; i < 200; i++) {
    const stream = STREAMS[(i * 7 + Math.floor(i / 3)) % STREAMS.length];
    await append(db.sql, { ...stream, version: i });
  }
  all = await db.sql`select seq, topic from rockpool.journal order by seq`;
});

const isWanted = (topic: ReplayRequest['topic'], name: string) =>
  'prefix' in topic ? name.startsWith(topic.prefix) : topic.equals.includes(name);

/** Page after page, as a socket does it. */
async function readAll(request: ReplayRequest): Promise<number[]> {
  const found: number[] = [];
  for (let after = request.after; after < request.upTo;) {
    const page = await readEntries(db.sql, { ...request, after });
    expect(page.entries.length).toBeLessThanOrEqual(request.limit);
    expect(page.through).toBeGreaterThan(after);
    found.push(...page.entries.map(({ seq }) => seq));
    after = page.through;
  }
  return found;
}

describe('a replay', () => {
  const wanted: fc.Arbitrary<ReplayRequest['topic']> = fc.oneof(
    fc.record({
      equals: fc.array(
        fc.constantFrom(...STREAMS.map(({ topic }) => topic), 'model:Nothing', 'dataset:x/y'),
        {
          maxLength: 5,
        },
      ),
    }),
    fc.record({
      prefix: fc.constantFrom(
        topics.datasetsOf(MINE),
        topics.datasetsOf(OTHERS),
        'dataset:nobody/',
        'caller:',
      ),
    }),
  );

  it('gives what its topics hold between its bounds, in order, page after page', async () => {
    const numbers = fc.integer({ min: 0, max: 210 });
    await fc.assert(
      fc.asyncProperty(
        wanted,
        numbers,
        numbers,
        fc.integer({ min: 1, max: 60 }),
        async (topic, after, upTo, limit) => {
          const expected = all.filter(
            ({ seq, topic: name }) => seq > after && seq <= upTo && isWanted(topic, name),
          );
          expect(await readAll({ topic, after, upTo, limit })).toEqual(expected.map(({ seq }) => seq));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives entries whole, with floor and epoch of the same snapshot', async () => {
    const seq = await append(db.sql, { topic: 'model:Whole', key: 'k', version: 3, actor: 'a', device: 'd' });
    const page = await readEntries(db.sql, {
      topic: { equals: ['model:Whole'] },
      after: 0,
      upTo: seq,
      limit: 10,
    });
    expect(page).toEqual({
      floor: 1,
      epoch: '',
      through: seq,
      entries: [
        {
          seq,
          topic: 'model:Whole',
          key: 'k',
          version: 3,
          operation: 'update',
          before: null,
          after: { n: 3 },
          actor: 'a',
          device: 'd',
          at: expect.any(Date),
        },
      ],
    });
  });

  it('says the floor where there is nothing else to say', async () => {
    const page = await readEntries(db.sql, { topic: { equals: [] }, after: 5, upTo: 9, limit: 10 });
    expect(page).toEqual({ entries: [], floor: 1, epoch: '', through: 9 });
  });

  it('is cut where images are large, and goes on from there', async () => {
    const before = await headOf(db.sql);
    // Nothing that Postgres could compress.
    for (let i = 0; i < 6; i++) await append(db.sql, { topic: 'model:Big', after: randomToken(1_500) });
    const request = {
      topic: { equals: ['model:Big'] },
      after: before,
      upTo: before + 6,
      limit: 100,
      bytes: 5_000,
    };
    const first = await readEntries(db.sql, request);
    expect(first.entries.length).toBeGreaterThan(0);
    expect(first.entries.length).toBeLessThan(6);
    expect(first.through).toBe(first.entries.at(-1)?.seq);
    expect(await readAll(request)).toHaveLength(6);
    expect(await readAll({ ...request, bytes: 1 })).toHaveLength(6);
  });

  it('reads neither what happened before its position nor what happened elsewhere', async () => {
    const crowded = await testDatabase();
    await appendMany(crowded.sql, 20_000, 'model:Note');
    await crowded.sql`
      insert into rockpool.journal (seq, topic, key, version, operation)
      select rockpool.journal_draw(), ${topics.dataset(MINE, 'a')}, 'a', i, 'push' from generate_series(1, 5000) i`;
    const from = await appendMany(crowded.sql, 20_000, 'model:Elsewhere');
    await append(crowded.sql, { topic: 'model:Note' });
    const upTo = await append(crowded.sql, { topic: topics.dataset(MINE, 'a'), key: 'a' });
    await crowded.sql`analyze rockpool.journal`;
    const read = async (topic: ReplayRequest['topic'], after: number) => {
      // One connection, so that its statistics can be read.
      return crowded.sql.begin(async (sql) => {
        const touched = async () => {
          const [row] = await sql<{ count: number }[]>`
            select sum(pg_stat_get_xact_tuples_fetched(c.oid) + pg_stat_get_xact_tuples_returned(c.oid))::int as count
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'rockpool' and c.relname like 'journal_p%'`;
          return row?.count ?? 0;
        };
        // Several times, so that a generic plan is judged too.
        for (let i = 0; i < 8; i++) await readEntries(sql, { topic, after, upTo, limit: 100 });
        const before = await touched();
        const { entries } = await readEntries(sql, { topic, after, upTo, limit: 100 });
        expect(entries).toHaveLength(1);
        return (await touched()) - before;
      });
    };
    expect(await read({ equals: ['model:Note'] }, 20_010)).toBeLessThan(50);
    expect(await read({ equals: [topics.dataset(MINE, 'a')] }, from)).toBeLessThan(50);
    expect(await read({ prefix: topics.datasetsOf(MINE) }, from)).toBeLessThan(50);
  });

  it('refuses a prefix whose range it cannot name', async () => {
    await expect(
      readEntries(db.sql, { topic: { prefix: '' }, after: 0, upTo: 1, limit: 1 }),
    ).rejects.toThrow();
  });
});

describe('head and horizon', () => {
  it('are the highest number drawn and the highest entry that may be read', async () => {
    const fresh = await testDatabase();
    const seq = await append(fresh.sql);
    await fresh.sql
      .begin(async (sql) => {
        await append(sql);
        throw new Error('no');
      })
      .catch(() => undefined);
    expect([await horizonOf(fresh.sql), await headOf(fresh.sql)]).toEqual([seq, seq + 1]);
  });

  it('judge a position: Postgres is asked only about one above the reader', async () => {
    const reader = { epoch: 'e', floor: 10, horizon: 20 };
    const away = createJudge(
      {
        get sql(): never {
          throw new Error('asked');
        },
      },
      reader,
    );
    expect(await away({ epoch: 'e', horizon: 20 })).toBe('ok');
    expect(await away({ epoch: 'e', horizon: 9 })).toBe('resync');
    await expect(away({ epoch: 'e', horizon: 21 })).rejects.toThrow('asked');
    const judge = createJudge(db, reader);
    const last = await headOf(db.sql);
    expect(await judge({ epoch: 'e', horizon: last })).toBe('ok');
    expect(await judge({ epoch: 'e', horizon: 15, identity: { hash: 'h'.repeat(16), seq: last } })).toBe(
      'ok',
    );
    expect(await judge({ epoch: 'e', horizon: last + 1 })).toBe('resync');
  });
});
