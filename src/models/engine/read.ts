import type { Caller } from '../../auth/caller.ts';
import type { Database } from '../../database/connection.ts';
import { asUnavailable } from '../../database/errors.ts';
import type { FilterInput } from '../filter/filter.ts';
import { parseFilter } from '../filter/parse.ts';
import type { Item } from '../model.ts';
import { grantsFor, isVisible, notAuthorized } from '../rules.ts';
import { visibleCondition } from './conditions.ts';
import { readKey } from './input.ts';
import type { PageTokens, Question } from './page-tokens.ts';
import { readPage } from './pages.ts';
import type { Store } from './store.ts';

export interface ReaderParts {
  readonly database: Pick<Database, 'sql'>;
  readonly tokens: PageTokens;
}

export interface GetOptions {
  /** Whether a tombstone is shown. */
  readonly deleted: boolean;
}

export interface ListRequest {
  readonly filter?: FilterInput | undefined;
  /** Items of a page: 1 to 1 000, 100 where none is given; what lies outside is drawn to the nearest. */
  readonly limit?: number | undefined;
  readonly nextToken?: string | undefined;
  /** Whether tombstones are among the items. */
  readonly deleted: boolean;
}

export interface ItemPage {
  readonly items: readonly Item[];
  /** Null on the last page. */
  readonly nextToken: string | null;
}

export interface Reader {
  /** Null where there is none. FORBIDDEN where there is one that the caller may not read. */
  get(store: Store, caller: Caller, id: string, options: GetOptions): Promise<Item | null>;
  /** In the order of keys. What the caller may not read is left out. */
  list(store: Store, caller: Caller, request: ListRequest): Promise<ItemPage>;
}

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

export function clampLimit(limit: number | undefined): number {
  return Math.min(Math.max(limit ?? DEFAULT_LIMIT, 1), MAX_LIMIT);
}

export function createReader({ database, tokens }: ReaderParts): Reader {
  const { sql } = database;
  return {
    async get(store, caller, id, { deleted }) {
      const { model } = store;
      const denied = notAuthorized(`get${model.name}`, 'Query');
      const grant = grantsFor(model, caller, 'get');
      if (grant.kind === 'none') throw denied;
      try {
        const { stored } = await store.look(sql, readKey(id, 'id'), false);
        if (stored === undefined || (stored.item._deleted === true && !deleted)) return null;
        if (!isVisible(grant, stored.item)) throw denied;
        return stored.item;
      } catch (error) {
        throw asUnavailable(error);
      }
    },

    async list(store, caller, { filter: input, limit, nextToken, deleted }) {
      const { model } = store;
      const grant = grantsFor(model, caller, 'list');
      if (grant.kind === 'none') throw notAuthorized(`list${model.plural}`, 'Query');
      const question: Question = { field: 'list', model: model.name, caller, filter: input };
      const after = nextToken === undefined ? undefined : keyOf(tokens.read(question, nextToken)['after']);
      const filter = input === undefined ? undefined : parseFilter(model, input, 'filter');
      const condition = visibleCondition(model, grant, filter);
      if (!deleted) condition.and('"_deleted" is null');
      if (after !== undefined) condition.and(`"id" > ${condition.bind(after)}::text`);
      try {
        const page = await readPage(sql, store, {
          condition,
          order: 'id',
          limit: clampLimit(limit),
          prepare: filter === undefined,
        });
        const items = page.rows.map(({ item }) => item);
        const last = page.more ? items.at(-1) : undefined;
        return {
          items,
          nextToken: last === undefined ? null : tokens.write(question, { after: keyOf(last['id']) }),
        };
      } catch (error) {
        throw asUnavailable(error);
      }
    },
  };
}

/** Keys are strings; a token of ours holds nothing else. */
function keyOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
