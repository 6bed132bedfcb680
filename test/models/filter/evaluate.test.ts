import { describe, expect, it } from 'vitest';
import { matches } from '../../../src/models/filter/evaluate.ts';
import {
  MAX_DEPTH,
  MAX_TESTS,
  mentionsDeleted,
  type FilterInput,
} from '../../../src/models/filter/filter.ts';
import { parseFilter } from '../../../src/models/filter/parse.ts';
import { compareText, countCharacters } from '../../../src/models/filter/text-order.ts';
import { thing, thingItem } from './setup.ts';

function passes(filter: FilterInput, fields: Record<string, unknown>): boolean {
  return matches(parseFilter(thing, filter, 'filter'), thingItem(fields));
}

const high = '\u{1F600}';
const low = '\uFFEE';

describe('operators', () => {
  const table: [string, FilterInput, Record<string, unknown>, boolean][] = [
    ['eq', { title: { eq: 'a' } }, { title: 'a' }, true],
    ['eq', { title: { eq: 'a' } }, { title: 'A' }, false],
    ['ne', { title: { ne: 'a' } }, { title: 'b' }, true],
    ['ne', { title: { ne: 'a' } }, { title: 'a' }, false],
    ['lt of text is by bytes', { title: { lt: high } }, { title: low }, true],
    ['gt of text is by bytes', { title: { gt: low } }, { title: high }, true],
    ['lt of a beginning', { title: { lt: 'ab' } }, { title: 'a' }, true],
    ['le', { count: { le: 3 } }, { count: 3 }, true],
    ['lt', { count: { lt: 3 } }, { count: 3 }, false],
    ['ge', { score: { ge: 0.1 } }, { score: 0.1 }, true],
    ['gt', { score: { gt: 0.1 } }, { score: 0.1 }, false],
    ['between has both ends', { count: { between: [1, 3] } }, { count: 1 }, true],
    ['between has both ends', { count: { between: [1, 3] } }, { count: 3 }, true],
    ['between', { count: { between: [1, 3] } }, { count: 4 }, false],
    ['between the wrong way round', { count: { between: [3, 1] } }, { count: 2 }, false],
    ['contains of text', { title: { contains: 'bc' } }, { title: 'abcd' }, true],
    ['contains of text, case', { title: { contains: 'BC' } }, { title: 'abcd' }, false],
    ['contains of an empty text', { title: { contains: '' } }, { title: '' }, true],
    ['notContains of text', { title: { notContains: 'bc' } }, { title: 'abcd' }, false],
    ['contains of a list', { tags: { contains: 'b' } }, { tags: ['a', 'b'] }, true],
    ['contains of a list is whole elements', { tags: { contains: 'b' } }, { tags: ['abc'] }, false],
    ['notContains of a list', { tags: { notContains: 'b' } }, { tags: ['a', null] }, true],
    ['contains of numbers', { numbers: { contains: 1.5 } }, { numbers: [1, 1.5] }, true],
    ['contains of booleans', { flags: { contains: false } }, { flags: [true] }, false],
    ['contains of enums', { colors: { contains: 'RED' } }, { colors: ['RED'] }, true],
    ['beginsWith', { title: { beginsWith: 'ab' } }, { title: 'abc' }, true],
    ['beginsWith', { title: { beginsWith: 'bc' } }, { title: 'abc' }, false],
    ['in', { title: { in: ['a', 'b'] } }, { title: 'b' }, true],
    ['in of nothing', { title: { in: [] } }, { title: 'b' }, false],
    ['notIn', { count: { notIn: [1, 2] } }, { count: 3 }, true],
    ['notIn', { count: { notIn: [1, 2] } }, { count: 2 }, false],
    ['boolean', { flag: { eq: false } }, { flag: false }, true],
    ['boolean', { flag: { ne: false } }, { flag: true }, true],
    ['enum', { color: { eq: 'RED' } }, { color: 'RED' }, true],
    ['AWSTimestamp', { at: { gt: 2 ** 31 } }, { at: 2 ** 32 }, true],
    ['AWSJSON is text', { json: { contains: '"a"' } }, { json: '{"a":1}' }, true],
    ['eq of lists', { colors: { eq: ['RED', 'BLUE'] } }, { colors: ['RED', 'BLUE'] }, true],
    ['eq of lists is in order', { colors: { eq: ['RED', 'BLUE'] } }, { colors: ['BLUE', 'RED'] }, false],
    ['ne of lists', { colors: { ne: ['RED', null] } }, { colors: ['RED', null] }, false],
    ['a list is never one value', { palette: { eq: 'RED' } }, { palette: ['RED'] }, false],
    ['a list is never one value', { palette: { ne: 'RED' } }, { palette: ['RED'] }, true],
    ['a list has no order', { tags: { lt: 'b' } }, { tags: ['a'] }, false],
    ['a list begins with nothing', { tags: { beginsWith: 'a' } }, { tags: ['a'] }, false],
    ['size of text counts characters', { title: { size: { eq: 2 } } }, { title: `é${high}` }, true],
    ['size of text', { title: { size: { between: [1, 2] } } }, { title: 'abc' }, false],
    ['size of a list', { tags: { size: { ge: 2 } } }, { tags: ['a', null] }, true],
    ['size, several', { tags: { size: { gt: 0, lt: 2 } } }, { tags: ['a', null] }, false],
    ['attributeExists', { title: { attributeExists: true } }, { title: '' }, true],
    ['attributeExists', { title: { attributeExists: false } }, { title: '' }, false],
    ['attributeType', { title: { attributeType: 'string' } }, { title: 'a' }, true],
    ['attributeType', { count: { attributeType: 'number' } }, { count: 1 }, true],
    ['attributeType', { flag: { attributeType: 'bool' } }, { flag: true }, true],
    ['attributeType', { tags: { attributeType: 'list' } }, { tags: [] }, true],
    ['attributeType', { tags: { attributeType: 'stringSet' } }, { tags: [] }, false],
    ['attributeType', { title: { attributeType: '_null' } }, { title: 'a' }, false],
    ['_deleted, live', { _deleted: { ne: true } }, { _deleted: null }, true],
    ['_deleted, live', { _deleted: { eq: true } }, { _deleted: null }, false],
    ['_deleted, live', { _deleted: { attributeExists: false } }, { _deleted: null }, true],
    ['_deleted is never false', { _deleted: { eq: false } }, { _deleted: null }, false],
    ['_deleted, tombstone', { _deleted: { eq: true } }, { _deleted: true }, true],
  ];
  it.each(table)('%s: %j of %j is %s', (_, filter, fields, expected) => {
    expect(passes(filter, fields)).toBe(expected);
  });

  const without: [FilterInput, boolean][] = [
    [{ title: { eq: 'a' } }, false],
    [{ title: { ne: 'a' } }, true],
    [{ title: { lt: 'a' } }, false],
    [{ title: { le: 'a' } }, false],
    [{ title: { gt: '' } }, false],
    [{ title: { ge: '' } }, false],
    [{ title: { between: ['', 'z'] } }, false],
    [{ title: { contains: '' } }, false],
    [{ title: { notContains: 'a' } }, true],
    [{ title: { beginsWith: '' } }, false],
    [{ title: { in: ['a'] } }, false],
    [{ title: { notIn: ['a'] } }, true],
    [{ title: { size: { ge: 0 } } }, false],
    [{ title: { size: { ne: 0 } } }, true],
    [{ title: { attributeExists: true } }, false],
    [{ title: { attributeExists: false } }, true],
    [{ title: { attributeType: 'string' } }, false],
    [{ title: { attributeType: '_null' } }, true],
    [{ title: { eq: null } }, true],
    [{ title: { ne: null } }, false],
    [{ tags: { contains: 'a' } }, false],
    [{ tags: { notContains: 'a' } }, true],
    [{ colors: { eq: [] } }, false],
    [{ colors: { ne: [] } }, true],
    [{ not: { title: { eq: 'a' } } }, true],
    [{ not: { title: { ne: 'a' } } }, false],
  ];
  it.each(without)('%j of an item without the value is %s', (filter, expected) => {
    expect(passes(filter, {})).toBe(expected);
  });
});

