import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
import { RockpoolError } from '../../../src/base/errors.ts';
import { uuid } from '../../../src/base/ids.ts';
import { KEY_BYTES } from '../../../src/models/model.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { createWorld, entriesOf, user, type World } from './setup.ts';

const SDL = `
  type Place { city: String lines: [String] }
  enum Color { RED GREEN }
  type Note @model @auth(rules: [{ allow: private }, { allow: public, operations: [update, delete, create] }]) {
    title: String!
    n: Int
    score: Float
    flag: Boolean
    at: AWSTimestamp
    json: AWSJSON
    day: AWSDate
    color: Color
    tags: [String]
    place: Place
    places: [Place]
  }
  type Stamped @model @auth(rules: [{ allow: private }]) { title: String createdAt: AWSDateTime updatedAt: AWSDateTime! }
  type Secret @model @conflict(strategy: OPTIMISTIC_CONCURRENCY)
    @auth(rules: [{ allow: owner }, { allow: groups, groups: ["Writer"], operations: [create, update, delete] }])
    { title: String }
  type Shared @model @auth(rules: [{ allow: owner, ownerField: "owner" }, { allow: private, operations: [read] }])
    { title: String owner: String }
`;

const ada = user('ada');
const bob = user('bob');
const key: Caller = { kind: 'apiKey' };
const root: Caller = { kind: 'root' };
let database: TestDatabase;
let world: World;
beforeAll(async () => {
  database = await testDatabase();
  world = await createWorld(database, SDL);
});

