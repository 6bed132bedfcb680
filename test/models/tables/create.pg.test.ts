import { beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { openDatabase } from '../../../src/database/connection.ts';
import { pendingChanges } from '../../../src/models/tables/apply-models.ts';
import { testDatabase } from '../../support/database.ts';
import { models } from '../sdl/support.ts';
import { apply, columnsOf, indexesOf, insertRow, refusalOf, resetModels } from './support.ts';

const database = await testDatabase();
beforeEach(() => resetModels(database));

const ALL = `
type TaxNote @model @auth(rules: [{ allow: owner }, { allow: owner, ownerField: "editors" }]) {
  id: ID!  title: String!  count: Int  size: Float!  done: Boolean  due: AWSTimestamp  day: AWSDate  more: AWSJSON
  tags: [String!]!  places: [Place]  place: Place  color: Color!  colors: [Color]  editors: [String]  order: ID
}
type Place { name: String! }
enum Color { RED GREEN }`;

describe('a new model', () => {
  test('becomes a table with typed columns', async () => {
    expect(await apply(database, ALL)).toEqual({ changes: ['TaxNote is new'], epochsEnded: 0 });
    expect(await columnsOf(database, 'tax_note')).toEqual([
      'id text C not null',
      'title text C not null',
      'count integer',
      'size double precision not null',
      'done boolean',
      'due bigint',
      'day text C',
      'more text C',
      'tags jsonb not null',
      'places jsonb',
      'place jsonb',
      'color text C not null',
      'colors jsonb',
      'editors jsonb',
      'order text C',
      'created_at text C not null',
      'updated_at text C not null',
      'owner text C',
      '_version integer not null',
      '_deleted boolean',
      '_last_changed_at bigint not null',
      '_seq bigint not null',
    ]);
    expect(await indexesOf(database, 'tax_note')).toEqual([
      'CREATE INDEX "tax_note:by:editors" ON public.tax_note USING gin (editors jsonb_path_ops)',
      'CREATE INDEX "tax_note:by:owner" ON public.tax_note USING btree (owner)',
      'CREATE UNIQUE INDEX "tax_note:key" ON public.tax_note USING btree (id)',
      'CREATE UNIQUE INDEX "tax_note:seq" ON public.tax_note USING btree (_seq)',
    ]);
  });

  test('holds what its types promise, whoever writes', async () => {
    await apply(database, ALL);
    const good = { id: 'a', title: 't', size: 1.5, tags: ['x'], color: 'RED', place: { name: 'p' } };
    await insertRow(database, 'tax_note', good);
    const wrong: readonly Readonly<Record<string, unknown>>[] = [
      { id: 'b', color: 'BLUE' },
      { id: 'b', color: null },
      { id: 'b', tags: { a: 1 } },
      { id: 'b', place: ['p'] },
      { id: 'b', title: null },
      { id: 'b', _deleted: false },
      { id: '' },
      { id: 'ä'.repeat(1025) },
      { id: 'a' },
    ];
    for (const values of wrong) {
      await expect(insertRow(database, 'tax_note', { ...good, ...values })).rejects.toThrow(/violates/);
    }
    await insertRow(database, 'tax_note', { ...good, id: 'ä'.repeat(1024), _deleted: true });
  });

  test('may have names that SQL reserves, and very long ones', async () => {
    const long = `A${'b'.repeat(62)}`;
    const sdl = `type User @model { select: String  from: E  table: Boolean } enum E { A }
      type ${long} @model @auth(rules: [{ allow: owner, ownerField: "${'c'.repeat(63)}" }]) { ${'d'.repeat(63)}: E ${'d'.repeat(62)}: E }`;
    await apply(database, sdl);
    expect((await columnsOf(database, 'user')).slice(0, 3)).toEqual([
      'select text C',
      'from text C',
      'table boolean',
    ]);
    expect(await indexesOf(database, long.toLowerCase())).toHaveLength(3);
    expect((await apply(database, sdl)).changes).toEqual([]);
  });

  test('does not collide with the indexes of another', async () => {
    const sdl =
      'type Note @model { x: Int } type NoteKey @model { x: Int } type NoteSeq @model { x: Int } type NotePkey @model { x: Int }';
    await apply(database, sdl);
    expect((await apply(database, sdl)).changes).toEqual([]);
  });
});

describe('a start', () => {
  test('with nothing to do asks one question and writes nothing', async () => {
    await apply(database, ALL);
    const statements: string[] = [];
    const counted = openDatabase({ url: database.url, log: silentLog, connections: 1 });
    counted.sql.options.debug = (_connection: number, query: string) => void statements.push(query);
    await counted.sql`set default_transaction_read_only = on`;
    const watched = { ...counted, session: () => expect.unreachable('no session is needed') };
    expect((await apply(watched, ALL)).changes).toEqual([]);
    await counted.close();
    expect(statements.filter((query) => query.includes('model_types'))).toHaveLength(1);
  });

  test('several at once do the work once', async () => {
    const others = Array.from({ length: 4 }, () =>
      openDatabase({ url: database.url, log: silentLog, connections: 1 }),
    );
    const outcomes = await Promise.all(others.map((other) => apply(other, ALL)));
    await Promise.all(others.map((other) => other.close()));
    expect(outcomes.map(({ changes }) => changes).toSorted((a, b) => b.length - a.length)).toEqual([
      ['TaxNote is new'],
      [],
      [],
      [],
    ]);
  });

  test('that may not change anything tells what it would do', async () => {
    expect(await pendingChanges(database, models(ALL))).toEqual(['TaxNote is new']);
    expect(await columnsOf(database, 'tax_note')).toEqual([]);
    await apply(database, ALL);
    expect(await pendingChanges(database, models(ALL))).toEqual([]);
  });

  test('without the right to make tables says what to grant', async () => {
    const [here] = await database.sql<{ name: string }[]>`select current_database() as name`;
    const role = `${here?.name ?? ''}_limited`;
    await database.sql.unsafe(`
      create role ${role};
      grant usage on schema rockpool to ${role};
      grant all on all tables in schema rockpool to ${role};
      revoke create on schema public from public;
      alter role current_user in database ${here?.name ?? ''} set role = '${role}'`);
    const limited = openDatabase({ url: database.url, log: silentLog, connections: 1 });
    try {
      expect(await refusalOf(apply(limited, ALL))).toEqual([
        'The models do not fit the database as it is; nothing was changed.',
        expect.stringContaining('grant create on schema public'),
      ]);
    } finally {
      await limited.close();
      await database.sql.unsafe(`alter role current_user in database ${here?.name ?? ''} reset role`);
      await database.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
    }
  });
});
