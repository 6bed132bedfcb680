import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
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
    // Two writes may fall into one millisecond.
    expect(String(third['updatedAt']) >= String(second['updatedAt'])).toBe(true);
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
