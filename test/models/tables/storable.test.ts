import { describe, expect, test } from 'vitest';
import { RockpoolError } from '../../../src/base/errors.ts';
import { assertStorable } from '../../../src/models/tables/storable.ts';

describe('assertStorable', () => {
  test.each([
    [{ title: 'Milk', tags: ['a', null], n: 1, at: { x: true } }],
    ['\u{1F41F}'],
    [null],
    [undefined],
    [{ escaped: '\\u0000' }],
  ])('takes %j', (value) => {
    expect(() => assertStorable(value, 'input')).not.toThrow();
  });

  test.each([
    [{ title: 'a\u0000' }, 'input.title'],
    [{ tags: ['ok', 'a\ud800'] }, 'input.tags.1'],
    [{ place: { parts: [{ name: '\udc00' }] } }, 'input.place.parts.0.name'],
    ['\u0000', 'input'],
  ])('refuses %j and names its path', (value, path) => {
    let thrown: unknown;
    try {
      assertStorable(value, 'input');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RockpoolError);
    expect(thrown).toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: path } });
  });
});
