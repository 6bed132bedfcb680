import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item } from '../../../src/models/model.ts';
import { strategies } from '../../../src/models/strategies/strategies.ts';
import type { Outcome } from '../../../src/models/strategies/strategy.ts';
import { modelOf, schemaOf } from '../engine/setup.ts';

const model = modelOf(schemaOf('type Note @model { id: ID! title: String tags: [String] n: Int }'), 'Note');

function storedItem(fields: Record<string, unknown>, deleted: true | null = null): Item {
  return { id: 'a', ...fields, _version: 5, _deleted: deleted, _lastChangedAt: 1000 };
}

function update(name: keyof typeof strategies, stored: Item, fields: Record<string, unknown>): Outcome {
  return strategies[name](model, undefined, stored, { operation: 'update', version: 2, fields });
}

function merged(stored: Record<string, unknown>, fields: Record<string, unknown>): unknown {
  const outcome = update('AUTOMERGE', storedItem(stored), fields);
  return outcome.kind === 'merge' ? outcome.fields : outcome.kind;
}

describe('AUTOMERGE', () => {
  const table: [string, unknown, unknown, unknown][] = [
    ['keeps a stored string', 'server', 'client', 'server'],
    ['keeps a stored number', 5, 55, 5],
    ['keeps a stored 0', 0, 1, 0],
    ['keeps a stored false', false, true, false],
    ['keeps a stored empty string', '', 'client', ''],
    ['keeps AWSJSON whole', '{"a":1}', '{"b":2}', '{"a":1}'],
    ['keeps a scalar against an explicit null', 'server', null, 'server'],
    ['keeps a list against an explicit null', ['a'], null, ['a']],
    ['keeps a nested type against an explicit null', { a: 1 }, null, { a: 1 }],
    ['takes anything where nothing was stored', null, 'client', 'client'],
    ['takes a list where nothing was stored', null, ['b'], ['b']],
    ['takes null where nothing was stored', null, null, null],
    [
      'puts the incoming list behind the stored one, duplicates and all',
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'b', 'b', 'c'],
    ],
    ['keeps an empty stored list as the beginning', [], ['b'], ['b']],
    ['goes into nested types', { city: 'X' }, { city: 'Y', zip: '9' }, { city: 'X', zip: '9' }],
    [
      'goes into nested types of nested types, lists among them',
      { in: { a: 1, l: [1], n: null } },
      { in: { a: 2, l: [2], n: 3 } },
      { in: { a: 1, l: [1, 2], n: 3 } },
    ],
    ['keeps a list against a scalar', ['a'], 'b', ['a']],
    ['keeps a nested type against a scalar', { a: 1 }, 'b', { a: 1 }],
    ['keeps a scalar against a list', 'a', ['b'], 'a'],
    ['keeps a nested type against a list', { a: 1 }, ['b'], { a: 1 }],
  ];
  it.each(table)('%s', (_, stored, incoming, result) => {
    expect(merged({ value: stored }, { value: incoming })).toEqual({ value: result });
  });

  it('speaks only of the fields that were sent', () => {
    expect(merged({ name: 'N', n: 5 }, { n: 55 })).toEqual({ n: 5 });
    expect(merged({ name: 'N', n: 5 }, {})).toEqual({});
  });

  it('takes a value for a field that the stored item does not know', () => {
    expect(merged({}, { n: 1 })).toEqual({ n: 1 });
  });

  it('refuses a stale delete, so that the client decides', () => {
    const outcome = strategies.AUTOMERGE(model, undefined, storedItem({}), {
      operation: 'delete',
      version: 2,
      fields: {},
    });
    expect(outcome).toEqual({ kind: 'reject' });
  });

  it('lets a tombstone win over an update', () => {
    expect(update('AUTOMERGE', storedItem({ title: null }, true), { title: 'x' })).toEqual({ kind: 'keep' });
  });

  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const value = fc.letrec<{ value: unknown; map: unknown; list: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, scalar, tie('list'), tie('map')),
    list: fc.array(scalar, { maxLength: 4 }),
    map: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
  }));
  const fields = fc.dictionary(fc.constantFrom('p', 'q', 'r', 's'), value.value);

  it('never loses or changes a stored value, and takes every value where there was none', () => {
    fc.assert(
      fc.property(fields, fields, (stored, incoming) => {
        const result = merged(stored, incoming) as Record<string, unknown>;
        expect(Object.keys(result).toSorted()).toEqual(Object.keys(incoming).toSorted());
        for (const name of Object.keys(incoming)) {
          if (isNone(stored[name])) expect(result[name]).toEqual(incoming[name]);
          else expect(isKept(stored[name], result[name])).toBe(true);
        }
      }),
    );
  });

  it('changes nothing when what was rejected is sent again', () => {
    const noLists = fc.dictionary(fc.constantFrom('p', 'q', 'r'), scalar);
    fc.assert(
      fc.property(noLists, noLists, (stored, incoming) => {
        const once = { ...stored, ...(merged(stored, incoming) as object) };
        const twice = { ...once, ...(merged(once, incoming) as object) };
        expect(twice).toEqual(once);
      }),
    );
  });

  it('leaves its arguments as they are', () => {
    fc.assert(
      fc.property(fields, fields, (stored, incoming) => {
        const before = JSON.stringify([stored, incoming]);
        merged(stored, incoming);
        expect(JSON.stringify([stored, incoming])).toBe(before);
      }),
    );
  });
});

function isNone(value: unknown): boolean {
  return value === null || value === undefined;
}

/** Whether all of `stored` is in `result`: lists as a beginning, members of nested types each, scalars the same. */
function isKept(stored: unknown, result: unknown): boolean {
  if (isNone(stored)) return true;
  if (Array.isArray(stored)) {
    return Array.isArray(result) && stored.every((element, index) => Object.is(element, result[index]));
  }
  if (typeof stored !== 'object') return Object.is(stored, result);
  return (
    typeof result === 'object' &&
    result !== null &&
    Object.entries(stored as object).every(([name, member]) =>
      isKept(member, (result as Record<string, unknown>)[name]),
    )
  );
}

describe('OPTIMISTIC_CONCURRENCY', () => {
  it.each(['update', 'delete'] as const)('refuses a stale %s', (operation) => {
    const outcome = strategies.OPTIMISTIC_CONCURRENCY(model, undefined, storedItem({ n: 1 }), {
      operation,
      version: 2,
      fields: { n: 2 },
    });
    expect(outcome).toEqual({ kind: 'reject' });
  });

  it('refuses an update of a tombstone', () => {
    expect(update('OPTIMISTIC_CONCURRENCY', storedItem({}, true), { n: 1 })).toEqual({ kind: 'reject' });
  });
});
