import { beforeAll, describe, expect, it } from 'vitest';
import { RockpoolError } from '../../../src/base/errors.ts';
import { uuid } from '../../../src/base/ids.ts';
import type { Item } from '../../../src/models/model.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { createWorld, entriesOf, user, type World } from './setup.ts';

const SDL = `
  type Merged @model @conflict(strategy: AUTOMERGE) @auth(rules: [{ allow: private }]) { title: String n: Int tags: [String] }
  type Strict @model @conflict(strategy: OPTIMISTIC_CONCURRENCY) @auth(rules: [{ allow: private }]) { title: String n: Int }
`;

const ada = user('ada');
let database: TestDatabase;
let world: World;
beforeAll(async () => {
  database = await testDatabase({ connections: 16 });
  world = await createWorld(database, SDL);
});

function times<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

/** The item, or the code of the error. */
async function outcome(work: Promise<Item | null>): Promise<Item | string> {
  try {
    return (await work) ?? 'null';
  } catch (error) {
    if (error instanceof RockpoolError) return error.code;
    throw error;
  }
}

interface ImageRow {
  readonly seq: number;
  readonly version: number;
  readonly before: Item | null;
  readonly after: Item;
}

/** Row and journal tell the same story: every version once, in order, each made from the one before. */
async function expectWhole(model: string, id: string): Promise<readonly ImageRow[]> {
  const entries = (await entriesOf(database, model, id)) as unknown as ImageRow[];
  let previous: ImageRow | undefined;
  for (const entry of entries) {
    expect(entry.after._version).toBe(entry.version);
    if (previous !== undefined && entry.before !== null) {
      expect(entry.before).toEqual(previous.after);
      expect(entry.version).toBe(previous.version + 1);
      expect(entry.after._lastChangedAt).toBeGreaterThan(previous.after._lastChangedAt);
    }
    previous = entry;
  }
  const current = await world.models.get(world.model(model), ada, id, { deleted: true });
  if (current !== null) expect(current).toEqual(previous?.after);
  const [row] = await database.sql.unsafe<{ seq: number }[]>(
    `select _seq as seq from public.${model.toLowerCase()} where id = $1`,
    [id],
  );
  if (row !== undefined) expect(row.seq).toBe(previous?.seq);
  return entries;
}