/** How an operation failed; `current` only where the error carries the row. */
async function failureOf(attempt: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    return { succeeded: await attempt };
  } catch (error) {
    if (!(error instanceof RockpoolError)) throw error;
    return { code: error.code, message: error.message, ...error.details };
  }
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('an item', () => {
  it('is stored, answered and journalled value for value', async () => {
    const { models } = world;
    const note = world.model('Note');
    const input = {
      title: 'T\u{1F600}',
      n: -1,
      score: 0.1,
      flag: false,
      at: 2 ** 40,
      json: '{"b": 1.0,  "a":[]}',
      day: '2026-02-28Z',
      color: 'RED',
      tags: ['a', null, 'a'],
      place: { lines: ['x'], city: null },
      places: [{ city: 'Wien' }, null],
    };
    const made = await models.create(note, ada, input);
    expect(made).toMatchObject({ ...input, _version: 1, _deleted: null });
    expect(made['createdAt']).toMatch(ISO);
    expect(made['updatedAt']).toBe(made['createdAt']);
    expect(Date.parse(String(made['createdAt']))).toBe(made._lastChangedAt);
    expect(made['id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(await models.get(note, ada, String(made['id']), { deleted: false })).toEqual(made);

    const changed = await models.update(note, ada, {
      id: made['id'],
      title: 'U',
      tags: null,
      place: { city: 'Graz' },
    });
    expect(changed).toEqual({
      ...made,
      title: 'U',
      tags: null,
      place: { city: 'Graz' },
      updatedAt: changed['updatedAt'],
      _version: 2,
      _lastChangedAt: changed._lastChangedAt,
    });
    expect(changed._lastChangedAt).toBeGreaterThan(made._lastChangedAt);
    expect(await models.get(note, ada, String(made['id']), { deleted: false })).toEqual(changed);

    const tombstone = await models.delete(note, ada, { id: made['id'], _version: 2 });
    expect(tombstone).toEqual({
      ...changed,
      _version: 3,
      _deleted: true,
      _lastChangedAt: tombstone?._lastChangedAt,
    });
    expect(await models.get(note, ada, String(made['id']), { deleted: false })).toBeNull();
    expect(await models.get(note, ada, String(made['id']), { deleted: true })).toEqual(tombstone);

    const again = await models.create(note, ada, { id: made['id'], title: 'anew' });
    expect(again).toMatchObject({ title: 'anew', n: null, place: null, _version: 4, _deleted: null });

    expect(await entriesOf(database, 'Note', String(made['id']))).toMatchObject([
      { operation: 'create', version: 1, before: null, after: made },
      { operation: 'update', version: 2, before: made, after: changed },
      { operation: 'delete', version: 3, before: changed, after: tombstone },
      { operation: 'create', version: 4, before: null, after: again },
    ]);
    const [row] =
      await database.sql`select _seq, title, json, at, place from public.note where id = ${String(made['id'])}`;
    const last = (await entriesOf(database, 'Note', String(made['id']))).at(-1);
    expect(row).toMatchObject({ _seq: last?.seq, title: 'anew' });
    const [actor] = await database.sql`select actor from rockpool.journal where seq = ${last?.seq ?? 0}`;
    expect(actor).toEqual({ actor: 'user:us-east-1_Rockpool1/sub-of-ada' });
  });

  it('keeps the times that its input gives where the model declares them', async () => {
    const stamped = world.model('Stamped');
    const given = { createdAt: '2020-01-01T00:00:00+01:00', updatedAt: '2020-01-02T00:00Z' };
    const made = await world.models.create(stamped, ada, { ...given });
    expect(made).toMatchObject(given);
    const filled = await world.models.create(stamped, ada, { createdAt: null });
    expect(filled['createdAt']).toMatch(ISO);
    const changed = await world.models.update(stamped, ada, {
      id: made['id'],
      updatedAt: null,
      createdAt: null,
    });
    expect(changed).toMatchObject({ createdAt: null });
    expect(changed['updatedAt']).toMatch(ISO);
    expect(await world.models.update(stamped, ada, { id: made['id'], updatedAt: 'x' })).toMatchObject({
      updatedAt: 'x',
    });
  });

  it('has a time that increases though the clock of Postgres went back', async () => {
    const note = world.model('Note');
    const { id } = await world.models.create(note, ada, { title: 'a' });
    const future = 9_000_000_000_000;
    await database.sql`update public.note set _last_changed_at = ${future} where id = ${String(id)}`;
    expect(await world.models.update(note, ada, { id, title: 'b' })).toMatchObject({
      _lastChangedAt: future + 1,
    });
    expect(await world.models.delete(note, ada, { id })).toMatchObject({ _lastChangedAt: future + 2 });
    expect(await world.models.create(note, ada, { id, title: 'c' })).toMatchObject({
      _lastChangedAt: future + 3,
    });
  });
});

describe('bad input', () => {
  const text = (bytes: number) => 'x'.repeat(bytes);
  it.each<[string, 'create' | 'update' | 'delete', Record<string, unknown>, string]>([
    ['U+0000', 'create', { title: 'a\u0000' }, 'input.title'],
    ['a lone surrogate in a list', 'create', { title: 'a', tags: ['b', '\ud800'] }, 'input.tags.1'],
    [
      'a lone surrogate in a nested type',
      'update',
      { id: 'a', place: { lines: ['\udc00'] } },
      'input.place.lines.0',
    ],
    ['U+0000 in an id', 'create', { id: '\u0000', title: 'a' }, 'input.id'],
    ['U+0000 in an id', 'delete', { id: '\u0000' }, 'input.id'],
    ['an empty id', 'create', { id: '', title: 'a' }, 'input.id'],
    ['a long id', 'create', { id: text(KEY_BYTES + 1), title: 'a' }, 'input.id'],
    ['no id', 'update', { title: 'a' }, 'input.id'],
    ['a required field left out', 'create', {}, 'input.title'],
    ['metadata', 'create', { title: 'a', _deleted: true }, 'input._deleted'],
    ['metadata', 'update', { id: 'a', _lastChangedAt: 1 }, 'input._lastChangedAt'],
    [
      "a time that is the server's",
      'create',
      { title: 'a', createdAt: '2026-01-01T00:00:00Z' },
      'input.createdAt',
    ],
    ['an unknown field', 'create', { title: 'a', nothing: 1 }, 'input.nothing'],
    ['a version that is none', 'update', { id: 'a', _version: 1.5 }, 'input._version'],
  ])('%s: %s', async (_, operation, input, argument) => {
    await expect(world.models[operation](world.model('Note'), ada, input)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { argument },
    });
  });

  it('a required field set to null changes nothing', async () => {
    const note = world.model('Note');
    const { id } = await world.models.create(note, ada, { title: 'a' });
    await expect(world.models.update(note, ada, { id, title: null, n: 1 })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { argument: 'input.title' },
    });
    expect(await world.models.get(note, ada, String(id), { deleted: false })).toMatchObject({
      n: null,
      _version: 1,
    });
  });

  it('an owner that no index could hold', async () => {
    await expect(
      world.models.create(world.model('Shared'), root, { owner: text(KEY_BYTES + 1) }),
    ).rejects.toMatchObject({ details: { argument: 'input.owner' } });
  });

  it('an id of the greatest length is fine', async () => {
    const id = text(KEY_BYTES - 4) + uuid().slice(0, 4);
    expect(await world.models.create(world.model('Note'), ada, { id, title: 'a' })).toMatchObject({ id });
  });

  it('a condition that is none', async () => {
    await expect(
      world.models.create(world.model('Note'), ada, { title: 'a' }, { title: { eq: '\u0000' } }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: 'condition.title.eq' } });
  });

  it('says FORBIDDEN, whatever the input, to who may do nothing', async () => {
    await expect(
      world.models.create(world.model('Shared'), key, { nothing: '\u0000' }),
    ).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'Not Authorized to access createShared on type Mutation',
    });
  });
});

