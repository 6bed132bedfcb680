import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
import { uuid } from '../../../src/base/ids.ts';
import type { FilterInput } from '../../../src/models/filter/filter.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { createWorld, user, type World } from './setup.ts';

const SDL = `
  type Note @model @auth(rules: [
    { allow: owner }
    { allow: owner, ownerField: "editors" }
    { allow: groups, groups: ["Admin"], operations: [read] }
    { allow: public, operations: [list] }
  ]) { title: String n: Int editors: [String] }
  type Other @model @auth(rules: [{ allow: private }]) { title: String n: Int }
  type Big @model @auth(rules: [{ allow: private }]) { title: String body: String }
`;

const ada = user('ada');
const bob = user('bob');
const admin = user('boss', { groups: ['Admin'] });
const key: Caller = { kind: 'apiKey' };
let database: TestDatabase;
let world: World;
beforeAll(async () => {
  database = await testDatabase();
  world = await createWorld(database, SDL);
});

async function listAll(
  model: string,
  caller: Caller,
  options: { filter?: FilterInput; limit?: number; deleted?: boolean } = {},
) {
  const pages: string[][] = [];
  let nextToken: string | null | undefined;
  do {
    const page = await world.models.list(world.model(model), caller, {
      deleted: false,
      ...options,
      nextToken: nextToken ?? undefined,
    });
    pages.push(page.items.map((item) => String(item['id'])));
    ({ nextToken } = page);
  } while (nextToken !== null);
  return pages;
}