describe('together', () => {
  const item = { title: 'abc', count: 5 };
  const table: [FilterInput, boolean][] = [
    [{}, true],
    [{ title: {} }, true],
    [{ title: null }, true],
    [{ title: { contains: null } }, true],
    [{ title: { eq: 'abc' }, count: { eq: 5 } }, true],
    [{ title: { eq: 'abc' }, count: { eq: 6 } }, false],
    [{ count: { gt: 3, lt: 10 } }, true],
    [{ count: { gt: 3, lt: 4 } }, false],
    [{ and: [{ title: { eq: 'abc' } }, { count: { eq: 5 } }] }, true],
    [{ and: [{ title: { eq: 'abc' } }, { count: { eq: 6 } }] }, false],
    [{ or: [{ title: { eq: 'x' } }, { count: { eq: 5 } }] }, true],
    [{ or: [{ title: { eq: 'x' } }, { count: { eq: 6 } }] }, false],
    [{ title: { eq: 'x' }, or: [{ count: { eq: 5 } }] }, false],
    [{ not: { title: { eq: 'abc' }, count: { eq: 6 } } }, true],
    [{ not: { not: { title: { eq: 'abc' } } } }, true],
    [{ and: [] }, true],
    [{ or: [] }, false],
    [{ not: {} }, false],
    [{ and: [null, { title: { eq: 'abc' } }] }, true],
    [{ or: null, and: null, not: null }, true],
    [
      {
        or: [{ and: [{ title: { beginsWith: 'a' } }, { not: { count: { eq: 5 } } }] }, { count: { ge: 5 } }],
      },
      true,
    ],
  ];
  it.each(table)('%j is %s', (filter, expected) => {
    expect(passes(filter, item)).toBe(expected);
  });
});

