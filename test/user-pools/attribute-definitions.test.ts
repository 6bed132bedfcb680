import { describe, expect, test } from 'vitest';
import {
  schemaOf,
  withCustomAttributes,
  type AttributeRequest,
} from '../../src/user-pools/attribute-definitions.ts';
import { standardSchema } from '../../src/user-pools/attribute-schema.ts';

const request = (name: string, given: Partial<AttributeRequest> = {}): AttributeRequest => ({
  name,
  type: 'String',
  mutable: undefined,
  required: undefined,
  developerOnly: undefined,
  min: undefined,
  max: undefined,
  ...given,
});
const standard = standardSchema();
const find = (schema: ReturnType<typeof schemaOf>, name: string) => schema.find((each) => each.name === name);
const refusalOf = (...requests: AttributeRequest[]) => {
  try {
    schemaOf(standard, requests);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return 'accepted';
};

describe('the schema of a new pool', () => {
  test('has every standard attribute, and those that are asked for behind them', () => {
    expect(schemaOf(standard, [])).toEqual(standard);
    const schema = schemaOf(standard, [
      request('team', { max: '20' }),
      request('age', { type: 'Number', min: '-1', max: '1.5', mutable: false }),
      request('plan', { type: 'Boolean', developerOnly: true, min: '1' }),
    ]);
    expect(schema.slice(0, standard.length)).toEqual(standard);
    const plain = { mutable: true, required: false, developerOnly: false };
    expect(schema.slice(standard.length)).toEqual([
      { ...plain, name: 'custom:team', type: 'String', max: 20 },
      { ...plain, name: 'custom:age', type: 'Number', min: -1, max: 1.5, mutable: false },
      { ...plain, name: 'dev:plan', type: 'Boolean', developerOnly: true },
    ]);
  });

  test('can require a standard attribute, fix it, and bound it', () => {
    const email = request('email', { type: undefined, required: true, mutable: false, min: '5', max: '100' });
    expect(find(schemaOf(standard, [email]), 'email')).toMatchObject({
      required: true,
      mutable: false,
      min: 5,
      max: 100,
    });
    // What Describe shows can be given back.
    const shown = standard.map((each) =>
      request(each.name, { type: each.type, mutable: each.mutable, required: each.required }),
    );
    expect(schemaOf(standard, shown)).toEqual(standard);
  });

  test.each([
    [[request('a', { required: true })], 'Required custom attributes are not supported currently.'],
    [[request('a', { type: undefined })], 'a: AttributeDataType is required for a custom attribute.'],
    [[request('a'), request('a')], 'a: Existing attribute already has name a.'],
    [[request('custom:a')], 'custom:a: The name of a custom attribute is given without its prefix.'],
    [
      [request('email', { type: 'Number' })],
      'You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email',
    ],
    [
      [request('sub', { mutable: true })],
      'You can not change Mutable or Required for standard schema attribute sub',
    ],
    [
      [request('email_verified', { type: 'Boolean', required: true })],
      'You can not change Mutable or Required for standard schema attribute email_verified',
    ],
    [[request('a', { max: '2049' })], 'a: 2049 is no bound, a length from 0 to 2048 is.'],
    [[request('a', { min: '-1' })], 'a: -1 is no bound, a length from 0 to 2048 is.'],
    [[request('a', { type: 'Number', min: '1e9' })], 'a: 1e9 is no bound, a decimal number is.'],
    [[request('a', { min: '3', max: '2' })], 'a: The lower bound 3 is above the upper bound 2.'],
  ])('is refused where it cannot be: %j', (requests, message) => {
    expect(refusalOf(...requests)).toBe(message);
  });
});

describe('custom attributes', () => {
  test('are added behind the others, each name once', () => {
    const first = withCustomAttributes(standard, [request('a')]);
    const second = withCustomAttributes(first, [request('b'), request('a', { developerOnly: true })]);
    expect(second.slice(first.length).map(({ name }) => name)).toEqual(['custom:b', 'dev:a']);
    expect(() => withCustomAttributes(second, [request('b')])).toThrow(
      'custom:b: Existing attribute already has name custom:b.',
    );
  });

  test('may bear the name of a standard one', () => {
    expect(find(withCustomAttributes(standard, [request('email')]), 'custom:email')).toBeDefined();
  });

  test('are 50 at most', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => request(`a${index}`));
    const full = withCustomAttributes(standard, fifty);
    expect(() => withCustomAttributes(full, [request('more')])).toThrow(/at most 50 custom attributes/);
  });
});
