import type { Queryable } from '../../database/connection.ts';
import type { Filter } from '../filter/filter.ts';
import type { Item } from '../model.ts';
import type { Grant } from '../rules.ts';
import { visibleCondition } from './conditions.ts';
import { readPage } from './pages.ts';
import type { Store } from './store.ts';
import type { Base } from './sync-place.ts';

export interface BaseRequest {
  readonly store: Store;
  readonly grant: Grant;
  readonly filter: Filter | undefined;
  readonly horizon: number;
  readonly limit: number;
}

export interface BasePage {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined: this was the last. */
  readonly next: Base | undefined;
}

/**
 * One page of everything in the caller's view: live items first, because clients that stop at a cap count tombstones
 * too (spec/appsync.md 1.5). Tombstones only up to the horizon, so that the read ends under steady deleting: later
 * ones come with the next sync.
 */
export async function readBase(sql: Queryable, base: Base, request: BaseRequest): Promise<BasePage> {
  const { limit } = request;
  if (base.kind === 'dead') return readDead(sql, base.after, request, limit);
  const live = await readLive(sql, base.after, request, limit);
  if (live.next !== undefined) return live;
  const dead = await readDead(sql, 0, request, limit - live.items.length);
  return { items: [...live.items, ...dead.items], next: dead.next };
}

async function readLive(
  sql: Queryable,
  after: string | undefined,
  { store, grant, filter }: BaseRequest,
  limit: number,
): Promise<BasePage> {
  const condition = visibleCondition(store.model, grant, filter);
  condition.and('"_deleted" is null');
  if (after !== undefined) condition.and(`"id" > ${condition.bind(after)}::text`);
  const page = await readPage(sql, store, { condition, order: 'id', limit, prepare: filter === undefined });
  const items = page.rows.map(({ item }) => item);
  const last = page.more ? items.at(-1) : undefined;
  return { items, next: last === undefined ? undefined : { kind: 'live', after: String(last['id']) } };
}

async function readDead(
  sql: Queryable,
  after: number,
  { store, grant, filter, horizon }: BaseRequest,
  limit: number,
): Promise<BasePage> {
  const condition = visibleCondition(store.model, grant, filter);
  condition.and('"_deleted"');
  condition.and(`"_seq" > ${condition.bind(after)}::bigint and "_seq" <= ${condition.bind(horizon)}::bigint`);
  const page = await readPage(sql, store, { condition, order: '_seq', limit, prepare: filter === undefined });
  return {
    items: page.rows.map(({ item }) => item),
    next: page.more ? { kind: 'dead', after: page.rows.at(-1)?.seq ?? after } : undefined,
  };
}
