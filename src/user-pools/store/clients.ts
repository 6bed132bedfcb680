import type { Queryable, Transaction } from '../../database/connection.ts';
import { asJson, clientColumns, type Client } from './pools.ts';

export async function readClientOfPool(
  sql: Queryable,
  poolId: string,
  id: string,
): Promise<Client | undefined> {
  const [row] = await sql<Client[]>`
    select ${clientColumns(sql)} from rockpool.user_pool_clients c where c.pool_id = ${poolId} and c.id = ${id}`;
  return row;
}

export async function countClients(sql: Queryable, poolId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from rockpool.user_pool_clients where pool_id = ${poolId}`;
  return row?.count ?? 0;
}

/** Clients of a pool with ids above `after`, by id. */
export async function listClients(
  sql: Queryable,
  poolId: string,
  after: string,
  limit: number,
): Promise<readonly Client[]> {
  return sql<Client[]>`
    select ${clientColumns(sql)} from rockpool.user_pool_clients c
    where c.pool_id = ${poolId} and c.id > ${after} order by c.id limit ${limit}`;
}

export async function updateClient(
  sql: Transaction,
  client: Pick<Client, 'id' | 'poolId' | 'name' | 'settings'>,
): Promise<void> {
  await sql`
    update rockpool.user_pool_clients set name = ${client.name}, settings = ${sql.json(asJson(client.settings))},
      last_modified_at = clock_timestamp()
    where pool_id = ${client.poolId} and id = ${client.id}`;
}

/** False where it is not there. */
export async function deleteClient(sql: Queryable, poolId: string, id: string): Promise<boolean> {
  const rows = await sql`
    delete from rockpool.user_pool_clients where pool_id = ${poolId} and id = ${id} returning id`;
  return rows.length > 0;
}

export async function deleteClientsOfPool(sql: Transaction, poolId: string): Promise<void> {
  await sql`delete from rockpool.user_pool_clients where pool_id = ${poolId}`;
}
