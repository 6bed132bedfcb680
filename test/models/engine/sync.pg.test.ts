import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
import { topics } from '../../../src/feed/journal.ts';
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

async function moveFloor(to: number | 'head'): Promise<void> {
  await database.sql`
    update rockpool.feed_state set floor = ${to === 'head' ? database.sql`(select max(seq) from rockpool.journal)` : to}`;
}

describe('a base read', () => {
  it('brings all the caller may read, live items before tombstones', async () => {
    await database.sql`truncate public.free`;
    for (const id of ['a', 'b', 'c', 'd']) await free(id);
    await world.models.delete(world.model('Free'), ada, { id: 'b' });
    await world.models.delete(world.model('Free'), ada, { id: 'a' });
    for (const request of [{}, { lastSync: 0 }, { limit: 1 }, { limit: 2 }, { limit: 3 }, { limit: 4 }]) {
      const sync = await syncAll('Free', ada, request);
      expect(brief(sync)).toEqual(['c 1', 'd 1', 'b 2 deleted', 'a 2 deleted']);
      expect(sync.base).toBe(false);
      expect(new Set(sync.pages.map(({ startedAt }) => startedAt)).size).toBe(1);
    }
  });

  it('takes a filter', async () => {
    await database.sql`truncate public.free`;
    for (const [id, n] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const)
      await free(id, { n });
    await world.models.delete(world.model('Free'), ada, { id: 'c' });
    expect(brief(await syncAll('Free', ada, { filter: { n: { ge: 2 } } }))).toEqual(['b 1', 'c 2 deleted']);
  });

  it('brings what a page that was read before did not hold with the next delta', async () => {
    await database.sql`truncate public.free`;
    const model = world.model('Free');
    for (const id of ['b', 'd']) await free(id);
    const first = await world.models.sync(model, ada, { limit: 1 });
    expect(brief(first)).toEqual(['b 1']);
    await free('a');
    await world.models.update(model, ada, { id: 'b', n: 1 });
    await world.models.delete(model, ada, { id: 'd' });
    const second = await world.models.sync(model, ada, { limit: 10, nextToken: first.nextToken ?? '' });
    expect(second.nextToken).toBeNull();
    expect(second.startedAt).toBe(first.startedAt);
    const delta = await syncAll('Free', ada, { lastSync: first.startedAt });
    expect(brief(delta)).toEqual(['a 1', 'b 2', 'd 2 deleted']);
  });

  it('is refused where no rule speaks for the caller', async () => {
    await expect(world.models.sync(world.model('Free'), { kind: 'apiKey' }, {})).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'Not Authorized to access syncFrees on type Query',
    });
  });
});

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