describe('writers at once', () => {
  it('of one new id: one makes it, the others are told', async () => {
    for (let round = 0; round < 10; round++) {
      const id = uuid();
      const outcomes = await times(8, (n) =>
        outcome(world.models.create(world.model('Strict'), ada, { id, n })),
      );
      expect(outcomes.filter((one) => typeof one !== 'string')).toHaveLength(1);
      expect(outcomes.filter((one) => one === 'CONDITION_FAILED')).toHaveLength(7);
      expect(await expectWhole('Strict', id)).toHaveLength(1);
    }
  });

  it('of one new id with the same content: all have made it, once', async () => {
    const id = uuid();
    const items = await times(8, () => world.models.create(world.model('Strict'), ada, { id, n: 1 }));
    for (const item of items) expect(item).toEqual(items[0]);
    expect(await expectWhole('Strict', id)).toHaveLength(1);
  });

  it('over one tombstone: one makes it anew', async () => {
    const strict = world.model('Strict');
    const id = uuid();
    await world.models.create(strict, ada, { id });
    await world.models.delete(strict, ada, { id });
    const outcomes = await times(8, (n) => outcome(world.models.create(strict, ada, { id, n })));
    expect(outcomes.filter((one) => one === 'CONDITION_FAILED')).toHaveLength(7);
    expect((await expectWhole('Strict', id)).map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it('of one hot item: the order of numbers is the order of versions, and nothing is lost', async () => {
    const merged = world.model('Merged');
    const id = uuid();
    await world.models.create(merged, ada, { id, tags: [] });
    await times(16, async (writer) => {
      for (let n = 0; n < 12; n++) {
        // Always stale: every list is put behind what is there.
        await world.models.update(merged, ada, {
          id,
          tags: [`${writer}.${n}`],
          _version: 1 + (n === 0 ? 0 : -1),
        });
      }
    });
    const entries = await expectWhole('Merged', id);
    expect(entries.map(({ version }) => version)).toEqual(
      Array.from({ length: 193 }, (_, index) => index + 1),
    );
    const tags = entries.at(-1)?.after['tags'] as string[];
    expect(new Set(tags).size).toBe(192);
    for (let writer = 0; writer < 16; writer++) {
      expect(tags.filter((tag) => tag.startsWith(`${writer}.`))).toEqual(
        Array.from({ length: 12 }, (_, n) => `${writer}.${n}`),
      );
    }
    const [kept] = await database.sql<{ count: number }[]>`
      select count(*)::int as count from rockpool.conflicts where item_id = ${id} and outcome = 'merged'`;
    // Only the first change may have been made from what it replaced.
    expect([191, 192]).toContain(kept?.count);
  });

  it('that count up from what they read lose no count', async () => {
    const strict = world.model('Strict');
    const id = uuid();
    await world.models.create(strict, ada, { id, n: 0 });
    const applied = await times(8, async () => {
      let count = 0;
      for (let round = 0; round < 15; round++) {
        const read = await world.models.get(strict, ada, id, { deleted: false });
        const written = await outcome(
          world.models.update(strict, ada, { id, n: Number(read?.['n']) + 1, _version: read?._version }),
        );
        if (typeof written !== 'string') count++;
        else expect(written).toBe('CONFLICT');
      }
      return count;
    });
    const total = applied.reduce((sum, count) => sum + count, 0);
    const last = await world.models.get(strict, ada, id, { deleted: false });
    expect(last).toMatchObject({ n: total, _version: total + 1 });
    await expectWhole('Strict', id);
  });

  it('and a purge: an item made anew stays, whoever comes first', async () => {
    const strict = world.model('Strict');
    const ids = Array.from({ length: 20 }, () => uuid());
    for (const id of ids) {
      await world.models.create(strict, ada, { id, n: 0 });
      await world.models.delete(strict, ada, { id });
    }
    const [head] = await database.sql<{ seq: number }[]>`select max(seq) as seq from rockpool.journal`;
    const purge = world.models.purgeTombstones(head?.seq ?? 0);
    const made = await Promise.all(ids.map((id) => world.models.create(strict, ada, { id, n: 1 })));
    await purge;
    for (const item of made) {
      expect([1, 3]).toContain(item._version);
      expect(await world.models.get(strict, ada, String(item['id']), { deleted: false })).toEqual(item);
      await expectWhole('Strict', String(item['id']));
    }
  });

  it('wait for one another no longer than the time-out', async () => {
    const strict = world.model('Strict');
    const id = uuid();
    await world.models.create(strict, ada, { id, n: 0 });
    const other = database.session();
    await other`begin`;
    await other`select set_config('idle_in_transaction_session_timeout', '0', false)`;
    await other`select 1 from public.strict where id = ${id} for update`;
    expect(await outcome(world.models.update(strict, ada, { id, n: 1 }))).toBe('UNAVAILABLE');
    await other`rollback`;
    await other.end();
    expect(await world.models.update(strict, ada, { id, n: 1 })).toMatchObject({ _version: 2 });
  });
});

describe('writers whose connections are killed', () => {
  it('leave nothing half done, and every call ends', async () => {
    const merged = world.model('Merged');
    const ids = Array.from({ length: 12 }, () => uuid());
    await Promise.all(ids.map((id) => world.models.create(merged, ada, { id, n: 0 })));
    const killer = database.session();
    let killed = 0;
    let done = false;
    const killing = (async () => {
      while (!done) {
        const victims = await killer<{ gone: boolean }[]>`
          select pg_terminate_backend(pid) as gone from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
          order by random() limit 3`;
        killed += victims.length;
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
    /** Versions that were acknowledged, by item. */
    const acknowledged = new Map<string, number>();
    const failures: string[] = [];
    await times(16, async (writer) => {
      for (let n = 0; n < 60; n++) {
        const id = ids[(writer * 7 + n) % ids.length] ?? '';
        const result = await outcome(world.models.update(merged, ada, { id, n, title: String(writer) }));
        if (typeof result === 'string') failures.push(result);
        else acknowledged.set(id, Math.max(acknowledged.get(id) ?? 0, result._version));
      }
    });
    done = true;
    await killing;
    await killer.end();

    expect(killed).toBeGreaterThan(10);
    expect(failures.filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
    expect(failures.length).toBeGreaterThan(0);
    for (const id of ids) {
      const entries = await expectWhole('Merged', id);
      expect(entries.map(({ version }) => version)).toEqual(entries.map((_, index) => index + 1));
      expect(entries.length).toBeGreaterThanOrEqual(acknowledged.get(id) ?? 0);
    }
    const [stray] = await database.sql<{ count: number }[]>`
      select count(*)::int as count from rockpool.journal j
      where topic = 'model:Merged' and not exists (select 1 from public.merged m where m.id = j.key)`;
    expect(stray?.count).toBe(0);
  });
});
