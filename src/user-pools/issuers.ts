import { createIssuers } from '../auth/issuers.ts';
import type { Clock } from '../base/clock.ts';
import type { Sql } from '../database/connection.ts';

/** Addresses under which nodes of this deployment issue tokens. Each records its own; tokens of one are good on all. */
export interface PoolIssuers {
  /** Records this node's address as the newest. */
  recordNode(): Promise<void>;
  /** This node's address, without a slash at the end. */
  readonly address: string;
  /** The `iss` of tokens that this node issues for a pool. */
  issuerOf(poolId: string): string;
  /** The pool that an `iss` names, when some node serves under its address. Whether the pool is there is not asked. */
  isIssuer(iss: string): Promise<{ readonly poolId: string } | undefined>;
  /** The address that a node recorded last. */
  lastAddress(): Promise<string | undefined>;
}

const POOL_ID = /^[\w-]+_[0-9a-zA-Z]+$/;

export function createPoolIssuers({
  sql,
  publicUrl,
  clock,
}: {
  readonly sql: Sql;
  /** How clients reach this node. */
  readonly publicUrl: string;
  readonly clock: Clock;
}): PoolIssuers {
  const address = publicUrl.replace(/\/+$/, '');
  const recorded = createIssuers({
    clock,
    async addresses() {
      const rows = await sql<{ publicUrl: string }[]>`select public_url as "publicUrl" from rockpool.nodes`;
      return rows.map((row) => row.publicUrl);
    },
  });
  return {
    address,
    async recordNode() {
      await sql`
        insert into rockpool.nodes (public_url, seen_at) values (${address}, clock_timestamp())
        on conflict (public_url) do update set seen_at = excluded.seen_at`;
    },
    issuerOf: (poolId) => `${address}/${poolId}`,
    async isIssuer(iss) {
      const poolId = iss.slice(iss.lastIndexOf('/') + 1);
      if (!POOL_ID.test(poolId)) return undefined;
      if (iss === `${address}/${poolId}`) return { poolId };
      return (await recorded.poolOf(iss)) === poolId ? { poolId } : undefined;
    },
    async lastAddress() {
      const [row] = await sql<{ publicUrl: string }[]>`
        select public_url as "publicUrl" from rockpool.nodes order by seen_at desc, public_url limit 1`;
      return row?.publicUrl;
    },
  };
}
