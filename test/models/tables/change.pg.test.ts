import { beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { apply, columnsOf, indexesOf, insertRow, resetModels } from './support.ts';

const database = await testDatabase();
beforeEach(() => resetModels(database));

const BASE =
  'type Note @model { id: ID!  title: String!  count: Int  tags: [String!]  color: Color  place: Place }';
const TYPES = ' enum Color { RED GREEN }  type Place { name: String! }';

/** SDL before and after, and what is done. Rows are there unless it says otherwise. */
interface Case {
  readonly title: string;
  readonly before?: string;
  readonly after: string;
  readonly changes: readonly string[];
  readonly epochsEnded?: number;
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
}

const ROW = { id: 'a', title: 't' };
const FULL = { ...ROW, count: 1, tags: ['x'], color: 'RED', place: { name: 'p' } };

const CASES: readonly Case[] = [
  {
    title: 'a new field that may be null',
    after: BASE.replace('}', ' body: String }') + TYPES,
    changes: ['Note.body is new'],
    rows: [FULL],
  },
  {
    title: 'a new list',
    after: BASE.replace('}', ' likes: [Int!] }') + TYPES,
    changes: ['Note.likes is new'],
    rows: [FULL],
  },
  {
    title: 'a new required field, as long as there are no items',
    after: BASE.replace('}', ' body: String! }') + TYPES,
    changes: ['Note.body is new'],
    epochsEnded: 1,
    rows: [],
  },
  {
    title: 'a required field that may be null now',
    after: BASE.replace('title: String!', 'title: String') + TYPES,
    changes: ['Note.title may be null now'],
    rows: [FULL],
  },
  {
    title: 'a field that is required now and filled everywhere',
    after: BASE.replace('count: Int', 'count: Int!') + TYPES,
    changes: ['Note.count is required now'],
    epochsEnded: 1,
    rows: [FULL],
  },
  {
    title: 'a list that may hold null now',
    after: BASE.replace('[String!]', '[String]') + TYPES,
    changes: ['Note.tags is [String] now'],
    rows: [FULL],
  },
  {
    title: 'Int that is Float now',
    after: BASE.replace('count: Int', 'count: Float') + TYPES,
    changes: ['Note.count is Float now'],
    rows: [FULL],
  },
  {
    title: 'text that is any text now',
    before: BASE.replace('count: Int', 'count: AWSEmail') + TYPES,
    after: BASE.replace('count: Int', 'count: String') + TYPES,
    changes: ['Note.count is String now'],
    rows: [{ ...FULL, count: 'a@b' }],
  },
  {
    title: 'an enum that is any text now',
    after: BASE.replace('color: Color', 'color: String') + TYPES,
    changes: ['Note.color is String now'],
    rows: [FULL],
  },
  {
    title: 'a new value of an enum',
    after: BASE + TYPES.replace('GREEN', 'GREEN BLUE'),
    changes: ['Note.color knows the values RED, GREEN, BLUE now'],
    rows: [FULL],
  },
  {
    title: 'a value of an enum that nobody uses',
    after: BASE + TYPES.replace('RED GREEN', 'RED'),
    changes: ['Note.color knows the values RED now'],
    epochsEnded: 1,
    rows: [FULL],
  },
  {
    title: 'a new field of a nested type that may be null',
    after: BASE + TYPES.replace('name: String!', 'name: String!  zip: String'),
    changes: [],
    rows: [FULL],
  },
  {
    title: 'a new required field of a nested type that nobody uses',
    after: BASE + TYPES.replace('name: String!', 'name: String!  zip: String!'),
    changes: ['Place has changed, and Note.place held no values'],
    epochsEnded: 1,
    rows: [ROW],
  },
  {
    title: 'a field that is gone and held no values',
    after: BASE.replace('count: Int', '') + TYPES,
    changes: ['Note.count is gone, and held no values; the column count stays'],
    rows: [ROW],
  },
  {
    title: 'a field of another type that held no values',
    after: BASE.replace('count: Int', 'count: [Int]') + TYPES,
    changes: ['Note.count is [Int] now, and held no values'],
    epochsEnded: 1,
    rows: [ROW],
  },
  {
    title: 'a type that is gone and had no items but tombstones',
    before: `${BASE} ${TYPES} type Old @model { x: Int! }`,
    after: BASE + TYPES,
    changes: ['Old is gone, and had no items; the table old stays'],
    rows: [FULL],
  },
  {
    title: 'another owner field',
    after: BASE.replace('@model', '@model @auth(rules: [{ allow: owner }])') + TYPES,
    changes: ['Note.owner is new', 'Note has an index of owners on owner'],
    rows: [FULL],
  },
  {
    title: 'a declared field that names the owner now',
    after: BASE.replace('@model', '@model @auth(rules: [{ allow: owner, ownerField: "title" }])') + TYPES,
    changes: ['Note has an index of owners on title'],
    rows: [FULL],
  },
];

describe('models that changed', () => {
  test.each(CASES)('$title: done', async ({ before, after, changes, epochsEnded, rows }) => {
    await apply(database, before ?? BASE + TYPES);
    for (const row of rows ?? []) await insertRow(database, 'note', row);
    if (before?.includes('type Old') === true)
      await insertRow(database, 'old', { id: 'x', x: 1, _deleted: true });
    const [rowBefore] = await database.sql`select to_jsonb(n) as row from note n`;
    expect(await apply(database, after)).toEqual({ changes, epochsEnded: epochsEnded ?? 0 });
    expect(await apply(database, after)).toEqual({ changes: [], epochsEnded: 0 });
    const [rowAfter] = await database.sql`select to_jsonb(n) as row from note n`;
    if (rowBefore === undefined) return;
    // Whatever had a value has it still.
    const kept = Object.entries(rowBefore['row'] as object).filter(([, value]) => value !== null);
    expect(rowAfter?.['row']).toMatchObject(Object.fromEntries(kept));
  });

  test('a fresh table and one that grew look the same', async () => {
    const grown = database;
    const fresh = await testDatabase();
    const after = `type Note @model @auth(rules: [{ allow: owner }]) {
      id: ID!  title: String  count: Float  tags: [String]  color: Color!  place: Place  body: String!  likes: [Int!]
    } enum Color { RED GREEN BLUE }  type Place { name: String  zip: Int }`;
    await apply(grown, BASE + TYPES);
    await apply(grown, after);
    await apply(fresh, after);
    const constraints = (database: typeof grown) => database.sql`
      select conname, pg_get_constraintdef(oid) as definition from pg_constraint
      where conrelid = 'public.note'::regclass and contype <> 'n' order by conname`;
    expect((await columnsOf(grown, 'note')).toSorted()).toEqual((await columnsOf(fresh, 'note')).toSorted());
    expect(await indexesOf(grown, 'note')).toEqual(await indexesOf(fresh, 'note'));
    expect([...(await constraints(grown))]).toEqual([...(await constraints(fresh))]);
  });

  test('enum values are checked anew', async () => {
    await apply(database, BASE + TYPES);
    await apply(database, BASE + TYPES.replace('GREEN', 'BLUE'));
    await insertRow(database, 'note', { ...FULL, color: 'BLUE' });
    await expect(insertRow(database, 'note', { ...FULL, id: 'b', color: 'GREEN' })).rejects.toThrow(
      /color:form/,
    );
  });

  test('an owner column outlives its rule, and is there again when the rule comes back', async () => {
    const owned = 'type Note @model @auth(rules: [{ allow: owner }]) { x: Int }';
    const open = 'type Note @model @auth(rules: [{ allow: private }]) { x: Int }';
    await apply(database, owned);
    await insertRow(database, 'note', { id: 'a', owner: 'sub::ana' });
    expect((await apply(database, open)).changes).toEqual([
      'Note.owner is gone with its owner rule; the column owner stays',
      'the index of owners in Note on owner is gone',
    ]);
    expect((await apply(database, open)).changes).toEqual([]);
    expect((await apply(database, owned)).changes).toEqual(['Note has an index of owners on owner']);
    expect(await database.sql`select owner from note`).toMatchObject([{ owner: 'sub::ana' }]);
  });

  test('several models at once change as one', async () => {
    await apply(database, 'type A @model { x: Int } type B @model { x: Int }');
    await insertRow(database, 'b', { id: 'a', x: 1 });
    await expect(apply(database, 'type A @model { x: Int y: Int } type B @model { y: Int }')).rejects.toThrow(
      /B\.x is gone/,
    );
    expect(await columnsOf(database, 'a')).not.toContain('y integer');
  });

  test('what is gone and held nothing stays out of sight, and comes back with what it holds by then', async () => {
    // A node with the newer SDL is at work while another starts with the older one.
    const older = 'type Note @model { x: Int }';
    const newer = `type Note @model { x: Int  color: Color  place: Place! } type Board @model { place: Place }
      enum Color { RED GREEN } type Place { name: String! }`;
    await apply(database, older);
    await apply(database, newer);
    expect((await apply(database, older)).changes).toEqual([
      'Board is gone, and had no items; the table board stays',
      'Note.color is gone, and held no values; the column color stays',
      'Note.place is gone, and held no values; the column place stays',
    ]);
    await insertRow(database, 'note', { id: 'old', x: 1 });
    await insertRow(database, 'note', { id: 'new', x: 1, color: 'RED', place: { name: 'p' } });
    await insertRow(database, 'board', { id: 'b', place: { name: 'p' } });
    expect((await apply(database, older)).changes).toEqual([]);
    await expect(apply(database, newer)).rejects.toThrow(
      /Note\.place is required now, and 1 item has no value/,
    );
    await database.sql`delete from note where id = 'old'`;
    expect((await apply(database, newer)).changes).toEqual(['Note.place is required now']);
    expect((await apply(database, newer)).changes).toEqual([]);
    expect(await database.sql`select color, place from note`).toMatchObject([
      { color: 'RED', place: { name: 'p' } },
    ]);
  });

  test('what stays out of sight follows the changes of its types', async () => {
    await apply(database, 'type Note @model { x: Int  color: Color } enum Color { RED GREEN }');
    await apply(database, 'type Note @model { x: Int } enum Color { RED GREEN }');
    await insertRow(database, 'note', { id: 'a', color: 'GREEN' });
    await expect(apply(database, 'type Note @model { x: Int } enum Color { RED }')).rejects.toThrow(
      /no GREEN any more/,
    );
    await apply(database, 'type Note @model { x: Int } enum Color { RED GREEN BLUE }');
    await apply(database, 'type Note @model { x: Int  color: Color } enum Color { RED GREEN BLUE }');
    await insertRow(database, 'note', { id: 'b', color: 'BLUE' });
  });

  test('a table that stays gives way to another that needs its name', async () => {
    await apply(database, 'type FooBar @model { x: Int }');
    await apply(database, 'type Other @model { x: Int }');
    expect(
      (await apply(database, 'type Other @model { x: Int } type Foo_Bar @model { y: Int }')).changes,
    ).toEqual(['FooBar is gone with its table, and had no items', 'Foo_Bar is new']);
    expect(await columnsOf(database, 'foo_bar')).toContain('y integer');
    expect((await apply(database, 'type Foo_Bar @model { y: Int } enum Other { A }')).changes).toEqual([
      'Other is gone with its table, and had no items',
    ]);
  });
});
