import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { visibleCondition } from '../../../src/models/engine/conditions.ts';
import { createStore } from '../../../src/models/engine/store.ts';
import { matches } from '../../../src/models/filter/evaluate.ts';
import type { FilterInput } from '../../../src/models/filter/filter.ts';
import { parseFilter } from '../../../src/models/filter/parse.ts';
import type { Item } from '../../../src/models/model.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { createWorld } from '../engine/setup.ts';
import { thing, THING, thingItem } from './setup.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await createWorld(database, THING);
});

// Few values, so that items and filters meet; among them what sorts, counts and escapes otherwise than it looks.
const text = fc.constantFrom(
  '',
  'a',
  'A',
  'ab',
  'b',
  '%',
  '_',
  '\\',
  "'",
  '"',
  'é',
  '\uFFEE',
  '\u{1F600}',
  'a\u{1F600}',
  'RED',
);
const integer = fc.constantFrom(-1, 0, 1, 2, 2 ** 31 - 1, -(2 ** 31));
const float = fc.constantFrom(-1.5, -0, 0, 0.1, 1, 1e-7, 5e-324, 1e21, 1.7976931348623157e308);
const color = fc.constantFrom('RED', 'GREEN', 'BLUE');
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 4 });
const list = <T>(value: fc.Arbitrary<T>) => orNull(fc.array(orNull(value), { maxLength: 3 }));

const item = fc.record({
  title: orNull(text),
  count: orNull(integer),
  score: orNull(float),
  flag: orNull(fc.boolean()),
  at: orNull(fc.constantFrom(0, 2 ** 40)),
  json: orNull(fc.constantFrom('{}', '{"a": 1}')),
  color: orNull(color),
  tags: list(text),
  numbers: list(float),
  flags: list(fc.boolean()),
  colors: list(color),
  palette: fc.array(color, { maxLength: 3 }),
  _deleted: fc.constantFrom(true, null),
});

function operators(
  value: fc.Arbitrary<unknown>,
  names: readonly string[],
): fc.Arbitrary<Record<string, unknown>> {
  const all: Record<string, fc.Arbitrary<unknown>> = {
    eq: orNull(value),
    ne: orNull(value),
    lt: value,
    le: value,
    gt: value,
    ge: value,
    between: fc.tuple(value, value),
    contains: value,
    notContains: value,
    beginsWith: value,
    in: fc.array(orNull(value), { maxLength: 3 }),
    notIn: fc.array(orNull(value), { maxLength: 3 }),
    attributeExists: fc.boolean(),
    attributeType: fc.constantFrom('string', 'number', 'bool', 'list', 'map', '_null'),
    size: fc.record(
      { eq: fc.nat(3), ne: fc.nat(3), lt: fc.nat(3), ge: fc.nat(3), between: fc.tuple(fc.nat(3), fc.nat(3)) },
      { requiredKeys: [] },
    ),
  };
  const chosen = Object.fromEntries(names.map((name) => [name, all[name] ?? fc.constant(null)]));
  return fc
    .subarray(Object.keys(chosen), { minLength: 0, maxLength: 2 })
    .chain((keys) =>
      fc.record(Object.fromEntries(keys.map((key) => [key, chosen[key] ?? fc.constant(null)]))),
    );
}

const ORDER = [
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'between',
  'in',
  'notIn',
  'attributeExists',
  'attributeType',
];
const TEXT = [...ORDER, 'contains', 'notContains', 'beginsWith', 'size'];
const MEMBERS = [...ORDER, 'contains', 'notContains'];
const byField: Record<string, fc.Arbitrary<unknown>> = {
  title: fc.oneof(operators(text, TEXT), operators(text, ['size', 'beginsWith'])),
  count: operators(integer, ORDER),
  score: operators(float, ORDER),
  flag: operators(fc.boolean(), ['eq', 'ne', 'attributeExists', 'attributeType']),
  at: operators(fc.constantFrom(0, 1, 2 ** 40), ORDER),
  json: operators(fc.constantFrom('{}', 'a'), TEXT),
  color: operators(color, ['eq', 'ne', 'in', 'notIn']),
  tags: fc.oneof(operators(text, TEXT), operators(text, ['size', 'contains'])),
  numbers: operators(float, MEMBERS),
  flags: operators(fc.boolean(), ['eq', 'ne', 'contains', 'notContains', 'attributeExists']),
  colors: fc.record(
    { eq: list(color), ne: list(color), contains: color, notContains: color },
    { requiredKeys: [] },
  ),
  palette: operators(color, ['eq', 'ne', 'contains', 'size']),
  _deleted: operators(fc.boolean(), ['eq', 'ne', 'attributeExists', 'attributeType']),
};

const filter = fc.letrec<{ filter: FilterInput }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc
      .subarray(Object.keys(byField), { minLength: 1, maxLength: 2 })
      .chain((keys) =>
        fc.record(Object.fromEntries(keys.map((key) => [key, byField[key] ?? fc.constant(null)]))),
      ),
    fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
    fc.record({ not: tie('filter') }),
    fc.record({
      or: fc.array(tie('filter'), { maxLength: 2 }),
      not: tie('filter'),
      title: operators(text, TEXT),
    }),
  ),
})).filter;

describe('a filter in Postgres', () => {
  it('answers as it does in memory, for every item', async () => {
    const store = createStore(thing);
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { minLength: 8, maxLength: 16 }),
        fc.array(filter, { minLength: 24, maxLength: 24 }),
        async (items, filters) => {
          await database.sql`truncate public.thing`;
          const stored: Item[] = items.map((fields, index) => thingItem({ ...fields, id: `item ${index}` }));
          for (const image of stored) {
            expect(await store.insert(database.sql, String(image['id']), image, 'test')).toBe(true);
          }
          // What was read back is what the journal would hold.
          const read = await database.sql.unsafe<Item[]>(
            `select ${store.statements.columns} from public.thing order by id`,
          );
          const images = read.map((row) => JSON.parse(JSON.stringify(row)) as Item);
          for (const input of filters) {
            const parsed = parseFilter(thing, input, 'filter');
            const condition = visibleCondition(thing, { kind: 'all' }, parsed);
            const found = await database.sql.unsafe<{ id: string }[]>(
              `select id from public.thing where ${condition.text} order by id`,
              [...condition.values],
            );
            const expected = images
              .filter((image) => matches(parsed, image))
              .map((image) => String(image['id']));
            expect(
              found.map(({ id }) => id),
              JSON.stringify(input),
            ).toEqual(expected);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives back what was stored, value for value', async () => {
    const store = createStore(thing);
    await fc.assert(
      fc.asyncProperty(item, fc.uuid(), async (fields, id) => {
        const image = thingItem({ ...fields, id, place: { city: 'Wien', extra: [1, { a: null }] } });
        await store.insert(database.sql, id, image, 'test');
        const { stored } = await store.look(database.sql, id, false);
        // JSON has no -0.
        expect(stored?.item).toEqual(JSON.parse(JSON.stringify(image)));
      }),
      { numRuns: 100 },
    );
  });
});
