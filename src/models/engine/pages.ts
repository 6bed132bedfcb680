import type { Queryable } from '../../database/connection.ts';
import type { Item, Model } from '../model.ts';
import { qualified, quoted } from '../tables/columns.ts';
import { columnType } from '../tables/sql-type.ts';
import type { Condition } from './conditions.ts';
import type { Store, Stored } from './store.ts';

/**
 * A page ends where its items, as stored, reach so many bytes; the first item comes whatever its size. What lies in
 * memory at once so has a bound, whatever people write.
 */
export const PAGE_BYTES = 4 * 1024 * 1024;

export interface Page {
  readonly rows: readonly Stored[];
  /** Whether there are further rows behind the last one. */
  readonly more: boolean;
}

export interface PageRequest {
  readonly condition: Condition;
  readonly order: 'id' | '_seq';
  readonly limit: number;
  /** Whether the condition has one of few forms: what is prepared stays for the life of a connection. */
  readonly prepare: boolean;
}

/** The first rows of a model that meet a condition, in an order. */
export async function readPage(sql: Queryable, store: Store, request: PageRequest): Promise<Page> {
  const { condition, order, limit, prepare } = request;
  const text = pageSql(store.model, store.statements.columns, {
    where: condition.text,
    order,
    limit: condition.bind(limit + 1),
  });
  return pageOf(await sql.unsafe<PageLine[]>(text, [...condition.values], { prepare }), limit);
}

export type PageLine = Item & { readonly _seq: number; readonly _more: true | null };

/** The page that lines of `pageSql` make, where one more than `limit` was asked for. */
export function pageOf(lines: readonly PageLine[], limit: number): Page {
  const page = lines.slice(0, limit);
  return {
    rows: page.map(({ _seq, _more, ...item }) => ({ item, seq: _seq })),
    more: lines.length > limit || page.at(-1)?._more === true,
  };
}

export interface PageParts {
  readonly where: string;
  readonly order: 'id' | '_seq';
  /** The place of a number. */
  readonly limit: string;
}

/** The members of the items, `_seq`, and `_more`: true where another row follows within the limit. */
export function pageSql(model: Model, columns: string, { where, order, limit }: PageParts): string {
  const rows = `select * from ${qualified(model.table)} where ${where} order by ${quoted(order)} limit ${limit}::bigint`;
  return (
    `select ${columns}, "_seq", "_more" from (select t.*, lead(true) over w as "_more", ` +
    `sum(${bytesOf(model)}) over (w rows between unbounded preceding and 1 preceding) as "_bytes" ` +
    `from (${rows}) t window w as (order by t.${quoted(order)})) p ` +
    `where coalesce("_bytes", 0) < ${PAGE_BYTES} order by ${quoted(order)}`
  );
}

/** What a row takes where it is stored: without reading values that lie outside of it. */
function bytesOf({ fields }: Model): string {
  const sizes = fields
    .filter((field) => columnType(field) === 'text' || columnType(field) === 'jsonb')
    .map(({ column }) => `coalesce(pg_column_size(t.${quoted(column)}), 0)`);
  return ['100', ...sizes].join(' + ');
}