describe('the order of checks', () => {
  async function stored() {
    const secret = world.model('Secret');
    const { id } = await world.models.create(secret, ada, { title: 'a' });
    await world.models.update(secret, ada, { id, title: 'b' });
    return { secret, id };
  }
  const never = { title: { eq: 'never' } };

  it('rules of the stored row come before everything', async () => {
    const { secret, id } = await stored();
    for (const operation of ['update', 'delete'] as const) {
      expect(await failureOf(world.models[operation](secret, bob, { id, _version: 1 }, never))).toEqual({
        code: 'FORBIDDEN',
        message: `Not Authorized to access ${operation}Secret on type Mutation`,
      });
    }
  });

  it('whether there is a row comes before version and condition', async () => {
    const writer = user('w', { groups: ['Writer'] });
    const update = world.models.update(world.model('Secret'), writer, { id: uuid(), _version: 9 }, never);
    expect(await failureOf(update)).toEqual({
      code: 'CONDITION_FAILED',
      message: 'There is no item with this id.',
    });
    expect(await world.models.delete(world.model('Secret'), writer, { id: uuid() }, never)).toBeNull();
  });

  it('the version comes before the condition', async () => {
    const { secret, id } = await stored();
    for (const operation of ['update', 'delete'] as const) {
      await expect(world.models[operation](secret, ada, { id, _version: 1 }, never)).rejects.toMatchObject({
        code: 'CONFLICT',
        details: { current: { title: 'b', _version: 2 } },
      });
      await expect(world.models[operation](secret, ada, { id, _version: 2 }, never)).rejects.toMatchObject({
        code: 'CONDITION_FAILED',
        details: { current: { title: 'b', _version: 2 } },
      });
    }
    expect(await world.models.update(secret, ada, { id, title: 'c' }, { title: { eq: 'b' } })).toMatchObject({
      title: 'c',
    });
  });

  it('a merge is subject to the condition too, against the row that it overwrites', async () => {
    const note = world.model('Note');
    const { id } = await world.models.create(note, ada, { title: 'a' });
    await world.models.update(note, ada, { id, title: 'b' });
    const stale = { id, n: 1, _version: 1 };
    await expect(world.models.update(note, ada, stale, { title: { eq: 'a' } })).rejects.toMatchObject({
      code: 'CONDITION_FAILED',
    });
    expect(await world.models.update(note, ada, stale, { title: { eq: 'b' } })).toMatchObject({
      n: 1,
      title: 'b',
      _version: 3,
    });
  });

  it('a condition of a create looks at nothing', async () => {
    const note = world.model('Note');
    const id = uuid();
    await expect(
      world.models.create(note, ada, { id, title: 'a' }, { title: { eq: 'a' } }),
    ).rejects.toMatchObject({
      code: 'CONDITION_FAILED',
    });
    expect(
      await world.models.create(note, ada, { id, title: 'a' }, { title: { attributeExists: false } }),
    ).toMatchObject({
      _version: 1,
    });
  });
});

