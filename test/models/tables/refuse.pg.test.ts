import { beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { apply, columnsOf, insertRow, refusalOf, resetModels } from './support.ts';

const database = await testDatabase();
beforeEach(() => resetModels(database));

const BASE =
  'type Note @model { id: ID!  title: String!  count: Int  tags: [String]  color: Color  colors: [Color]  place: Place  body: String }';
const TYPES = ' enum Color { RED GREEN }  type Place { name: String!  shade: Color  parts: [String] }';
const FULL = {
  id: 'a',
  title: 't',
  count: 1,
  tags: ['x', null],
  color: 'RED',
  colors: ['RED'],
  place: { name: 'p', shade: 'RED', parts: [] },
};

const replaced = (from: string, to: string): string => (BASE + TYPES).replace(from, to);

/** What the SDL becomes, and what the refusal says of it. One item is there. */
const CASES: readonly (readonly [title: string, after: string, ...sentences: readonly string[]])[] = [
  [
    'a model that is gone',
    'type Other @model { x: Int }',
    'Note is no model any more, and 1 item would be lost. Put the type back, or delete them first: delete from "public"."note";',
  ],
  ['a model that is an enum now', 'enum Note { A }', 'Note is no model any more, and 1 item would be lost'],
  [
    'a field that is gone',
    replaced('count: Int', ''),
    'Note.count is gone, and its values in 1 item would be lost. Put the field back, or drop the column yourself: alter table "public"."note" drop column "count";',
  ],
  ['a field that is called otherwise', replaced('title: String!', 'name: String'), 'Note.title is gone'],
  [
    'text that is a number now',
    replaced('title: String!', 'title: Int'),
    'Note.title was String! and is Int now: its values in 1 item would be lost. Keep String!',
  ],
  [
    'Float that was Int, the other way',
    replaced('count: Int', 'count: Boolean'),
    'Note.count was Int and is Boolean now',
  ],
  [
    'any text that is an address now',
    replaced('title: String!', 'title: AWSEmail!'),
    'Note.title was String! and is AWSEmail! now',
    'Note.title is new and required',
  ],
  [
    'a list that is a single value now',
    replaced('tags: [String]', 'tags: String'),
    'Note.tags was [String] and is String now',
  ],
  [
    'a single value that is a list now',
    replaced('title: String!', 'title: [String]'),
    'Note.title was String! and is [String] now',
  ],
  [
    'a list that may not hold null now',
    replaced('tags: [String]', 'tags: [String!]'),
    'Note.tags allows no null in the list now, and 1 item has one',
  ],
  [
    'a field that is required now and not filled',
    replaced('body: String', 'body: String!'),
    'Note.body is required now, and 1 item has no value for it',
    'update "public"."note" set "body" = … where "body" is null;',
  ],
  [
    'a new required field',
    replaced('body: String', 'body: String  extra: Int!'),
    'Note.extra is new and required, and 1 item has no value for it. Write Int first',
  ],
  [
    'a value of an enum that is in use',
    replaced('RED GREEN', 'GREEN'),
    'The enum Color has no RED any more, and 1 item uses it in Note.color',
    'in Note.colors',
    'in Note.place',
  ],
  [
    'a field of a nested type that is gone',
    replaced('name: String!  shade', 'shade'),
    'The type Place has changed (name is gone), and 1 item holds values of before in Note.place',
  ],
  [
    'a new required field of a nested type',
    replaced('name: String!  shade', 'name: String!  zip: Int!  shade'),
    'The type Place has changed (zip is new and required)',
  ],
  [
    'a field of a nested type that is another now',
    replaced('name: String!  shade', 'name: Int!  shade'),
    '(name was String! and is Int!)',
  ],
  [
    'a nested list that may not hold null now',
    replaced('parts: [String]', 'parts: [String!]'),
    '(parts was [String] and is [String!])',
  ],
  [
    'a nested type that is another now',
    replaced('place: Place', 'place: Spot') + ' type Spot { name: String! }',
    'Note.place was Place and is Spot now',
  ],
];

describe('a change that would lose something', () => {
  test.each(CASES)('%s: refused, and nothing is changed', async (_title, after, ...sentences) => {
    await apply(database, BASE + TYPES);
    await insertRow(database, 'note', FULL);
    const before = [await columnsOf(database, 'note'), await database.sql`select * from note`];
    const [head, ...problems] = await refusalOf(apply(database, after));
    expect(head).toBe('The models do not fit the database as it is; nothing was changed.');
    for (const sentence of sentences) expect(problems.join('\n')).toContain(sentence);
    expect([await columnsOf(database, 'note'), await database.sql`select * from note`]).toEqual(before);
    expect((await apply(database, BASE + TYPES)).changes).toEqual([]);
  });

  test('is told with everything else that would be lost', async () => {
    await apply(database, `${BASE} ${TYPES} type Board @model { x: Int }`);
    await insertRow(database, 'note', FULL);
    await insertRow(database, 'board', { id: 'b' });
    const [, ...problems] = await refusalOf(
      apply(database, replaced('count: Int', '').replace('title: String!', 'title: Int')),
    );
    expect(problems.map((problem) => problem.slice(0, 20))).toEqual([
      '- Board is no model ',
      '- Note.title was Str',
      '- Note.count is gone',
    ]);
  });

  test('in tombstones counts only where they would be shown wrongly', async () => {
    await apply(database, BASE + TYPES);
    await insertRow(database, 'note', { ...FULL, _deleted: true });
    expect(await refusalOf(apply(database, replaced('RED GREEN', 'GREEN')))).not.toEqual([]);
    expect(await refusalOf(apply(database, replaced('body: String', 'body: String!')))).not.toEqual([]);
    expect((await apply(database, replaced('count: Int', ''))).changes).toEqual([
      'Note.count is gone, and held no values; the column count stays',
    ]);
  });

  test('may be let go by hand', async () => {
    await apply(database, `${BASE} ${TYPES} type Board @model { x: Int }`);
    await insertRow(database, 'note', FULL);
    await insertRow(database, 'board', { id: 'b' });
    await database.sql`alter table note drop column count`;
    await database.sql`drop table board`;
    await apply(database, replaced('count: Int', ''));
    expect((await apply(database, replaced('count: Int', ''))).changes).toEqual([]);
    // What comes back afterwards is new.
    expect((await apply(database, BASE + TYPES)).changes).toEqual(['Note.count is new']);
  });
});

describe('a database that somebody else changed', () => {
  const note = 'type Note @model { title: String }';
  const CHANGED: readonly (readonly [title: string, statement: string, sdl: string, sentence: string])[] = [
    [
      'a table that is not ours',
      'create table public.board (id text)',
      `${note} type Board @model { x: Int }`,
      'The model Board needs the table public.board, and there is one that Rockpool did not make',
    ],
    [
      'an index with the name of a table',
      'create index board on note (title)',
      `${note} type Board @model { x: Int }`,
      'needs the table public.board',
    ],
    [
      'a table that is gone',
      'drop table note',
      note,
      "delete from rockpool.model_types where name = 'Note';",
    ],
    [
      'a table that is a view now',
      'alter table note rename to old; create view public.note as select * from old',
      note,
      'public.note is no table any more',
    ],
    [
      'a column that is gone',
      'alter table note drop column title',
      note,
      'The column title of public.note, which Note needs, is gone',
    ],
    [
      'a column of metadata that is gone',
      'alter table note drop column _seq',
      note,
      'The column _seq of public.note',
    ],
    [
      'a column of another type',
      'alter table note alter column title type integer using 1',
      note,
      'has the type integer, and Note needs text collate "C"',
    ],
    [
      'a column of another collation',
      'alter table note alter column title type text collate "POSIX"',
      note,
      'has the type text collate "POSIX"',
    ],
    [
      'a column that a new field needs',
      'alter table note add column body integer',
      note.replace('}', ' body: String }'),
      'The new field Note.body needs the column body of public.note',
    ],
  ];

  test.each(CHANGED)('%s: refused', async (_title, statement, sdl, sentence) => {
    await apply(database, note);
    await database.sql.unsafe(statement);
    expect((await refusalOf(apply(database, sdl))).join('\n')).toContain(sentence);
  });

  test('with columns of their own: left alone', async () => {
    await apply(database, note);
    await database.sql`alter table note add column remark text`;
    await database.sql`create index on note (title)`;
    expect((await apply(database, note)).changes).toEqual([]);
  });

  test('with a table that is in use for long: told so, and nothing is changed', async () => {
    await apply(database, note);
    await insertRow(database, 'note', { id: 'a', title: 't' });
    const holder = database.session();
    await holder`set idle_in_transaction_session_timeout = 0`;
    await holder.begin(async (sql) => {
      await sql`select * from note`;
      expect(
        (await refusalOf(apply(database, note.replace('String', 'String!'), { lockTimeoutMs: 50 }))).join(
          '\n',
        ),
      ).toContain('was in use for too long');
    });
    await holder.end();
    expect((await apply(database, note.replace('String', 'String!'))).changes).toEqual([
      'Note.title is required now',
    ]);
  });
});
