import type { Database } from '../database/connection.ts';
import { asUnavailable } from '../database/errors.ts';

/** A user pool whose logins an identity pool takes, with the app clients that the tokens must be for. */
export interface LinkedUserPool {
  readonly userPoolId: string;
  readonly clientIds: readonly string[];
}

export interface DefaultPoolOptions {
  readonly database: Pick<Database, 'sql'>;
  readonly identityPoolId: string;
  /** The default user pool first, then the trusted ones. */
  readonly userPools: readonly LinkedUserPool[];
}

/**
 * The identity pool that is there from the first start: guests allowed, linked to the default user pool and to the
 * trusted ones. The links follow the configuration at every start; nothing else of a pool that is there is changed.
 * Several nodes may do it at once.
 */
export async function ensureDefaultPool({
  database: { sql },
  identityPoolId,
  userPools,
}: DefaultPoolOptions): Promise<void> {
  const links = JSON.stringify(userPools.map(({ userPoolId, clientIds }) => ({ userPoolId, clientIds })));
  try {
    await sql`
      insert into rockpool.identity_pools as pool (id, name, allow_unauthenticated, user_pools, created_at)
      values (${identityPoolId}, 'Rockpool', true, ${links}::text::jsonb, clock_timestamp())
      on conflict (id) do update set user_pools = excluded.user_pools
      where pool.user_pools is distinct from excluded.user_pools`;
  } catch (error) {
    throw asUnavailable(error);
  }
}
