import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
import { topics } from '../../../src/feed/journal.ts';
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
