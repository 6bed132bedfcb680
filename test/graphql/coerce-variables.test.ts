import fc from 'fast-check';
import { buildSchema, getVariableValues, Kind, parse, type GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createCoercer } from '../../src/graphql/coerce-variables.ts';

const schema = buildSchema(`
  type Query { ok: Boolean }
  enum Color { SAND KELP }
  scalar Anything
  input Point { x: Int! = 7, y: Float, label: ID }
  input Shape { name: String!, color: Color = KELP, points: [Point!], grid: [[Int]], parent: Shape, any: Anything }
`);

const VARIABLES = `query Q(
  $shape: Shape, $shapes: [Shape!]!, $count: Int = 3, $nothing: String = null, $color: Color!, $flag: Boolean
) { ok }`;

/** What graphql-js says: the values, or undefined where there are errors. */
function asGraphqlJs(text: string, given: Readonly<Record<string, unknown>>) {
  return getVariableValues(schema, definitionsOf(text), given).coerced;
}

function definitionsOf(text: string) {
  const [operation] = parse(text).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? (operation.variableDefinitions ?? []) : [];
}

const coercerOf = (text: string, of: GraphQLSchema = schema) => createCoercer(of, definitionsOf(text));

/** Values of all kinds, for where they do not belong. */
const any = fc.constantFrom<unknown>(
  'SAND',
  'sand',
  null,
  true,
  '',
  '7',
  0,
  -1,
  1.5,
  2 ** 31,
  -0,
  1e300,
  [],
  {},
);
/** A value that fits, or nearly always. */
const mostly = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 30, arbitrary: good }, { weight: 1, arbitrary: any });

const int = mostly(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(null)));
const text = mostly(fc.string({ maxLength: 3 }));
const color = mostly(fc.constantFrom('SAND', 'KELP'));
const point = mostly(
  fc.record({ x: fc.integer(), y: mostly(fc.double({ noNaN: true })), label: text }, { requiredKeys: [] }),
);
const { shape } = fc.letrec<{ shape: unknown }>((tie) => ({
  shape: mostly(
    fc.record(
      {
        name: text,
        color,
        points: fc.oneof(point, fc.array(point, { maxLength: 3 })),
        grid: fc.oneof(int, fc.array(fc.oneof(int, fc.array(int, { maxLength: 2 })), { maxLength: 2 })),
        parent: fc.oneof({ maxDepth: 2 }, fc.constant(null), tie('shape')),
        any: fc.jsonValue(),
      },
      { requiredKeys: ['name'] },
    ),
  ),
}));

describe('variables', () => {
  it('become what graphql-js makes of them, or nothing where it has an error', () => {
    const coerce = coercerOf(VARIABLES);
    const given = fc.record(
      {
        shape,
        shapes: fc.oneof(shape, fc.array(shape, { maxLength: 2 })),
        count: int,
        nothing: text,
        color,
        flag: mostly(fc.boolean()),
        extra: any,
      },
      { requiredKeys: ['shapes', 'color'] },
    );
    let fitted = 0;
    fc.assert(
      fc.property(given, (variables) => {
        const expected = asGraphqlJs(VARIABLES, variables);
        if (expected !== undefined) fitted++;
        expect(coerce(variables)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
    // Both outcomes were tried.
    expect(fitted).toBeGreaterThan(200);
    expect(fitted).toBeLessThan(1800);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a variable that is required is missing', {}],
    ['a variable that is required is null', { shapes: null, color: 'SAND' }],
    ['a member is unknown', { shapes: [{ name: 'a', colour: 'SAND' }], color: 'SAND' }],
    ['a member that is required is missing', { shapes: [{}], color: 'SAND' }],
    ['a member deep inside is wrong', { shapes: [{ name: 'a', parent: { name: 1 } }], color: 'SAND' }],
    ['a list stands for an object', { shapes: [['a']], color: 'SAND' }],
  ])('fit not where %s', (_name, variables) => {
    expect(asGraphqlJs(VARIABLES, variables)).toBeUndefined();
    expect(coercerOf(VARIABLES)(variables)).toBeUndefined();
  });

  it('get defaults of variables and of members, and one value stands for a list of one', () => {
    const shapes = { name: 'one', points: { y: 1 } };
    expect(coercerOf(VARIABLES)({ shapes, color: 'SAND' })).toEqual({
      shapes: [{ name: 'one', color: 'KELP', points: [{ x: 7, y: 1 }] }],
      color: 'SAND',
      count: 3,
      nothing: null,
    });
  });
});
