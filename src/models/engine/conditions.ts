import type { Filter, Scalar } from '../filter/filter.ts';
import { filterSql, type Parameters } from '../filter/sql.ts';
import type { Model } from '../model.ts';
import type { Grant, OwnerField } from '../rules.ts';
import { quoted } from '../tables/columns.ts';

/** A condition for `where` and the values of its places. */
export interface Condition extends Parameters {
  /** All of these must hold. */
  and(condition: string): void;
  readonly text: string;
  readonly values: readonly Scalar[];
}

export function createCondition(): Condition {
  const parts: string[] = [];
  const values: Scalar[] = [];
  return {
    bind(value) {
      values.push(value);
      return `$${values.length}`;
    },
    and(condition) {
      parts.push(condition);
    },
    get text() {
      return parts.length === 0 ? 'true' : parts.join(' and ');
    },
    values,
  };
}

/** The items of a model that a grant covers and a filter lets through. */
export function visibleCondition(model: Model, grant: Grant, filter: Filter | undefined): Condition {
  const condition = createCondition();
  if (grant.kind !== 'all') condition.and(grantSql(model, grant, condition));
  if (filter !== undefined) condition.and(filterSql(filter, condition));
  return condition;
}

/** `isVisible` of a grant, for Postgres. The forms are those that the indexes of owner columns serve. */
function grantSql(model: Model, grant: Exclude<Grant, { kind: 'all' }>, parameters: Parameters): string {
  if (grant.kind === 'none' || grant.fields.length === 0) return 'false';
  const mine = grant.fields.flatMap((owner) => ownerSql(model, owner, grant.values, parameters));
  return `(${mine.join(' or ')})`;
}

function ownerSql(
  model: Model,
  { field, many }: OwnerField,
  values: readonly string[],
  parameters: Parameters,
): string[] {
  const column = quoted(model.fieldsByName.get(field)?.column ?? field);
  if (many) {
    return values.map((value) => `${column} @> ${parameters.bind(JSON.stringify([value]))}::text::jsonb`);
  }
  return [`${column} in (${values.map((value) => `${parameters.bind(value)}::text`).join(', ')})`];
}