describe('get', () => {
  it('shows an item to whom a rule grants it, and says FORBIDDEN to others', async () => {
    const note = world.model('Note');
    const own = await world.models.create(note, ada, { title: 'a', editors: ['bob'] });
    const id = String(own['id']);
    for (const caller of [ada, bob, admin, { kind: 'root' } as const]) {
      expect(await world.models.get(note, caller, id, { deleted: false })).toEqual(own);
    }
    await expect(world.models.get(note, user('eve'), id, { deleted: false })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'Not Authorized to access getNote on type Query',
    });
    await expect(world.models.get(note, key, id, { deleted: false })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('is null for what is not there', async () => {
    expect(await world.models.get(world.model('Note'), ada, uuid(), { deleted: true })).toBeNull();
    expect(await world.models.get(world.model('Note'), ada, '', { deleted: true })).toBeNull();
  });

  it('shows a tombstone only where it is asked for, and only to whom the rules grant it', async () => {
    const note = world.model('Note');
    const { id } = await world.models.create(note, ada, { title: 'a' });
    const tombstone = await world.models.delete(note, ada, { id });
    expect(await world.models.get(note, ada, String(id), { deleted: false })).toBeNull();
    expect(await world.models.get(note, user('eve'), String(id), { deleted: false })).toBeNull();
    expect(await world.models.get(note, ada, String(id), { deleted: true })).toEqual(tombstone);
    await expect(world.models.get(note, user('eve'), String(id), { deleted: true })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('refuses an id that cannot be', async () => {
    await expect(
      world.models.get(world.model('Note'), ada, 'a\u0000', { deleted: false }),
    ).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { argument: 'id' },
    });
  });
});

describe('list', () => {
  it('brings what the caller may read, in the order of keys', async () => {
    const note = world.model('Note');
    await database.sql`truncate public.note`;
    for (const [id, caller, editors] of [
      ['c', ada, null],
      ['B', ada, ['bob']],
      ['a', bob, null],
      ['é', bob, ['ada', 'carl']],
      ['\u{1F600}', ada, null],
      ['\uFFEE', ada, null],
    ] as const) {
      await world.models.create(note, caller, {
        id,
        title: id,
        ...(editors === null ? {} : { editors: [...editors, caller.username] }),
      });
    }
    expect(await listAll('Note', ada)).toEqual([['B', 'c', 'é', '\uFFEE', '\u{1F600}']]);
    expect(await listAll('Note', bob)).toEqual([['B', 'a', 'é']]);
    expect(await listAll('Note', user('eve'))).toEqual([[]]);
    expect(await listAll('Note', user('ada', { sub: 'another' }))).toEqual([['é']]);
    expect(await listAll('Note', user('ada', { bareUsername: false }))).toEqual([
      ['B', 'c', '\uFFEE', '\u{1F600}'],
    ]);
    for (const caller of [admin, key, { kind: 'root' } as const]) {
      expect(await listAll('Note', caller)).toEqual([['B', 'a', 'c', 'é', '\uFFEE', '\u{1F600}']]);
    }
  });

  it('goes through pages of any size without loss or repetition', async () => {
    const all = (await listAll('Note', admin)).flat();
    for (const limit of [1, 2, 3, 5, 6, 7]) {
      const pages = await listAll('Note', admin, { limit });
      expect(pages.flat()).toEqual(all);
      expect(pages).toHaveLength(Math.ceil(all.length / limit));
    }
    expect(await listAll('Note', admin, { limit: 0 })).toHaveLength(6);
  });

  it('brings full pages after filtering', async () => {
    const other = world.model('Other');
    for (let n = 0; n < 50; n++)
      await world.models.create(other, ada, { id: `id ${String(n).padStart(2, '0')}`, n });
    const filter = { n: { ge: 40 } };
    expect(await listAll('Other', ada, { filter, limit: 4 })).toEqual([
      ['id 40', 'id 41', 'id 42', 'id 43'],
      ['id 44', 'id 45', 'id 46', 'id 47'],
      ['id 48', 'id 49'],
    ]);
  });

  it('draws the limit to what is allowed', async () => {
    const other = world.model('Other');
    await database.sql`
      insert into public.other (id, n, created_at, updated_at, _version, _last_changed_at, _seq)
      select 'z' || lpad(i::text, 5, '0'), i, '', '', 1, 1, 1000000000 + i from generate_series(1, 1500) i`;
    expect((await world.models.list(other, ada, { deleted: false })).items).toHaveLength(100);
    expect((await world.models.list(other, ada, { deleted: false, limit: 5000 })).items).toHaveLength(1000);
    expect((await world.models.list(other, ada, { deleted: false, limit: -5 })).items).toHaveLength(1);
  });

  it('leaves tombstones out unless they are asked for', async () => {
    const note = world.model('Note');
    const { id } = await world.models.create(note, ada, { title: 'gone' });
    await world.models.delete(note, ada, { id });
    const filter = { title: { eq: 'gone' } };
    expect(await listAll('Note', ada, { filter })).toEqual([[]]);
    expect(await listAll('Note', ada, { filter, deleted: true })).toEqual([[id]]);
    expect(
      await listAll('Note', ada, { filter: { ...filter, _deleted: { ne: true } }, deleted: true }),
    ).toEqual([[]]);
  });

  it('ends a page where its items become large, whatever the limit', async () => {
    const big = world.model('Big');
    // Random, so that Postgres cannot make it small.
    const body = () =>
      Buffer.from(crypto.getRandomValues(new Uint8Array(48_000)))
        .toString('base64')
        .repeat(24);
    for (let n = 0; n < 8; n++) await world.models.create(big, ada, { id: `big ${n}`, body: body() });
    const pages = await listAll('Big', ada);
    expect(pages.flat()).toHaveLength(8);
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThan(8);
    expect(await listAll('Big', ada, { filter: { title: { attributeExists: false } } })).toEqual(pages);
  });

  it('says FORBIDDEN where no rule speaks for the caller', async () => {
    await expect(world.models.list(world.model('Other'), key, { deleted: false })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'Not Authorized to access listOthers on type Query',
    });
  });
});

describe('a page token', () => {
  const filter = { n: { ge: 0 } };
  async function token(): Promise<string> {
    const page = await world.models.list(world.model('Other'), ada, { deleted: false, limit: 1, filter });
    expect(page.nextToken).not.toBeNull();
    return page.nextToken ?? '';
  }
  const refused = { code: 'INVALID_PAGE_TOKEN' };

  it('is good again, with another limit and other order of the filter', async () => {
    const nextToken = await token();
    for (const limit of [1, 3]) {
      const page = await world.models.list(world.model('Other'), ada, {
        deleted: true,
        limit,
        nextToken,
        filter: { ...filter },
      });
      expect(page.items).toHaveLength(limit);
    }
  });

  it('is refused when it was altered', async () => {
    const nextToken = await token();
    for (const forged of ['', 'x', `${nextToken}x`, nextToken.slice(0, -1), nextToken.replace('.', '.A')]) {
      const page = world.models.list(world.model('Other'), ada, {
        deleted: false,
        nextToken: forged,
        filter,
      });
      await expect(page).rejects.toMatchObject(refused);
    }
  });

  it('is refused for another caller, model, field or filter', async () => {
    const nextToken = await token();
    const { models } = world;
    const other = world.model('Other');
    await expect(models.list(other, bob, { deleted: false, nextToken, filter })).rejects.toMatchObject(
      refused,
    );
    await expect(
      models.list(world.model('Note'), ada, { deleted: false, nextToken, filter }),
    ).rejects.toMatchObject(refused);
    await expect(models.sync(other, ada, { nextToken, filter })).rejects.toMatchObject(refused);
    await expect(
      models.list(other, ada, { deleted: false, nextToken, filter: { n: { ge: 1 } } }),
    ).rejects.toMatchObject(refused);
    await expect(models.list(other, ada, { deleted: false, nextToken })).rejects.toMatchObject(refused);
  });
});
