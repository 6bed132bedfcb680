import type { Queryable, Transaction } from '../../database/connection.ts';
import type { UserFilter } from '../user-filter.ts';
import type { User } from './users.ts';

/** A user as lists show one. */
export type ListedUser = Pick<
  User,
  'username' | 'sub' | 'attributes' | 'status' | 'enabled' | 'createdAt' | 'lastModifiedAt'
> & {
  /** What users of a pool are ordered by. */
  readonly usernameKey: string;
};

const columns = (sql: Queryable) => sql`
  u.username, u.username_key as "usernameKey", u.sub, u.attributes, u.status, u.enabled,
  u.created_at as "createdAt", u.last_modified_at as "lastModifiedAt"`;

/** Users of a pool whose keys are above `after` and whom the filter lets through, by key. */
export async function listUsers(
  sql: Queryable,
  poolId: string,
  filter: UserFilter | undefined,
  after: string,
  limit: number,
): Promise<readonly ListedUser[]> {
  return sql<ListedUser[]>`
    select ${columns(sql)} from rockpool.users u
    where u.pool_id = ${poolId} and u.username_key > ${after}
      and ${filter === undefined ? sql`true` : condition(sql, filter)}
    order by u.username_key limit ${limit}`;
}

/** Members of a group whose subs are above `after`, by sub. */
export async function listMembers(
  sql: Queryable,
  { poolId, groupName }: { readonly poolId: string; readonly groupName: string },
  after: string,
  limit: number,
): Promise<readonly ListedUser[]> {
  return sql<ListedUser[]>`
    select ${columns(sql)} from rockpool.group_members m
    join rockpool.users u on u.pool_id = m.pool_id and u.sub = m.sub
    where m.pool_id = ${poolId} and m.group_name = ${groupName} and m.sub > ${after}
    order by m.sub limit ${limit}`;
}

/** Behind every text that begins with another: no character of a username comes after it. */
const LAST_CHARACTER = '\u{10ffff}';

function condition(sql: Queryable, { attribute, match, value }: UserFilter) {
  switch (attribute) {
    case 'username':
      if (match === 'equal') return sql`u.username_key = ${value}`;
      // The bounds let the index of the keys find the range.
      return sql`u.username_key >= ${value} and u.username_key < ${value + LAST_CHARACTER}
        and starts_with(u.username_key, ${value})`;
    case 'sub':
      return matches(sql, sql`u.sub`, match, value);
    case 'cognito:user_status':
      return matches(sql, sql`u.status`, match, value.toUpperCase());
    case 'status':
      return matches(sql, sql`case when u.enabled then 'Enabled' else 'Disabled' end`, match, value);
    default:
      return matches(sql, sql`(u.attributes ->> ${attribute}::text)`, match, value);
  }
}

function matches(
  sql: Queryable,
  column: ReturnType<typeof sql>,
  match: UserFilter['match'],
  value: string,
): ReturnType<typeof sql> {
  return match === 'equal' ? sql`${column} = ${value}` : sql`starts_with(${column}, ${value})`;
}

export async function countUsers(sql: Queryable, poolId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from rockpool.users where pool_id = ${poolId}`;
  return row?.count ?? 0;
}

/** Locks up to `limit` users of a pool for their deletion, in the order of their subs. */
export async function lockSomeUsers(
  sql: Transaction,
  poolId: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await sql<{ sub: string }[]>`
    select u.sub from rockpool.users u where u.pool_id = ${poolId} order by u.sub limit ${limit} for update`;
  return rows.map(({ sub }) => sub);
}