describe('the stored row in errors', () => {
  const writer = user('w', { groups: ['Writer'] });

  it('is not shown to who may write but not read', async () => {
    const secret = world.model('Secret');
    const { id } = await world.models.create(secret, ada, { title: 'a' });
    const attempts = [
      () => world.models.create(secret, writer, { id, title: 'b' }),
      () => world.models.update(secret, writer, { id, _version: 7 }),
      () => world.models.update(secret, writer, { id }, { title: { eq: 'x' } }),
      () => world.models.delete(secret, writer, { id, _version: 7 }),
    ];
    for (const attempt of attempts) {
      const failure = await failureOf(attempt());
      expect(failure['code']).toMatch(/CONFLICT|CONDITION_FAILED/);
      expect(failure).not.toHaveProperty('current');
    }
  });

  it('is why a create of an identical item is refused to who may not read it', async () => {
    const note = world.model('Note');
    const { id } = await world.models.create(note, ada, { title: 'a' });
    const refused = await failureOf(world.models.create(note, key, { id, title: 'a' }));
    expect(refused['code']).toBe('CONDITION_FAILED');
    expect(refused).not.toHaveProperty('current');
    expect(await world.models.create(note, ada, { id, title: 'a' })).toMatchObject({ _version: 1 });
    // With an owner rule each creator makes other content.
    const shared = world.model('Shared');
    const own = await world.models.create(shared, ada, { title: 'a' });
    expect(await world.models.create(shared, ada, { id: own['id'], title: 'a' })).toEqual(own);
    await expect(world.models.create(shared, bob, { id: own['id'], title: 'a' })).rejects.toMatchObject({
      code: 'CONDITION_FAILED',
      details: { current: own },
    });
  });
});

describe('owners', () => {
  it('may give an item away, and then it is gone for them', async () => {
    const shared = world.model('Shared');
    const { id } = await world.models.create(shared, ada, { title: 'a' });
    expect(await world.models.update(shared, ada, { id, owner: 'ada' })).toMatchObject({
      owner: 'sub-of-ada::ada',
    });
    await world.models.update(shared, ada, { id, owner: 'bob' });
    await expect(world.models.update(shared, ada, { id, title: 'b' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await world.models.update(shared, bob, { id, title: 'b' })).toMatchObject({ owner: 'bob' });
    expect(await world.models.update(shared, root, { id, owner: null })).toMatchObject({ owner: null });
    await expect(world.models.update(shared, bob, { id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('conflicts', () => {
  it('are kept with base, stored, incoming and result', async () => {
    const note = world.model('Note');
    const first = await world.models.create(note, ada, { title: 'a', tags: ['a'] });
    const { id } = first;
    const second = await world.models.update(note, ada, { id, title: 'b' });
    const third = await world.models.update(note, bob, { id, title: 'c', tags: ['c'], _version: 1 });
    await expect(world.models.delete(note, bob, { id, _version: 2 })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await world.models.delete(note, ada, { id });
    await world.models.update(note, key, { id, title: 'd' });

    const rows =
      await database.sql`select * from rockpool.conflicts where model = 'Note' and item_id = ${String(id)} order by id`;
    expect(rows).toMatchObject([
      {
        operation: 'update',
        strategy: 'AUTOMERGE',
        outcome: 'merged',
        base_version: 1,
        base: first,
        stored: second,
        incoming: { title: 'c', tags: ['c'] },
        result: third,
        actor: 'user:us-east-1_Rockpool1/sub-of-bob',
      },
      {
        operation: 'delete',
        outcome: 'rejected',
        base_version: 2,
        base: second,
        stored: third,
        incoming: {},
        result: null,
      },
      {
        operation: 'update',
        outcome: 'rejected',
        base_version: 4,
        base: null,
        stored: { _deleted: true },
        result: null,
        actor: 'apiKey',
      },
    ]);
    expect(third).toMatchObject({ title: 'b', tags: ['a', 'c'], _version: 3 });
    expect(third['updatedAt']).not.toBe(second['updatedAt']);
  });

  it('have no base where the journal does not hold it', async () => {
    const note = world.model('Note');
    const { id } = await world.models.create(note, ada, { title: 'a' });
    await world.models.update(note, ada, { id, title: 'b' });
    await database.sql`delete from rockpool.journal where key = ${String(id)} and version = 1`;
    await world.models.update(note, ada, { id, n: 1, _version: 1 });
    await world.models.update(note, ada, { id, n: 2, _version: 9 });
    const rows =
      await database.sql`select base, base_version from rockpool.conflicts where item_id = ${String(id)} order by id`;
    expect([...rows]).toEqual([
      { base: null, base_version: 1 },
      { base: null, base_version: 9 },
    ]);
  });
});
