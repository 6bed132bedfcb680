import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
import { createStore } from '../../../src/models/engine/store.ts';
import type { SyncPage, SyncRequest } from '../../../src/models/engine/sync.ts';
import type { Item } from '../../../src/models/model.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { createWorld, user, type World } from './setup.ts';

const SDL = `
  type Note @model @auth(rules: [
    { allow: owner }
    { allow: groups, groups: ["Admin"] }
  ]) { title: String! n: Int owner: String }
  type Free @model @auth(rules: [{ allow: private }, { allow: public, operations: [get] }]) { title: String n: Int tags: [String] }
`;
const ada = user('ada');
const bob = user('bob');
const admin = user('boss', { groups: ['Admin'] });
let database: TestDatabase;
let world: World;
beforeAll(async () => {
  database = await testDatabase();
  world = await createWorld(database, SDL);
});
async function syncAll(
  model: string,
  caller: Caller,
  request: SyncRequest = {},
): Promise<{ pages: SyncPage[]; items: Item[]; startedAt: number; base: boolean }> {
  const pages: SyncPage[] = [];
  let nextToken: string | null | undefined;
  do {
    const page = await world.models.sync(world.model(model), caller, {
      ...request,
      nextToken: nextToken ?? undefined,
    });
    pages.push(page);
    ({ nextToken } = page);
  } while (nextToken !== null);
  const last = pages.at(-1);
  return {
    pages,
    items: pages.flatMap(({ items }) => items),
    startedAt: last?.startedAt ?? 0,
    base: last?.base ?? false,
  };
}
const brief = ({ items }: { items: readonly Item[] }) =>
  items.map((item) => `${String(item['title'])} ${item._version}${item._deleted === true ? ' deleted' : ''}`);
async function note(caller: Caller, title: string, more: Record<string, unknown> = {}) {
  const item = await world.models.create(world.model('Note'), caller, { title, ...more });
  return String(item['id']);
}
async function free(id: string, fields: Record<string, unknown> = {}) {
  return world.models.create(world.model('Free'), ada, { id, title: id, ...fields });
}

