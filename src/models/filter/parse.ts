import { badInput } from '../../base/errors.ts';
import { isObject, isStorableText } from '../../base/json.ts';
import type { Field, Model } from '../model.ts';
import { columnType } from '../tables/sql-type.ts';
import { ALWAYS, MAX_DEPTH, MAX_TESTS, type Attribute, type Filter, type FilterInput } from './filter.ts';
import { readTests } from './operators.ts';

/**
 * Reads a filter. Fields beside one another, operators on one field, and `and`, `or`, `not` beside them must all hold
 * (in subscription filters too: docs/decisions.md says why). What is null is as if left out, but for `eq` and `ne`.
 * Throws BAD_USER_INPUT with the path of the value, which begins with `argument`.
 */
export function parseFilter(model: Model, input: FilterInput, argument: string): Filter {
  return readObject({ model, argument, tests: { left: MAX_TESTS } }, input, argument, MAX_DEPTH);
}

interface Reading {
  readonly model: Model;
  readonly argument: string;
  readonly tests: { left: number };
}

function readObject(reading: Reading, input: unknown, path: string, levels: number): Filter {
  if (!isObject(input)) throw badInput(path, `${path} must be an object.`);
  if (levels === 0) {
    throw badInput(path, `${reading.argument} is nested more than ${MAX_DEPTH} levels deep.`);
  }
  const parts: Filter[] = [];
  for (const [name, value] of Object.entries(input)) {
    if (value === null || value === undefined) continue;
    const here = `${path}.${name}`;
    switch (name) {
      case 'and':
        parts.push({ kind: 'all', parts: readList(reading, value, here, levels) });
        break;
      case 'or':
        parts.push({ kind: 'any', parts: readList(reading, value, here, levels) });
        break;
      case 'not':
        parts.push({ kind: 'not', part: readObject(reading, value, here, levels - 1) });
        break;
      default:
        parts.push(...readField(reading, name, value, here));
    }
  }
  return together(parts);
}

function readList(reading: Reading, value: unknown, path: string, levels: number): Filter[] {
  const inputs: readonly unknown[] = Array.isArray(value) ? value : [value];
  return inputs.flatMap((input, index) => {
    if (input === null) return [];
    spend(reading, 1, path);
    return [readObject(reading, input, `${path}.${index}`, levels - 1)];
  });
}

function readField(reading: Reading, name: string, value: unknown, path: string): Filter[] {
  const attribute = attributeOf(reading.model, name);
  if (attribute === undefined)
    throw badInput(path, `${reading.model.name} has no field ${name} to filter by.`);
  if (!isObject(value)) throw badInput(path, `${path} must be an object of operators, such as { eq: … }.`);
  return Object.entries(value).flatMap(([operator, operand]) => {
    if (operand === undefined) return [];
    const here = `${path}.${operator}`;
    spend(reading, Array.isArray(operand) ? Math.max(operand.length, 1) : 1, here);
    assertText(operand, here);
    return readTests(attribute, operator, operand, here);
  });
}

function together(parts: readonly Filter[]): Filter {
  const [first] = parts;
  if (first === undefined) return ALWAYS;
  return parts.length === 1 ? first : { kind: 'all', parts };
}

function spend({ tests, argument }: Reading, count: number, path: string): void {
  tests.left -= count;
  if (tests.left < 0) throw badInput(path, `${argument} has more than ${MAX_TESTS} tests.`);
}

/** Text that Postgres cannot hold is in no item, and would stop the query. */
function assertText(operand: unknown, path: string): void {
  const operands: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (operands.every((text) => typeof text !== 'string' || isStorableText(text))) return;
  throw badInput(path, `${path} holds U+0000 or half a surrogate pair, which no item holds; remove it.`);
}

const DELETED: Attribute = {
  name: '_deleted',
  column: '_deleted',
  sql: 'boolean',
  family: 'boolean',
  list: false,
};

function attributeOf(model: Model, name: string): Attribute | undefined {
  if (name === DELETED.name) return DELETED;
  const field = model.fieldsByName.get(name);
  const family = field === undefined ? undefined : familyOf(field);
  if (field === undefined || family === undefined) return undefined;
  return { name, column: field.column, sql: columnType(field), family, list: field.list !== undefined };
}

function familyOf({ type }: Field): Attribute['family'] | undefined {
  if (type.kind === 'object') return undefined;
  if (type.kind === 'enum') return 'text';
  switch (type.name) {
    case 'Int':
    case 'Float':
    case 'AWSTimestamp':
      return 'number';
    case 'Boolean':
      return 'boolean';
    case 'ID':
    case 'String':
    case 'AWSDate':
    case 'AWSTime':
    case 'AWSDateTime':
    case 'AWSEmail':
    case 'AWSJSON':
    case 'AWSURL':
    case 'AWSPhone':
    case 'AWSIPAddress':
      return 'text';
  }
}
