import type { Queryable, Transaction } from '../../database/connection.ts';

export interface Group {
  readonly poolId: string;
  readonly name: string;
  readonly description: string | null;
  readonly roleArn: string | null;
  /** The lowest is the best, null the worst. */
  readonly precedence: number | null;
  readonly createdAt: Date;
  readonly lastModifiedAt: Date;
}

/** What a group is, without its name. Undefined in a change: stays as it is. */
export interface GroupDetails {
  readonly description: string | undefined;
  readonly roleArn: string | undefined;
  readonly precedence: number | undefined;
}

const columns = (sql: Queryable) => sql`
  g.pool_id as "poolId", g.name, g.description, g.role_arn as "roleArn", g.precedence,
  g.created_at as "createdAt", g.last_modified_at as "lastModifiedAt"`;

export async function readGroup(sql: Queryable, poolId: string, name: string): Promise<Group | undefined> {
  const [row] = await sql<Group[]>`
    select ${columns(sql)} from rockpool.user_groups g where g.pool_id = ${poolId} and g.name = ${name}`;
  return row;
}

/** Keeps the group from being deleted until the transaction ends. False where it is not there. */
export async function holdGroup(sql: Transaction, poolId: string, name: string): Promise<boolean> {
  const rows = await sql`
    select from rockpool.user_groups where pool_id = ${poolId} and name = ${name} for key share`;
  return rows.length > 0;
}

/** Undefined when the name is taken. */
export async function insertGroup(
  sql: Transaction,
  { poolId, name, description, roleArn, precedence }: GroupDetails & Pick<Group, 'poolId' | 'name'>,
): Promise<Group | undefined> {
  const [row] = await sql<Group[]>`
    insert into rockpool.user_groups as g (pool_id, name, description, role_arn, precedence, created_at,
      last_modified_at)
    values (${poolId}, ${name}, ${description ?? null}, ${roleArn ?? null}, ${precedence ?? null},
      clock_timestamp(), clock_timestamp())
    on conflict do nothing returning ${columns(sql)}`;
  return row;
}

export async function countGroups(sql: Queryable, poolId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from rockpool.user_groups where pool_id = ${poolId}`;
  return row?.count ?? 0;
}

export async function updateGroup(
  sql: Queryable,
  poolId: string,
  name: string,
  { description, roleArn, precedence }: GroupDetails,
): Promise<Group | undefined> {
  const [row] = await sql<Group[]>`
    update rockpool.user_groups g set
      description = coalesce(${description ?? null}, g.description),
      role_arn = coalesce(${roleArn ?? null}, g.role_arn),
      precedence = coalesce(${precedence ?? null}::int, g.precedence),
      last_modified_at = clock_timestamp()
    where g.pool_id = ${poolId} and g.name = ${name} returning ${columns(sql)}`;
  return row;
}

/** Groups of a pool with names above `after`, by name. */
export async function listGroups(
  sql: Queryable,
  poolId: string,
  after: string,
  limit: number,
): Promise<readonly Group[]> {
  return sql<Group[]>`
    select ${columns(sql)} from rockpool.user_groups g
    where g.pool_id = ${poolId} and g.name > ${after} order by g.name limit ${limit}`;
}

/** Groups of a user, likewise. */
export async function listGroupsOfUser(
  sql: Queryable,
  { poolId, sub }: { readonly poolId: string; readonly sub: string },
  after: string,
  limit: number,
): Promise<readonly Group[]> {
  return sql<Group[]>`
    select ${columns(sql)} from rockpool.group_members m
    join rockpool.user_groups g on g.pool_id = m.pool_id and g.name = m.group_name
    where m.pool_id = ${poolId} and m.sub = ${sub} and m.group_name > ${after}
    order by m.group_name limit ${limit}`;
}

/**
 * Deletes a group that has no members. Whoever adds one holds the row: they come wholly before, and then the group
 * is `occupied`, or wholly after, and find no group.
 */
export async function deleteEmptyGroup(
  sql: Transaction,
  poolId: string,
  name: string,
): Promise<'deleted' | 'occupied' | 'gone'> {
  const found = await sql`
    select from rockpool.user_groups where pool_id = ${poolId} and name = ${name} for update`;
  if (found.length === 0) return 'gone';
  const members = await sql`
    select from rockpool.group_members where pool_id = ${poolId} and group_name = ${name} limit 1`;
  if (members.length > 0) return 'occupied';
  await sql`delete from rockpool.user_groups where pool_id = ${poolId} and name = ${name}`;
  return 'deleted';
}
