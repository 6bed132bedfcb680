import type { Queryable, Transaction } from '../../database/connection.ts';
import { poolColumns, type Pool } from './pools.ts';

/** Lets those who make pools come one after the other, until the transaction ends. */
export async function lockPools(sql: Transaction): Promise<void> {
  await sql`lock table rockpool.user_pools in share row exclusive mode`;
}

export async function countPools(sql: Queryable): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*) as count from rockpool.user_pools`;
  return row?.count ?? 0;
}

/** Pools with ids above `after`, by id. */
export async function listPools(sql: Queryable, after: string, limit: number): Promise<readonly Pool[]> {
  return sql<Pool[]>`
    select ${poolColumns(sql)} from rockpool.user_pools p where p.id > ${after} order by p.id limit ${limit}`;
}

/**
 * Deletes a pool without users, and what is left of those who were in it. False while there is one: whoever signs up
 * holds the pool's row, so they come wholly before, or wholly after and find no pool.
 */
export async function deleteEmptyPool(sql: Transaction, poolId: string): Promise<boolean> {
  await sql`select from rockpool.user_pools where id = ${poolId} for update`;
  const users = await sql`select from rockpool.users where pool_id = ${poolId} limit 1`;
  if (users.length > 0) return false;
  await sql`delete from rockpool.user_pools where id = ${poolId}`;
  for (const table of LEFT_OVER) {
    await sql`delete from ${sql(`rockpool.${table}`)} where pool_id = ${poolId}`;
  }
  return true;
}

/** Tables whose rows name the pool and do not go with it. */
const LEFT_OVER = [
  'user_aliases',
  'confirmation_codes',
  'attempt_windows',
  'group_members',
  'refresh_tokens',
  'revoked_origins',
];
