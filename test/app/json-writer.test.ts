import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonWriter } from '../../src/app/http/json-writer.ts';

const json = createJsonWriter();
const written = (value: object) => json.write(value).toString();

describe('an answer', () => {
  it('is what JSON.stringify writes, and a line end, whatever stands in long lists', () => {
    const item = fc.oneof(
      fc.record({ key: fc.string({ unit: 'binary' }), value: fc.jsonValue() }),
      fc.constant(undefined),
      fc.jsonValue(),
    );
    // Around the length of a part, and of several.
    const list = fc.array(item, { minLength: 60, maxLength: 200 });
    const member = fc.oneof(list, item, fc.record({ items: list, more: item, none: fc.constant(undefined) }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), member), fc.jsonValue(), (data, extensions) => {
        const value = { data: { field: data }, extensions };
        expect(written(value)).toBe(`${JSON.stringify(value)}\n`);
      }),
      { numRuns: 200 },
    );
  });

  it('is bytes of UTF-8 where it is long, whatever the script', () => {
    const items = Array.from({ length: 5000 }, (_, place) => ({ place, text: '漢字 ü 😀 "\\\n'.repeat(9) }));
    const value = { data: { list: { items } } };
    const bytes = json.write(value);
    expect(bytes).toBeInstanceOf(Buffer);
    expect(bytes.toString()).toBe(`${JSON.stringify(value)}\n`);
  });

  it('stays as it was when the next one is written', () => {
    const listOf = (letter: string) => ({ items: Array.from({ length: 100 }, () => letter.repeat(10)) });
    const first = json.write(listOf('a'));
    json.write(listOf('b'));
    expect(first.toString()).toBe(`${JSON.stringify(listOf('a'))}\n`);
  });
});