describe('a delta', () => {
  it('brings each changed item once, as it is now, in the order of the changes', async () => {
    const model = world.model('Free');
    await database.sql`truncate public.free`;
    for (const id of ['a', 'b', 'c']) await free(id);
    const { startedAt } = await syncAll('Free', ada);
    expect(brief(await syncAll('Free', ada, { lastSync: startedAt }))).toEqual([]);
    await world.models.update(model, ada, { id: 'c', n: 1 });
    await free('d');
    await world.models.update(model, ada, { id: 'a', n: 1 });
    await world.models.update(model, ada, { id: 'c', n: 2 });
    await world.models.delete(model, ada, { id: 'd' });
    for (const limit of [1, 2, 3, 100]) {
      const sync = await syncAll('Free', ada, { lastSync: startedAt, limit });
      expect(brief(sync)).toEqual(['a 2', 'c 3', 'd 2 deleted']);
      expect(sync.pages).toHaveLength(Math.ceil(3 / limit));
      expect(sync.base).toBe(false);
    }
  });

  it('holds what was acknowledged before it began', async () => {
    let { startedAt } = await syncAll('Free', ada);
    for (let n = 0; n < 5; n++) {
      await free(`ack ${n}`);
      const sync = await syncAll('Free', ada, { lastSync: startedAt });
      expect(brief(sync)).toEqual([`ack ${n} 1`]);
      ({ startedAt } = sync);
    }
  });

  it('means the last mark at or before lastSync', async () => {
    const first = await syncAll('Free', ada);
    await free('between');
    const second = await syncAll('Free', ada, { lastSync: first.startedAt });
    await free('after');
    expect(second.startedAt).toBeGreaterThan(first.startedAt);
    // Ahead of every clock.
    expect(brief(await syncAll('Free', ada, { lastSync: second.startedAt + 3_600_000 }))).toEqual([
      'after 1',
    ]);
    expect(brief(await syncAll('Free', ada, { lastSync: second.startedAt }))).toEqual(['after 1']);
    if (second.startedAt - 1 >= first.startedAt) {
      expect(brief(await syncAll('Free', ada, { lastSync: second.startedAt - 1 }))).toEqual([
        'between 1',
        'after 1',
      ]);
    }
  });

  it('ends under steady writes', async () => {
    const model = world.model('Free');
    const { startedAt } = await syncAll('Free', ada);
    for (const id of ['s1', 's2', 's3']) await free(id);
    let page = await world.models.sync(model, ada, { lastSync: startedAt, limit: 1 });
    let pages = 1;
    for (; page.nextToken !== null; pages++) {
      await world.models.update(model, ada, { id: 's1', n: pages });
      page = await world.models.sync(model, ada, {
        lastSync: startedAt,
        limit: 1,
        nextToken: page.nextToken,
      });
    }
    expect(pages).toBeLessThanOrEqual(4);
    expect(brief(await syncAll('Free', ada, { lastSync: page.startedAt }))).toContain(`s1 ${pages}`);
  });

  it('tells that an item was given away, to whom it was taken from', async () => {
    const model = world.model('Note');
    const id = await note(ada, 'mine');
    const start = await syncAll('Note', ada);
    const bobs = await syncAll('Note', bob);
    await world.models.update(model, ada, { id, title: 'still mine' });
    await world.models.update(model, ada, { id, owner: 'bob' });
    const current = await world.models.update(model, bob, { id, title: 'his secret' });

    const gone = await syncAll('Note', ada, { lastSync: start.startedAt });
    expect(brief(gone)).toEqual(['still mine 3 deleted']);
    const [tombstone] = gone.items;
    expect(tombstone).toMatchObject({ id, owner: 'sub-of-ada::ada', n: null });
    expect(tombstone?._lastChangedAt).toBeLessThan(current._lastChangedAt);
    expect(brief(await syncAll('Note', bob, { lastSync: bobs.startedAt }))).toEqual(['his secret 4']);
    // A client that comes later and never saw it hears nothing.
    expect(brief(await syncAll('Note', ada, { lastSync: gone.startedAt }))).toEqual([]);
    expect(brief(await syncAll('Note', user('eve'), { lastSync: start.startedAt }))).toEqual([]);
    expect(brief(await syncAll('Note', admin, { lastSync: start.startedAt }))).toEqual(['his secret 4']);
  });

  it('finds the last image in view among many that are not', async () => {
    const model = world.model('Note');
    const id = await note(ada, 'mine');
    const { startedAt } = await syncAll('Note', ada, { filter: { n: { attributeExists: false } } });
    await world.models.update(model, ada, { id, title: 'seen' });
    await database.sql`
      insert into rockpool.journal (seq, topic, key, version, operation, before, after)
      select nextval('rockpool.journal_seq'), topic, key, version + i, 'update', after || '{"n": 1}', after || '{"n": 1}'
      from rockpool.journal cross join generate_series(1, 1200) i
      where key = ${id} and version = 2`;
    await database.sql`update public.note set n = 2, _version = 1203, _seq = nextval('rockpool.journal_seq') where id = ${id}`;
    await database.sql`
      insert into rockpool.journal (seq, topic, key, version, operation, after)
      select _seq, 'model:Note', id, _version, 'update', jsonb_build_object('_version', 1203, 'n', 2) from public.note where id = ${id}`;
    const filter = { n: { attributeExists: false } };
    expect(brief(await syncAll('Note', ada, { lastSync: startedAt, filter }))).toEqual(['seen 3 deleted']);
  });

  it('tells that an item left the filter, or was deleted after it had', async () => {
    const model = world.model('Free');
    await database.sql`truncate public.free`;
    for (const [id, n] of [
      ['in', 5],
      ['left', 5],
      ['left and deleted', 5],
      ['out', 1],
      ['came', 1],
    ] as const)
      await free(id, { n });
    const filter = { n: { gt: 3 } };
    const { startedAt } = await syncAll('Free', ada, { filter });
    await world.models.update(model, ada, { id: 'in', n: 6 });
    await world.models.update(model, ada, { id: 'left', n: 1 });
    await world.models.update(model, ada, { id: 'left and deleted', n: 2 });
    await world.models.delete(model, ada, { id: 'left and deleted' });
    await world.models.update(model, ada, { id: 'out', n: 2 });
    await world.models.update(model, ada, { id: 'came', n: 4 });
    const delta = await syncAll('Free', ada, { filter, lastSync: startedAt });
    expect(brief(delta)).toEqual(['in 2', 'left 2 deleted', 'left and deleted 2 deleted', 'came 2']);
    expect(delta.items.map((item) => item['n'])).toEqual([6, 5, 5, 4]);
  });

  it('tells a deletion to a filter for live items', async () => {
    const filter = { _deleted: { ne: true } };
    await free('live');
    const { startedAt } = await syncAll('Free', ada, { filter });
    await world.models.delete(world.model('Free'), ada, { id: 'live' });
    expect(brief(await syncAll('Free', ada, { filter, lastSync: startedAt }))).toEqual(['live 2 deleted']);
  });

  it('tells that a deleted item was made anew by another', async () => {
    const model = world.model('Note');
    const id = await note(ada, 'mine');
    await world.models.delete(model, ada, { id });
    const { startedAt } = await syncAll('Note', ada);
    await world.models.create(model, bob, { id, title: 'his' });
    // Ada holds nothing of it since the deletion, and learns nothing of it now.
    expect(brief(await syncAll('Note', ada, { lastSync: startedAt }))).toEqual([]);
    const before = await syncAll('Note', bob);
    await world.models.delete(model, bob, { id });
    await world.models.create(model, ada, { id, title: 'mine again' });
    expect(brief(await syncAll('Note', bob, { lastSync: before.startedAt }))).toEqual(['his 5 deleted']);
    expect(brief(await syncAll('Note', ada, { lastSync: startedAt }))).toEqual(['mine again 5']);
  });

  it('looks at a bounded number of changes of others, and goes on from there', async () => {
    await database.sql`truncate public.note`;
    const { startedAt } = await syncAll('Note', ada);
    await database.sql`
      insert into public.note (id, title, owner, created_at, updated_at, _version, _last_changed_at, _seq)
      select 'foreign ' || i, '', 'eve', '', '', 1, 1, nextval('rockpool.journal_seq') from generate_series(1, 11000) i`;
    await note(ada, 'mine');
    const delta = await syncAll('Note', ada, { lastSync: startedAt, limit: 10 });
    expect(delta.pages.map(({ items }) => items.length)).toEqual([0, 1]);
    expect(brief(delta)).toEqual(['mine 1']);
  });

  it('costs as much as changed, whatever the table holds', async () => {
    const model = world.model('Free');
    await database.sql`
      insert into public.free (id, title, created_at, updated_at, _version, _last_changed_at, _seq)
      select 'old ' || i, '', '', '', 1, 1, -i from generate_series(1, 5000) i`;
    await database.sql`analyze public.free`;
    const { startedAt } = await syncAll('Free', ada);
    const changed = await world.models.update(model, ada, { id: 'old 1', n: 1 });
    expect((await syncAll('Free', ada, { lastSync: startedAt })).items).toEqual([changed]);

    const [row] = await database.sql<
      { seq: number }[]
    >`select _seq as seq from public.free where id = 'old 1'`;
    const seq = row?.seq ?? 0;
    const [plan] = await database.sql.unsafe<{ 'QUERY PLAN': unknown }[]>(
      `explain (analyze, format json) ${createStore(model).statements.delta}`,
      [seq - 1, seq + 10, 1001],
    );
    const scans = scansOf(plan?.['QUERY PLAN'], 'free');
    expect(scans).toEqual([{ type: 'Index Scan', rows: 1 }]);
  });
});

/** The nodes of a plan that read a table, and how many rows they found. */
function scansOf(plan: unknown, table: string): { type: unknown; rows: unknown }[] {
  if (Array.isArray(plan)) return plan.flatMap((node) => scansOf(node, table));
  if (typeof plan !== 'object' || plan === null) return [];
  const node = plan as Record<string, unknown>;
  const own =
    node['Relation Name'] === table
      ? [
          {
            type: node['Node Type'],
            rows: Number(node['Actual Rows']) + Number(node['Rows Removed by Filter'] ?? 0),
          },
        ]
      : [];
  return [...own, ...scansOf(node['Plan'], table), ...scansOf(node['Plans'], table)];
}