describe('a base read in place of a delta', () => {
  const filter = { n: { gt: 0 } };

  it('where no mark is as old', async () => {
    await free('old', { n: 1 });
    const sync = await syncAll('Free', ada, { lastSync: 1, limit: 1, filter });
    expect(sync.pages.every(({ base }) => base)).toBe(true);
    expect(brief(sync)).toContain('old 1');
  });

  it('where retention passed the mark; not where it just reached it', async () => {
    const { startedAt } = await syncAll('Free', ada);
    await moveFloor('head');
    expect((await syncAll('Free', ada, { lastSync: startedAt })).base).toBe(false);
    await free('newer');
    await moveFloor('head');
    const sync = await syncAll('Free', ada, { lastSync: startedAt });
    expect(sync.base).toBe(true);
    expect(brief(sync)).toContain('newer 1');
    expect((await syncAll('Free', ada, { lastSync: sync.startedAt })).base).toBe(false);
  });

  it('where retention passed the mark between two pages', async () => {
    const model = world.model('Free');
    const { startedAt } = await syncAll('Free', ada, { filter });
    for (const id of ['p1', 'p2', 'p3']) await free(id, { n: 1 });
    const first = await world.models.sync(model, ada, { lastSync: startedAt, limit: 1, filter });
    expect(first).toMatchObject({ base: false, startedAt: expect.any(Number) as number });
    await moveFloor('head');
    const second = await world.models.sync(model, ada, {
      lastSync: startedAt,
      limit: 1000,
      filter,
      nextToken: first.nextToken ?? '',
    });
    expect(second).toMatchObject({ base: true, startedAt: first.startedAt, nextToken: null });
    expect(brief(second)).toEqual(expect.arrayContaining(['old 1', 'p1 1', 'p2 1', 'p3 1']));
  });

  it('where retention passes the mark while it is asked what became of an item', async () => {
    const { startedAt } = await syncAll('Free', ada, { filter });
    await world.models.update(world.model('Free'), ada, { id: 'p1', n: 0 });
    expect(brief(await syncAll('Free', ada, { lastSync: startedAt, filter }))).toEqual(['p1 2 deleted']);
    await moveFloor('head');
    const sync = await syncAll('Free', ada, { lastSync: startedAt, filter });
    expect(sync.base).toBe(true);
    expect(brief(sync)).not.toContain('p1 2');
  });

  it('where the epoch changed between two pages', async () => {
    const model = world.model('Free');
    const { startedAt } = await syncAll('Free', ada);
    for (const id of ['e1', 'e2']) await free(id);
    const first = await world.models.sync(model, ada, { lastSync: startedAt, limit: 1 });
    expect(first.base).toBe(false);
    await database.sql`update rockpool.feed_state set epoch = 'another'`;
    const second = await world.models.sync(model, ada, {
      lastSync: startedAt,
      limit: 1,
      nextToken: first.nextToken ?? '',
    });
    expect(second.base).toBe(true);
  });

  it("after a change of the caller's groups, and only once", async () => {
    const carl = user('carl', { groups: ['Admin'] });
    const { startedAt } = await syncAll('Note', carl);
    const dora = await syncAll('Note', user('dora'));
    await database.sql`
      select rockpool.journal_append(${topics.caller(carl.poolId, carl.sub)}, 'carl', 0, 'groups', null, null, null, null)`;
    const demoted = user('carl');
    const sync = await syncAll('Note', demoted, { lastSync: startedAt });
    expect(sync).toMatchObject({ base: true, items: [] });
    expect((await syncAll('Note', user('dora'), { lastSync: dora.startedAt })).base).toBe(false);
    // A sync within the seconds that a node may go on with the old groups is not trusted; a later one is.
    expect((await syncAll('Note', demoted, { lastSync: sync.startedAt })).base).toBe(true);
    await database.sql`update rockpool.journal set at = at - interval '1 minute' where topic like 'caller:%'`;
    expect((await syncAll('Note', demoted, { lastSync: sync.startedAt })).base).toBe(false);
    // Other entries of the caller's are no change of groups.
    await database.sql`
      select rockpool.journal_append(${topics.caller(carl.poolId, carl.sub)}, 'carl', 0, 'sign-out', null, null, null, null)`;
    expect((await syncAll('Note', demoted, { lastSync: sync.startedAt })).base).toBe(false);
  });
});

describe('purgeTombstones', () => {
  it('removes tombstones at or below the floor and nothing else', async () => {
    const model = world.model('Free');
    await database.sql`truncate public.free`;
    for (const id of ['live', 'old', 'new']) await free(id);
    await world.models.delete(model, ada, { id: 'old' });
    const [row] = await database.sql<{ seq: number }[]>`select max(seq) as seq from rockpool.journal`;
    const floor = row?.seq ?? 0;
    await world.models.delete(model, ada, { id: 'new' });
    expect(await world.models.purgeTombstones(floor - 1)).toBe(0);
    expect(await world.models.purgeTombstones(floor)).toBe(1);
    expect(brief(await syncAll('Free', ada))).toEqual(['live 1', 'new 2 deleted']);
    // What was purged can be made as if it had never been.
    expect(await free('old')).toMatchObject({ _version: 1 });
  });

  it('works in batches', async () => {
    await database.sql`
      insert into public.free (id, title, created_at, updated_at, _version, _deleted, _last_changed_at, _seq)
      select 'dead ' || i, '', '', '', 1, true, 1, -i from generate_series(1, 2500) i`;
    expect(await world.models.purgeTombstones(0)).toBe(2500);
  });
});
