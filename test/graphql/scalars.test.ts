import {
  buildASTSchema,
  graphqlSync,
  isScalarType,
  parse,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { describe, expect, test } from 'vitest';
import { scalars } from '../../src/graphql/scalars.ts';

/** What is taken, as it was sent. */
const VALID: Readonly<Record<string, readonly unknown[]>> = {
  Long: [0, 1, -1, 2 ** 53 - 1, -(2 ** 53 - 1)],
  AWSTimestamp: [0, 1, 1_700_000_000, 1_700_000_000_123, 2 ** 53 - 1],
  AWSDate: [
    '2026-11-22',
    '2024-02-29',
    '2000-02-29',
    '2026-11-22Z',
    '2026-11-22+02:00',
    '2026-11-22-09:30:15',
    '0000-01-01',
    '9999-12-31',
  ],
  AWSTime: [
    '00:00',
    '23:59',
    '18:30:05',
    '18:30:05.2',
    '18:30:05.123456789',
    '18:30Z',
    '18:30:05+02:00',
    '18:30-09:30:15',
  ],
  AWSDateTime: [
    '2026-11-22T18:30',
    '2026-11-22T18:30Z',
    '2026-11-22T18:30:05Z',
    '2026-11-22T18:30:05.250Z',
    '2026-11-22T18:30:05.123456789+05:45',
    '2024-02-29T00:00:00.000-09:30:15',
    '2026-11-22T18:30:05',
  ],
  AWSEmail: ['ana@example.com', 'a@b', 'first.last+tag@sub.example.co', "o'neil@example.com", '1@2.3'],
  AWSJSON: [
    '{}',
    '[]',
    'null',
    '1',
    '"text"',
    '{"b":1,"a":2,"a":3}',
    ' { "a" : 1.0 } ',
    '1e400',
    '"\\u0000"',
  ],
  AWSURL: [
    'https://example.com',
    'http://example.com/a?b=c#d',
    'mailto:ana@example.com',
    'ftp://x',
    'HTTPS://EXAMPLE.COM/',
  ],
  AWSPhone: ['+49 30 123456', '030-123456', '12', '+1 555 0100'],
  AWSIPAddress: [
    '192.0.2.1',
    '0.0.0.0',
    '::1',
    '2001:db8::1',
    '::ffff:192.0.2.1',
    '2001:0db8:0000:0000:0000:0000:0000:0001',
  ],
};

/** What is refused: as a variable and, where it can be written so, as a literal. */
const INVALID: Readonly<Record<string, readonly unknown[]>> = {
  Long: [2 ** 53, -(2 ** 53), 1.5, '1', true, [1], { a: 1 }, 1e300],
  AWSTimestamp: [-1, 2 ** 53, 1.5, '1', '2026-11-22T18:30Z', false],
  AWSDate: [
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '22-11-2026',
    '2026-11-22T00:00Z',
    '2026-11-22z',
    '2026-11-22+2:00',
    '2026-11-22+24:00',
    '',
    ' 2026-11-22',
    '2026-11-22\n',
    20_261_122,
    true,
  ],
  AWSTime: [
    '24:00',
    '12:60',
    '12:00:60',
    '12',
    '12:0',
    '12:00:00.',
    '12:00:00.1234567890',
    '12:00 Z',
    '',
    12,
  ],
  AWSDateTime: [
    '2026-02-30T00:00Z',
    '2026-11-22',
    '2026-11-22 18:30Z',
    '2026-11-22T24:00Z',
    '2026-11-22T18:30:05,2Z',
    '2026-11-22t18:30Z',
    '',
    1_700_000_000,
  ],
  AWSEmail: [
    'ana',
    'ana@',
    '@example.com',
    'a b@example.com',
    'ana@-example.com',
    'ana@example.com.',
    'ana@exa mple.com',
    '',
    1,
  ],
  AWSJSON: ['', '{', "{'a':1}", 'undefined', 'NaN', '{"a":1}}', 1, true, { a: 1 }, [1]],
  AWSURL: [
    'example.com',
    '/a/b',
    '//example.com',
    'http://',
    'https://exa mple.com',
    ' https://example.com',
    '',
    1,
  ],
  AWSPhone: ['1', '+', 'abc', '12a', '+ 12', '(030) 1234', '+49/30', '', 12_345],
  AWSIPAddress: [
    '192.0.2.256',
    '192.0.2',
    '192.0.2.0/24',
    '2001:db8::/32',
    'fe80::1%eth0',
    ':::',
    'localhost',
    '',
    1,
  ],
};

const NUL = 'a\u0000b';
const LONE = 'a\ud800b';

/** One field a scalar that gives back what it was given, and one that answers with what the test wants. */
function echo(name: string, answer?: unknown): GraphQLSchema {
  const schema = buildASTSchema(
    parse(
      `scalar ${name}  type Query { echo(value: ${name}, values: [${name}!]): ${name}  answer: ${name} }`,
    ),
  );
  const scalar = scalars.find((candidate) => candidate.name === name);
  const type = schema.getType(name);
  if (scalar === undefined || !isScalarType(type)) throw new Error(`no scalar ${name}`);
  type.serialize = scalar.serialize;
  type.parseValue = scalar.parseValue;
  type.parseLiteral = scalar.parseLiteral;
  const fields = schema.getQueryType()?.getFields() ?? {};
  if (fields['echo'] !== undefined)
    fields['echo'].resolve = (_source, args) => (args as { value: unknown }).value;
  if (fields['answer'] !== undefined) fields['answer'].resolve = () => answer;
  return schema;
}

type Outcome = { readonly data: unknown } | { readonly message: string };

const ENGINES: readonly (readonly [
  string,
  (schema: GraphQLSchema, source: string, variables: object) => Outcome,
])[] = [
  [
    'graphql-js',
    (schema, source, variables) => outcome(graphqlSync({ schema, source, variableValues: { ...variables } })),
  ],
  [
    'graphql-jit',
    (schema, source, variables) => {
      const compiled = compileQuery(schema, parse(source));
      if (!isCompiledQuery(compiled)) return outcome(compiled);
      const result = compiled.query(undefined, undefined, { ...variables }) as ExecutionResult;
      // As in the server: what the compiled query refuses before it runs is left to graphql-js and its messages.
      if (result.data === undefined)
        return outcome(graphqlSync({ schema, source, variableValues: { ...variables } }));
      return outcome(result);
    },
  ],
];

function outcome(result: { data?: unknown; errors?: readonly { message: string }[] }): Outcome {
  const message = result.errors?.[0]?.message;
  if (message !== undefined) return { message };
  return { data: Object.values(result.data as object)[0] };
}

/** JSON that is a GraphQL literal too: no objects. */
const literal = (value: unknown): string => JSON.stringify(value);

const rows = (table: Readonly<Record<string, readonly unknown[]>>) =>
  Object.entries(table).flatMap(([name, values]) => values.map((value) => [name, value] as const));

for (const [engine, run] of ENGINES) {
  describe(`with ${engine}`, () => {
    test.each(rows(VALID))('%s takes %j and gives it back as it was sent', (name, value) => {
      const schema = echo(name);
      expect(run(schema, `query ($v: ${name}) { echo(value: $v) }`, { v: value })).toEqual({ data: value });
      expect(run(schema, `{ echo(value: ${literal(value)}) }`, {})).toEqual({ data: value });
    });

    test.each(rows(INVALID))('%s refuses %j as a variable and says what is allowed', (name, value) => {
      const result = run(echo(name), `query ($v: ${name}) { echo(value: $v) }`, { v: value });
      expect(result).toHaveProperty('message', expect.stringMatching(new RegExp(`${name} is .+, not `)));
    });

    test('an item of a list is checked like a single value', () => {
      const source = 'query ($v: [AWSDate!]) { echo(values: $v) }';
      expect(run(echo('AWSDate'), source, { v: ['2026-11-22', 'soon'] })).toHaveProperty(
        'message',
        expect.stringContaining('AWSDate is a date of the calendar'),
      );
    });

    test.each(Object.keys(VALID))('%s takes null', (name) => {
      expect(run(echo(name), `query ($v: ${name}) { echo(value: $v) }`, { v: null })).toEqual({ data: null });
    });

    test.each(['AWSJSON', 'AWSURL'])('%s refuses text that cannot be stored', (name) => {
      const text = (inner: string): string =>
        name === 'AWSJSON'
          ? JSON.stringify(inner).replace('\\u0000', NUL).replace('\\ud800', LONE)
          : `x:${inner}`;
      for (const inner of [NUL, LONE]) {
        expect(run(echo(name), `query ($v: ${name}) { echo(value: $v) }`, { v: text(inner) })).toHaveProperty(
          'message',
          expect.stringContaining('cannot be stored'),
        );
      }
    });

    test.each([
      ['Long', '1'],
      ['AWSTimestamp', -5],
      ['AWSDateTime', new Date(0)],
      ['AWSJSON', { a: 1 }],
    ])('%s refuses to answer %j', (name, answer) => {
      expect(run(echo(name, answer), '{ answer }', {})).toHaveProperty(
        'message',
        expect.stringContaining(`${name} is `),
      );
    });

    test('values that were stored before a rule was tightened are still answered', () => {
      expect(run(echo('AWSEmail', 'no address'), '{ answer }', {})).toEqual({ data: 'no address' });
    });
  });
}

describe('literals', () => {
  test.each(rows(INVALID).filter(([, value]) => typeof value !== 'object'))(
    '%s refuses %j',
    (name, value) => {
      const result = outcome(
        graphqlSync({ schema: echo(name), source: `{ echo(value: ${literal(value)}) }` }),
      );
      expect(result).toHaveProperty('message', expect.stringMatching(new RegExp(`${name} is .+, not `)));
    },
  );

  test.each([
    ['AWSJSON', '{ a: 1 }'],
    ['AWSJSON', '[1]'],
    ['AWSDate', 'TODAY'],
    ['Long', '1.0'],
    ['Long', '1e3'],
  ])('%s refuses %s', (name, text) => {
    const result = outcome(graphqlSync({ schema: echo(name), source: `{ echo(value: ${text}) }` }));
    expect(result).toHaveProperty('message', expect.stringContaining(`${name} is `));
  });
});

test('messages show the beginning of long values', () => {
  const value = 'x'.repeat(10_000);
  const result = outcome(
    graphqlSync({ schema: echo('AWSDate'), source: '{ echo(value: "' + value + '") }' }),
  );
  expect('message' in result ? result.message.length : 0).toBeLessThan(300);
});
