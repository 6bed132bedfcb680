/**
 * Filters and conditions of models, with DynamoDB's meaning (spec/appsync.md 2.6). A client's input is read once
 * (`parse.ts`) into a `Filter`, which the hub evaluates in memory (`evaluate.ts`) and queries hand to Postgres
 * (`sql.ts`). Both give the same answer for every item: what is live and what is read cannot differ.
 */

import { isObject } from '../../base/json.ts';
import type { SqlType } from '../tables/sql-type.ts';

/** A value of `ModelXFilterInput`, `ModelXConditionInput` or `ModelSubscriptionXFilterInput`, as GraphQL coerced it. */
export type FilterInput = Readonly<Record<string, unknown>>;

/**
 * A filter as it is decided. Every operator of the inputs comes down to these: `ne`, `notContains`, `notIn` are `not`,
 * so true where there is no value; `between` is `all` of two; `in` is `any`. `all` of nothing is true, `any` of
 * nothing false. Without a value every test is false.
 */
export type Filter =
  | { readonly kind: 'all'; readonly parts: readonly Filter[] }
  | { readonly kind: 'any'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  | { readonly kind: 'exists'; readonly attribute: Attribute }
  | {
      readonly kind: 'compare';
      readonly attribute: Attribute;
      readonly operator: Comparison;
      readonly value: Scalar;
    }
  /** Of text: holds this part. Of a list: has this element. */
  | { readonly kind: 'contains'; readonly attribute: Attribute; readonly value: Scalar }
  | { readonly kind: 'beginsWith'; readonly attribute: Attribute; readonly value: string }
  /** Characters of text, elements of a list. */
  | {
      readonly kind: 'size';
      readonly attribute: Attribute;
      readonly operator: Comparison;
      readonly value: number;
    }
  | { readonly kind: 'sameList'; readonly attribute: Attribute; readonly value: readonly (Scalar | null)[] };

export type Scalar = string | number | boolean;
export type Comparison = 'eq' | 'lt' | 'le' | 'gt' | 'ge';

/** A member of an item that a filter may speak of: a field that is no nested type, or `_deleted`. */
export interface Attribute {
  readonly name: string;
  readonly column: string;
  readonly sql: SqlType;
  /** Of the value, of the elements where it is a list. */
  readonly family: 'text' | 'number' | 'boolean';
  readonly list: boolean;
}

export const ALWAYS: Filter = { kind: 'all', parts: [] };
export const NEVER: Filter = { kind: 'any', parts: [] };

/** Deeper than any client nests, shallow enough for every stack. */
export const MAX_DEPTH = 20;
/** As many operators as DynamoDB allows in one expression; each value of `in` and `notIn` counts. */
export const MAX_TESTS = 300;

/** Whether a filter speaks of `_deleted`: then deleted items are no longer left out. */
export function mentionsDeleted(input: FilterInput): boolean {
  return mentions(input, MAX_DEPTH);
}

function mentions(input: unknown, levels: number): boolean {
  if (Array.isArray(input)) return input.some((part) => mentions(part, levels));
  if (!isObject(input) || levels === 0) return false;
  if (input['_deleted'] !== undefined && input['_deleted'] !== null) return true;
  return ['and', 'or', 'not'].some((name) => mentions(input[name], levels - 1));
}
