import type { Queryable, Transaction } from '../../database/connection.ts';
import type { Json } from '../../base/json.ts';
import type { ClientSettings, PoolSettings } from '../settings.ts';

export interface Pool {
  readonly id: string;
  readonly name: string;
  readonly settings: PoolSettings;
  readonly createdAt: Date;
  readonly lastModifiedAt: Date;
}

export interface Client {
  readonly id: string;
  readonly poolId: string;
  readonly name: string;
  /** Sealed; null for a client without a secret. */
  readonly sealedSecret: string | null;
  readonly settings: ClientSettings;
  readonly createdAt: Date;
  readonly lastModifiedAt: Date;
}

/** A client and its pool: what every public operation begins with. */
export interface ClientOfPool {
  readonly client: Client;
  readonly pool: Pool;
}

export const poolColumns = (sql: Queryable) =>
  sql`p.id, p.name, p.settings, p.created_at as "createdAt", p.last_modified_at as "lastModifiedAt"`;

export const clientColumns = (sql: Queryable) => sql`
  c.id, c.pool_id as "poolId", c.name, c.secret as "sealedSecret", c.settings,
  c.created_at as "createdAt", c.last_modified_at as "lastModifiedAt"`;

export async function readPool(sql: Queryable, id: string): Promise<Pool | undefined> {
  const [row] = await sql<Pool[]>`select ${poolColumns(sql)} from rockpool.user_pools p where p.id = ${id}`;
  return row;
}

/** The same with the row locked until the transaction ends: begin of every change of a pool and of what it counts. */
export async function lockPool(sql: Transaction, id: string): Promise<Pool | undefined> {
  const [row] = await sql<Pool[]>`
    select ${poolColumns(sql)} from rockpool.user_pools p where p.id = ${id} for no key update`;
  return row;
}

/** One statement: settings are never remembered, so that a change holds at once on every node. */
export async function readClient(sql: Queryable, id: string): Promise<ClientOfPool | undefined> {
  type Row = Client & {
    poolName: string;
    poolSettings: PoolSettings;
    poolCreatedAt: Date;
    poolModifiedAt: Date;
  };
  const [row] = await sql<Row[]>`
    select ${clientColumns(sql)}, p.name as "poolName", p.settings as "poolSettings",
      p.created_at as "poolCreatedAt", p.last_modified_at as "poolModifiedAt"
    from rockpool.user_pool_clients c join rockpool.user_pools p on p.id = c.pool_id where c.id = ${id}`;
  if (row === undefined) return undefined;
  const { poolName, poolSettings, poolCreatedAt, poolModifiedAt, ...client } = row;
  const pool = {
    id: client.poolId,
    name: poolName,
    settings: poolSettings,
    createdAt: poolCreatedAt,
    lastModifiedAt: poolModifiedAt,
  };
  return { client, pool };
}

/** False when a pool of that id was there before. */
export async function insertPool(
  sql: Queryable,
  pool: { readonly id: string; readonly name: string; readonly settings: PoolSettings },
): Promise<boolean> {
  const rows = await sql`
    insert into rockpool.user_pools (id, name, settings, created_at, last_modified_at)
    values (${pool.id}, ${pool.name}, ${sql.json(asJson(pool.settings))}, clock_timestamp(), clock_timestamp())
    on conflict do nothing returning id`;
  return rows.length > 0;
}

export async function updatePool(
  sql: Transaction,
  pool: Pick<Pool, 'id' | 'name' | 'settings'>,
): Promise<void> {
  await sql`
    update rockpool.user_pools set name = ${pool.name}, settings = ${sql.json(asJson(pool.settings))},
      last_modified_at = clock_timestamp()
    where id = ${pool.id}`;
}

export async function insertClient(
  sql: Queryable,
  client: {
    readonly id: string;
    readonly poolId: string;
    readonly name: string;
    readonly sealedSecret: string | null;
    readonly settings: ClientSettings;
  },
): Promise<void> {
  await sql`
    insert into rockpool.user_pool_clients (id, pool_id, name, secret, settings, created_at, last_modified_at)
    values (${client.id}, ${client.poolId}, ${client.name}, ${client.sealedSecret},
      ${sql.json(asJson(client.settings))}, clock_timestamp(), clock_timestamp())`;
}

/** Settings are plain data; their types say more than JSON's. */
export function asJson(settings: PoolSettings | ClientSettings): Exclude<Json, null> & object {
  return settings as unknown as Exclude<Json, null> & object;
}