describe('what is no filter', () => {
  const table: [string, FilterInput, string][] = [
    ['a field that is not there', { nothing: { eq: 1 } }, 'filter.nothing'],
    ['a nested type', { place: { attributeExists: true } }, 'filter.place'],
    ['metadata that cannot be filtered', { _version: { eq: 1 } }, 'filter._version'],
    ['an unknown operator', { title: { like: 'a' } }, 'filter.title.like'],
    ['an operator of another type', { count: { beginsWith: 'a' } }, 'filter.count.beginsWith'],
    ['contains of a number', { count: { contains: 1 } }, 'filter.count.contains'],
    ['size of a number', { count: { size: { eq: 1 } } }, 'filter.count.size'],
    ['a number for text', { title: { eq: 1 } }, 'filter.title.eq'],
    ['text for a number', { count: { eq: '1' } }, 'filter.count.eq'],
    ['a fraction for Int', { count: { eq: 1.5 } }, 'filter.count.eq'],
    ['infinity', { score: { eq: Number.POSITIVE_INFINITY } }, 'filter.score.eq'],
    ['a list for one value', { title: { eq: ['a'] } }, 'filter.title.eq'],
    ['between of one', { count: { between: [1] } }, 'filter.count.between'],
    ['between of null', { count: { between: [1, null] } }, 'filter.count.between.1'],
    ['an unknown type', { title: { attributeType: 'text' } }, 'filter.title.attributeType'],
    ['a size that is no whole number', { title: { size: { gt: 1.5 } } }, 'filter.title.size.gt'],
    ['U+0000', { title: { eq: 'a\u0000' } }, 'filter.title.eq'],
    ['a lone surrogate', { or: [{ title: { in: ['a', '\ud800'] } }] }, 'filter.or.0.title.in'],
    ['no object', { title: 'a' }, 'filter.title'],
    ['no object', { and: ['a'] }, 'filter.and.0'],
  ];
  it.each(table)('%s is BAD_USER_INPUT', (_, filter, argument) => {
    expect(() => parseFilter(thing, filter, 'filter')).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: { argument } }),
    );
  });

  it('nesting has a bound', () => {
    const nest = (levels: number): FilterInput =>
      levels === 0 ? { title: { eq: 'a' } } : { not: nest(levels - 1) };
    expect(() => parseFilter(thing, nest(MAX_DEPTH - 1), 'filter')).not.toThrow();
    expect(() => parseFilter(thing, nest(MAX_DEPTH), 'filter')).toThrow(/levels deep/);
    expect(() => parseFilter(thing, nest(5000), 'filter')).toThrow(/levels deep/);
    expect(mentionsDeleted(nest(5000))).toBe(false);
  });

  it('the number of tests has a bound, values of in and parts of or among them', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => String(index));
    expect(() => parseFilter(thing, { title: { in: many(MAX_TESTS) } }, 'filter')).not.toThrow();
    expect(() => parseFilter(thing, { title: { in: many(MAX_TESTS + 1) } }, 'filter')).toThrow(/tests/);
    const or = many(MAX_TESTS / 2 + 1).map((eq) => ({ title: { eq } }));
    expect(() => parseFilter(thing, { or }, 'condition')).toThrow(/condition has more than/);
  });
});

describe('mentionsDeleted', () => {
  it.each<[FilterInput, boolean]>([
    [{ _deleted: { ne: true } }, true],
    [{ or: [{ title: { eq: 'a' } }, { not: { _deleted: { attributeExists: true } } }] }, true],
    [{ title: { eq: '_deleted' } }, false],
    [{ _deleted: null }, false],
    [{}, false],
  ])('%j: %s', (filter, expected) => {
    expect(mentionsDeleted(filter)).toBe(expected);
  });
});

describe('text', () => {
  it('is compared by its bytes of UTF-8', () => {
    const texts = [
      '',
      'A',
      'a',
      'aa',
      'é',
      'z',
      '\ud7ff',
      '\ue000',
      low,
      high,
      '\u{1F601}',
      `${high}a`,
      `${low}z`,
    ];
    for (const a of texts) {
      for (const b of texts) {
        expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }
    }
  });

  it('is counted in characters', () => {
    expect(countCharacters(`a${high}é`)).toBe(3);
  });
});
