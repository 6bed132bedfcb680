import type { Item } from '../model.ts';
import type { Comparison, Filter, Scalar } from './filter.ts';
import { compareText, countCharacters } from './text-order.ts';

/** Whether an item, as it stands in the journal, passes a filter. The same answer as `filterSql` gives in Postgres. */
export function matches(filter: Filter, item: Item): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.parts.every((part) => matches(part, item));
    case 'any':
      return filter.parts.some((part) => matches(part, item));
    case 'not':
      return !matches(filter.part, item);
    default: {
      const value = item[filter.attribute.name];
      return value !== null && value !== undefined && holds(filter, value);
    }
  }
}

type Test = Exclude<Filter, { kind: 'all' | 'any' | 'not' }>;

function holds(test: Test, value: unknown): boolean {
  switch (test.kind) {
    case 'exists':
      return true;
    case 'compare':
      return sides(test.operator, compareScalars(value, test.value));
    case 'contains':
      if (Array.isArray(value)) return value.includes(test.value);
      return typeof value === 'string' && value.includes(String(test.value));
    case 'beginsWith':
      return typeof value === 'string' && value.startsWith(test.value);
    case 'size':
      return sides(test.operator, sizeOf(value) - test.value);
    case 'sameList':
      return (
        Array.isArray(value) &&
        value.length === test.value.length &&
        value.every((element, index) => element === test.value[index])
      );
  }
}

/** Below 0, 0, above 0; NaN for two types, with which nothing holds. */
function compareScalars(value: unknown, operand: Scalar): number {
  if (typeof value === 'string' && typeof operand === 'string') return compareText(value, operand);
  return typeof value === typeof operand ? Number(value) - Number(operand) : Number.NaN;
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'string' ? countCharacters(value) : Number.NaN;
}

function sides(operator: Comparison, difference: number): boolean {
  switch (operator) {
    case 'eq':
      return difference === 0;
    case 'lt':
      return difference < 0;
    case 'le':
      return difference <= 0;
    case 'gt':
      return difference > 0;
    case 'ge':
      return difference >= 0;
  }
}
