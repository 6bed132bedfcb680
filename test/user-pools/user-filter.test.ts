import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseUserFilter, SEARCH_ATTRIBUTES } from '../../src/user-pools/user-filter.ts';

describe('a filter of users', () => {
  test.each([
    ['name = "Anna"', { attribute: 'name', match: 'equal', value: 'Anna' }],
    ['name ^= "An"', { attribute: 'name', match: 'prefix', value: 'An' }],
    ['email="a@b"', { attribute: 'email', match: 'equal', value: 'a@b' }],
    ['  phone_number  ^=  "+1"  ', { attribute: 'phone_number', match: 'prefix', value: '+1' }],
    [
      'cognito:user_status = "CONFIRMED"',
      { attribute: 'cognito:user_status', match: 'equal', value: 'CONFIRMED' },
    ],
    ['name = "say \\"hi\\" \\\\ bye"', { attribute: 'name', match: 'equal', value: 'say "hi" \\ bye' }],
    ['name = "a = \\"b\\""', { attribute: 'name', match: 'equal', value: 'a = "b"' }],
    ['name = ""', { attribute: 'name', match: 'equal', value: '' }],
  ])('is one clause: %s', (text, expected) => {
    expect(parseUserFilter(text)).toEqual(expected);
  });

  test('that is empty lets everybody through', () => {
    expect(parseUserFilter('')).toBeUndefined();
  });

  test.each([
    ' ',
    'name',
    'name = ',
    'name = Anna',
    "name = 'Anna'",
    'name == "Anna"',
    'name != "Anna"',
    'name =^ "Anna"',
    'name = "An"na"',
    'name = "Anna',
    'name = "Anna\\"',
    'name = "a\\b"',
    '= "Anna"',
    'name = "a" and email = "b"',
    'name = "a" OR "1"="1"',
    'given name = "a"',
    '"name" = "a"',
  ])('is refused otherwise: %s', (text) => {
    expect(() => parseUserFilter(text)).toThrow('Error while parsing filter');
  });

  test.each(['custom:foo', 'address', 'Name', 'enabled', 'username_key', 'constructor'])(
    'cannot be about %s',
    (name) => {
      expect(() => parseUserFilter(`${name} = "a"`)).toThrow(`Invalid search attribute: ${name}`);
    },
  );

  test('says any value that is quoted as it should be, and never fails otherwise', () => {
    const escaped = (value: string) => value.replaceAll(/["\\]/g, '\\$&');
    fc.assert(
      fc.property(fc.constantFrom(...SEARCH_ATTRIBUTES), fc.string(), (attribute, value) => {
        expect(parseUserFilter(`${attribute} ^= "${escaped(value)}"`)).toEqual({
          attribute,
          match: 'prefix',
          value,
        });
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseUserFilter(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_PARAMETER' });
        }
      }),
    );
  });
});
