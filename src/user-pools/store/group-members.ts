import type { Transaction } from '../../database/connection.ts';

/** A user in a group. Both rows are held by the caller, the user's locked. */
export interface Membership {
  readonly poolId: string;
  readonly sub: string;
  readonly groupName: string;
}

/** False for a user who was in the group before. */
export async function insertMember(
  sql: Transaction,
  { poolId, sub, groupName }: Membership,
): Promise<boolean> {
  const rows = await sql`
    insert into rockpool.group_members (pool_id, group_name, sub, created_at)
    values (${poolId}, ${groupName}, ${sub}, clock_timestamp()) on conflict do nothing returning sub`;
  return rows.length > 0;
}

/** False for a user who was not in the group. */
export async function deleteMember(
  sql: Transaction,
  { poolId, sub, groupName }: Membership,
): Promise<boolean> {
  const rows = await sql`
    delete from rockpool.group_members
    where pool_id = ${poolId} and sub = ${sub} and group_name = ${groupName} returning sub`;
  return rows.length > 0;
}

export async function countGroupsOfUser(sql: Transaction, poolId: string, sub: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from rockpool.group_members where pool_id = ${poolId} and sub = ${sub}`;
  return row?.count ?? 0;
}

/**
 * Takes up to `limit` users out of a group, their rows locked in the order of their subs. `found` is how many were
 * looked at: 0 means that nobody is left; `removed` are those whom this transaction took out.
 */
export async function deleteSomeMembers(
  sql: Transaction,
  poolId: string,
  groupName: string,
  limit: number,
): Promise<{ readonly found: number; readonly removed: readonly string[] }> {
  const found = await sql<{ sub: string }[]>`
    select sub from rockpool.group_members
    where pool_id = ${poolId} and group_name = ${groupName} limit ${limit}`;
  const subs = found.map(({ sub }) => sub);
  await sql`
    select from rockpool.users where pool_id = ${poolId} and sub = any(${subs}::text[])
    order by sub for no key update`;
  const removed = await sql<{ sub: string }[]>`
    delete from rockpool.group_members
    where pool_id = ${poolId} and group_name = ${groupName} and sub = any(${subs}::text[]) returning sub`;
  return { found: subs.length, removed: removed.map(({ sub }) => sub) };
}
