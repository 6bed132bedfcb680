import { beforeAll, describe, expect, it } from 'vitest';
import type { PushResult } from '../../src/datasets/dataset.ts';
import type { DatasetImage } from '../../src/feed/journal.ts';
import { testDatabase } from '../support/database.ts';
import { ACTOR, contents, newIdentity, pushed, put, refusal, take, testEngine } from './support.ts';

let world: Awaited<ReturnType<typeof testEngine>>;
beforeAll(async () => {
  world = await testEngine(await testDatabase({ connections: 16 }));
});
const someone = () => newIdentity(world.database);

/** Entries of a dataset's topic, in order. */
const entriesOf = ({ database }: typeof world, identity: string, name: string) => database.sql<
  { seq: number; version: number; operation: string; after: DatasetImage | null }[]
>`
  select seq, version, operation, after from rockpool.journal
  where topic = ${`dataset:${identity}/${name}`} order by seq`;

describe('fifty writers on one dataset', () => {
  it('get each count once, in the order of the journal, and no puller sees a gap or a half push', async () => {
    const { engine } = world;
    const me = await someone();
    let done = false;
    const seen: number[] = [];
    const puller = (async () => {
      while (!done) {
        const { syncCount, records } = await engine.pull(me, { name: 'd', since: 0 });
        seen.push(syncCount);
        // Every push writes a pair: whoever sees one of it sees the other, and nothing above the count.
        expect(records.filter(({ syncCount: count }) => count > syncCount)).toEqual([]);
        for (const count of new Set(records.map((record) => record.syncCount))) {
          expect(records.filter((record) => record.syncCount === count).length % 2).toBe(0);
        }
      }
    })();
    const writers = Array.from({ length: 50 }, async (_, writer) => {
      const counts: number[] = [];
      for (let round = 0; round < 4; round++) {
        counts.push(
          await pushed(engine, me, 'd', put(`${writer}-${round}-a`, 'x'), put(`${writer}-${round}-b`, 'x')),
        );
      }
      return counts;
    });
    const counts = (await Promise.all(writers)).flat();
    done = true;
    await puller;
    const expected = Array.from({ length: 200 }, (_, i) => i + 1);
    expect(counts.toSorted((a, b) => a - b)).toEqual(expected);
    expect((await entriesOf(world, me, 'd')).map(({ version }) => version)).toEqual(expected);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });
});

describe('devices that push the same record on the same count', () => {
  it('win one at a time: nothing is laid over a newer record', async () => {
    const { engine } = world;
    const me = await someone();
    let known = await pushed(engine, me, 'd', put('k', 'start'));
    for (let round = 0; round < 15; round++) {
      const base = known;
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          engine.push(me, ACTOR, {
            name: 'd',
            patches: [put('k', `${round}-${i}`, base), put(`own-${i}`, 'x', base)],
          }),
        ),
      );
      const won = results.filter(
        (result): result is PushResult & { kind: 'pushed' } => result.kind === 'pushed',
      );
      expect(won).toHaveLength(1);
      known = won[0]?.syncCount ?? 0;
      const stored = (await contents(engine, me, 'd')).get('k');
      expect(stored).toEqual({ value: won[0]?.records[0]?.value, syncCount: known });
    }
  });
});

describe('limits', () => {
  it('cannot be passed by two together', async () => {
    const { engine } = world;
    const me = await someone();
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, i) => refusal(() => pushed(engine, me, `d${i}`, put('a', '1')))),
    );
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(20);
    expect((await engine.list(me, {})).items).toHaveLength(20);
    const other = await someone();
    const half = 'x'.repeat(600_000);
    const big = await Promise.all(
      ['a', 'b', 'c'].map((key) => refusal(() => pushed(engine, other, 'd', put(key, half)))),
    );
    expect(big.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
  });

  it('let one session token be spent once, however many try', async () => {
    const { engine } = world;
    const me = await someone();
    const { sessionToken } = await engine.pull(me, { name: 'd', since: 0 });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        refusal(() => engine.push(me, ACTOR, { name: 'd', patches: [put(`k${i}`, 'x')], sessionToken })),
      ),
    );
    expect(outcomes.toSorted()).toEqual([
      ...Array.from({ length: 9 }, () => 'INVALID_SESSION_TOKEN'),
      'accepted',
    ]);
  });
});

describe('killed backends', () => {
  it('leave whole pushes: every acknowledged one is there, every one is in the journal once or not at all', async () => {
    const { engine, database } = world;
    const me = await someone();
    let done = false;
    const killer = (async () => {
      while (!done) {
        await database.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() order by random() limit 2`.catch(
          () => undefined,
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const acknowledged: string[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; round < 25; round++) {
          const key = `${writer}-${round}`;
          const patches = [put(key, 'x'), take(`${key}-gone`, 0)];
          const result = await engine
            .push(me, ACTOR, { name: 'd', patches })
            .catch((error: unknown) => error);
          if (result instanceof Error) expect(result).toMatchObject({ code: 'UNAVAILABLE' });
          else acknowledged.push(key);
        }
      }),
    );
    done = true;
    await killer;
    const stored = await contents(engine, me, 'd');
    for (const key of acknowledged)
      expect([stored.has(key), stored.has(`${key}-gone`)]).toEqual([true, true]);
    const entries = await entriesOf(world, me, 'd');
    expect(entries.map(({ version }) => version)).toEqual(entries.map((_, i) => i + 1));
    const journalled = entries.flatMap(({ after }) => after?.records.map(({ k }) => k) ?? []);
    expect(journalled.toSorted()).toEqual([...stored.keys()].toSorted());
  });
});

describe('an identity that was merged away', () => {
  it('is followed: pushes and pulls go to the survivor', async () => {
    const { engine, database } = world;
    const [old, survivor] = [await someone(), await someone()];
    await database.sql`update rockpool.identities set merged_into = ${survivor} where id = ${old}`;
    expect(await pushed(engine, old, 'd', put('k', '1'))).toBe(1);
    expect([...(await contents(engine, survivor, 'd')).keys()]).toEqual(['k']);
    expect([...(await contents(engine, old, 'd')).keys()]).toEqual(['k']);
    expect(await engine.drop(old, ACTOR, 'd')).toMatchObject({ name: 'd', syncCount: 1 });
  });
});
