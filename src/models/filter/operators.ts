import { badInput } from '../../base/errors.ts';
import { isObject } from '../../base/json.ts';
import { NEVER, type Attribute, type Comparison, type Filter, type Scalar } from './filter.ts';

/** Reads one operator of the inputs (spec/appsync.md 3.5). A null operand is none, but for `eq` and `ne`. */
export function readTests(attribute: Attribute, operator: string, operand: unknown, path: string): Filter[] {
  switch (operator) {
    case 'eq':
      return [equals(attribute, operand, path)];
    case 'ne':
      return [not(equals(attribute, operand, path))];
    default:
      return operand === null ? [] : readTest(attribute, operator, operand, path);
  }
}

function readTest(attribute: Attribute, operator: string, operand: unknown, path: string): Filter[] {
  switch (operator) {
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      return [compare(attribute, operator, scalar(attribute, operand, path))];
    case 'between':
      return between(operand, path).map(({ operator: side, bound, at }) =>
        compare(attribute, side, scalar(attribute, bound, at)),
      );
    case 'contains':
      return [contains(attribute, operand, path)];
    case 'notContains':
      return [not(contains(attribute, operand, path))];
    case 'in':
      return [oneOf(attribute, operand, path)];
    case 'notIn':
      return [not(oneOf(attribute, operand, path))];
    case 'beginsWith': {
      const value = scalar(attribute, operand, path);
      if (typeof value !== 'string') throw unknownOperator(path);
      return [attribute.list ? NEVER : { kind: 'beginsWith', attribute, value }];
    }
    case 'attributeExists': {
      if (typeof operand !== 'boolean') throw badInput(path, `${path} must be true or false.`);
      const exists: Filter = { kind: 'exists', attribute };
      return [operand ? exists : not(exists)];
    }
    case 'attributeType':
      return [hasType(attribute, operand, path)];
    case 'size':
      return readSize(attribute, operand, path);
    default:
      throw unknownOperator(path);
  }
}

/**
 * A column that is null stands for a missing attribute and for one of type NULL alike: it equals null. A list equals
 * the same list (enums have that), never a single value.
 */
function equals(attribute: Attribute, operand: unknown, path: string): Filter {
  if (operand === null) return not({ kind: 'exists', attribute });
  if (!Array.isArray(operand)) return compare(attribute, 'eq', scalar(attribute, operand, path));
  if (!attribute.list) throw badInput(path, `${path} must be a single value.`);
  const value = operand.map((element: unknown, index) =>
    element === null ? null : scalar(attribute, element, `${path}.${index}`),
  );
  return { kind: 'sameList', attribute, value };
}

/** Comparing a list with a single value is comparing values of two types: false. */
function compare(attribute: Attribute, operator: Comparison, value: Scalar): Filter {
  return attribute.list ? NEVER : { kind: 'compare', attribute, operator, value };
}

function between(operand: unknown, path: string) {
  const bounds: readonly unknown[] = Array.isArray(operand) ? operand : [];
  if (bounds.length !== 2) throw badInput(path, `${path} must be a list of two values, both inclusive.`);
  return [
    { operator: 'ge', bound: bounds[0], at: `${path}.0` },
    { operator: 'le', bound: bounds[1], at: `${path}.1` },
  ] as const;
}

function contains(attribute: Attribute, operand: unknown, path: string): Filter {
  if (!attribute.list && attribute.family !== 'text') throw unknownOperator(path);
  return { kind: 'contains', attribute, value: scalar(attribute, operand, path) };
}

function oneOf(attribute: Attribute, operand: unknown, path: string): Filter {
  const operands: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  return {
    kind: 'any',
    parts: operands.map((value, index) => equals(attribute, value, `${path}.${index}`)),
  };
}

/** DynamoDB's names of types, as `ModelAttributeTypes` has them. Those that no column of ours can have are here too. */
const TYPES: ReadonlySet<unknown> = new Set([
  'binary',
  'binarySet',
  'bool',
  'list',
  'map',
  'number',
  'numberSet',
  'string',
  'stringSet',
  '_null',
]);
const TYPE_OF_FAMILY = { text: 'string', number: 'number', boolean: 'bool' } as const;

function hasType(attribute: Attribute, operand: unknown, path: string): Filter {
  if (!TYPES.has(operand)) throw badInput(path, `${path} must be one of ${[...TYPES].join(', ')}.`);
  const exists: Filter = { kind: 'exists', attribute };
  if (operand === '_null') return not(exists);
  return operand === (attribute.list ? 'list' : TYPE_OF_FAMILY[attribute.family]) ? exists : NEVER;
}

function readSize(attribute: Attribute, operand: unknown, path: string): Filter[] {
  if (!attribute.list && attribute.family !== 'text') throw unknownOperator(path);
  if (!isObject(operand)) throw badInput(path, `${path} must be an object of operators, such as { gt: 3 }.`);
  return Object.entries(operand).flatMap(([operator, value]): Filter[] => {
    if (value === null || value === undefined) return [];
    const here = `${path}.${operator}`;
    switch (operator) {
      case 'eq':
      case 'lt':
      case 'le':
      case 'gt':
      case 'ge':
        return [size(attribute, operator, value, here)];
      case 'ne':
        return [not(size(attribute, 'eq', value, here))];
      case 'between':
        return between(value, here).map(({ operator: side, bound, at }) => size(attribute, side, bound, at));
      default:
        throw unknownOperator(here);
    }
  });
}

function size(attribute: Attribute, operator: Comparison, value: unknown, path: string): Filter {
  if (!Number.isSafeInteger(value)) throw badInput(path, `${path} must be a whole number.`);
  return { kind: 'size', attribute, operator, value: value as number };
}

function scalar({ family, sql }: Attribute, value: unknown, path: string): Scalar {
  switch (family) {
    case 'text':
      if (typeof value === 'string') return value;
      throw badInput(path, `${path} must be a string.`);
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw badInput(path, `${path} must be true or false.`);
    case 'number':
      if (sql === 'integer' || sql === 'bigint' ? Number.isSafeInteger(value) : Number.isFinite(value)) {
        return value as number;
      }
      throw badInput(path, `${path} must be a ${sql === 'double precision' ? '' : 'whole '}number.`);
  }
}

function not(part: Filter): Filter {
  return { kind: 'not', part };
}

function unknownOperator(path: string) {
  return badInput(path, `${path} is no operator of this field.`);
}
