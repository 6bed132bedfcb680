import { buildSchema, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_LIMITS, documentLimits, isNestedTooDeep } from '../../src/graphql/limits.ts';

const schema = buildSchema('type Query { a: Query b: Int }');
const limits = { depth: 5, fields: 20, aliases: 4, rootFields: 6, tokens: 1000 };

function problems(document: string): string[] {
  return validate(schema, parse(document), [documentLimits(limits)]).map((error) => error.message);
}

const nested = (depth: number): string => (depth === 1 ? 'b' : `a { ${nested(depth - 1)} }`);

describe('limits of a document', () => {
  it.each([
    ['as deep as allowed', `{ ${nested(5)} }`, []],
    ['too deep', `{ ${nested(6)} }`, ['The document is nested more than 5 deep; ask in several requests.']],
    [
      'too deep by way of fragments',
      `{ ...F } fragment F on Query { ${nested(6)} }`,
      [/nested more than 5 deep/],
    ],
    ['too many aliases', '{ x: b y: b z: b u: b v: b }', [/more than 4 aliases/]],
    ['too many fields at the root', '{ b b b b b b b }', [/more than 6 fields at its root/]],
    [
      'too many fields, expanded from fragments',
      `{ a { ...F ...F ...F } } fragment F on Query { ${'b '.repeat(8)} }`,
      [/more than 20 fields/],
    ],
  ] as const)('%s', (_name, document, expected) => {
    const found = problems(document);
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, index) => expect(found[index]).toMatch(pattern));
  });

  it('stops at the limit where fragments double at every level', () => {
    const bomb = Array.from(
      { length: 40 },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
    ).join('\n');
    expect(problems(`{ ...F0 } ${bomb} fragment F40 on Query { b }`)).toHaveLength(1);
  });

  it.each(['...F0', '...Nowhere'])('stops where they double and end in %s', (end) => {
    const bomb = Array.from(
      { length: 40 },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
    );
    expect(problems(`{ ...F0 } ${bomb.join('\n')} fragment F40 on Query { ${end} }`)).toEqual([
      'The document spreads fragments more than 20 times; ask in several requests.',
    ]);
  });

  it('leaves a fragment that contains itself to the rule that is made for it', () => {
    expect(problems('{ ...F } fragment F on Query { a { ...F } }')).toEqual([]);
  });

  it('lets the standard introspection pass', () => {
    const errors = validate(schema, parse(getIntrospectionQuery()), [
      ...specifiedRules,
      documentLimits(DOCUMENT_LIMITS),
    ]);
    expect(errors).toEqual([]);
  });
});

describe('a text that is nested too deep', () => {
  const nest = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);

  it.each([
    ['brackets of every kind', nest('{[(', ')]}', 67), true],
    ['brackets that are open', '{'.repeat(201), true],
    ['as deep as allowed', nest('{', '}', 200), false],
    ['many brackets beside one another', '{a(b:[1])}'.repeat(1000), false],
    ['brackets in a text', `{ a(b: "${'{'.repeat(500)} \\" ${'{'.repeat(500)}") }`, false],
    ['brackets in a block text', `{ a(b: """${'{'.repeat(500)} " \\""" ${'{'.repeat(500)}""") }`, false],
    ['brackets in a comment', `# ${'{'.repeat(500)}\n{ a }`, false],
    ['brackets behind a text', `{ a(b: "", c: """""", d: "\\\\") ${'{'.repeat(201)}`, true],
    ['brackets behind a comment', `# x\n${'{'.repeat(201)}`, true],
  ])('%s: %#', (_name, text, expected) => expect(isNestedTooDeep(text)).toBe(expected));
});
