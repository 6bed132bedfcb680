import type { Sql } from '../database/connection.ts';
import type { Clients } from './clients.ts';
import { invalidParameter } from './errors.ts';
import type { Page, PageRequest, Pages } from './pages.ts';
import { listUsers, type ListedUser } from './store/user-list.ts';
import { parseUserFilter } from './user-filter.ts';
import { lookupKey } from './usernames.ts';

/** The users of a pool, all or those whom one clause lets through. What was committed before the call is found. */
export interface UserSearch {
  /**
   * Users in the order of their names. `attributes` are those that are asked for: each must be in the pool's schema.
   * Throws INVALID_PARAMETER for them, the filter or the token, NOT_FOUND for the pool.
   */
  list(
    request: {
      readonly poolId: string;
      readonly filter: string | undefined;
      readonly attributes: readonly string[] | undefined;
    },
    page: PageRequest,
  ): Promise<Page<ListedUser>>;
}

export function createUserSearch({
  sql,
  clients,
  pages,
}: {
  readonly sql: Sql;
  readonly clients: Clients;
  readonly pages: Pages;
}): UserSearch {
  return {
    async list({ poolId, filter: text = '', attributes }, page) {
      const { settings } = await clients.requirePool(poolId);
      const parsed = parseUserFilter(text);
      const known = new Set(settings.schema.map(({ name }) => name));
      if (attributes?.some((name) => !known.has(name)) === true) {
        throw invalidParameter('One or more requested attributes do not exist.');
      }
      const filter =
        parsed?.attribute === 'username' ? { ...parsed, value: lookupKey(settings, parsed.value) } : parsed;
      const list = {
        name: `users/${poolId}/${text}`,
        read: (after: string, limit: number) => listUsers(sql, poolId, filter, after, limit),
        keyOf: (user: ListedUser) => user.usernameKey,
      };
      return pages.read(list, page);
    },
  };
}
