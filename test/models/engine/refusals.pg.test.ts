import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
import { RockpoolError } from '../../../src/base/errors.ts';
import { uuid } from '../../../src/base/ids.ts';
import { KEY_BYTES } from '../../../src/models/model.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { createWorld, user, type World } from './setup.ts';

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
