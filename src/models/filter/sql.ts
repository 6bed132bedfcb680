import { quoted } from '../tables/columns.ts';
import type { Attribute, Comparison, Filter, Scalar } from './filter.ts';

/** Collects the parameters of a statement: `bind` gives the place of a value, such as `$3`. */
export interface Parameters {
  bind(value: Scalar): string;
}

/**
 * A filter as a condition over the columns of its model, for `where`. Null stands for false there: comparisons are
 * left bare so that indexes serve them, and `not` takes null for false.
 */
export function filterSql(filter: Filter, parameters: Parameters): string {
  switch (filter.kind) {
    case 'all':
      return joined(filter.parts, 'and', 'true', parameters);
    case 'any':
      return joined(filter.parts, 'or', 'false', parameters);
    case 'not':
      return `(${filterSql(filter.part, parameters)}) is not true`;
    default:
      return testSql(filter, quoted(filter.attribute.column), parameters);
  }
}

function joined(parts: readonly Filter[], word: string, nothing: string, parameters: Parameters): string {
  if (parts.length === 0) return nothing;
  return `(${parts.map((part) => filterSql(part, parameters)).join(` ${word} `)})`;
}

type Test = Exclude<Filter, { kind: 'all' | 'any' | 'not' }>;

const SIGNS: Readonly<Record<Comparison, string>> = { eq: '=', lt: '<', le: '<=', gt: '>', ge: '>=' };

function testSql(test: Test, column: string, parameters: Parameters): string {
  const { attribute } = test;
  switch (test.kind) {
    case 'exists':
      return `${column} is not null`;
    case 'compare':
      return `${column} ${SIGNS[test.operator]} ${operand(attribute, test.value, parameters)}`;
    case 'contains':
      return attribute.list
        ? `${column} @> ${json(test.value, parameters)}`
        : `strpos(${column}, ${parameters.bind(test.value)}::text) > 0`;
    case 'beginsWith':
      return `starts_with(${column}, ${parameters.bind(test.value)}::text)`;
    case 'size': {
      const size = attribute.list ? `jsonb_array_length(${column})` : `char_length(${column})`;
      return `${size} ${SIGNS[test.operator]} ${parameters.bind(test.value)}::bigint`;
    }
    case 'sameList':
      return `${column} = ${json(test.value, parameters)}`;
  }
}

/** Integers are compared as bigint, which loses nothing of any whole number that an input can hold. */
function operand({ sql }: Attribute, value: Scalar, parameters: Parameters): string {
  return `${parameters.bind(value)}::${sql === 'integer' ? 'bigint' : sql}`;
}

function json(value: Scalar | readonly (Scalar | null)[], parameters: Parameters): string {
  return `${parameters.bind(JSON.stringify(value))}::text::jsonb`;
}
