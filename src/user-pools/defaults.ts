import type { Sealer } from '../auth/sealing.ts';
import type { Database } from '../database/connection.ts';
import {
  defaultClientSettings,
  defaultPoolSettings,
  type ClientSettings,
  type PoolSettings,
} from './settings.ts';
import { generatePoolKeys, insertPoolKeys, type NewKey } from './signing-keys.ts';
import { insertClient, insertPool, readPool } from './store/pools.ts';

export const DEFAULT_CLIENT_ID = 'rockpoolclient0000000000001';
export const defaultPoolId = (region: string) => `${region}_Rockpool1`;

/** The pool that an empty database gets: an e-mail address stands in for the username once it is verified. */
export function defaultPool(): PoolSettings {
  return {
    ...defaultPoolSettings(),
    aliasAttributes: ['email'],
    autoVerifiedAttributes: ['email'],
    recovery: ['verified_email'],
  };
}

export function defaultClient(): ClientSettings {
  return {
    ...defaultClientSettings(),
    authFlows: [
      'USER_SRP_AUTH',
      'USER_PASSWORD_AUTH',
      'ADMIN_USER_PASSWORD_AUTH',
      'REFRESH_TOKEN_AUTH',
      'CUSTOM_AUTH',
    ],
    hideUserExistence: true,
  };
}

/**
 * Makes the default pool with its client and keys unless the pool is there. Whatever an owner made of them since
 * stays, and of several nodes that start at once one makes them.
 */
export async function ensureDefaults({
  database,
  sealer,
  region,
  newKeys = () => generatePoolKeys(sealer),
}: {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly region: string;
  /** Keys for the pool, asked for only when it is made. Two fresh ones take a moment. */
  readonly newKeys?: () => Promise<readonly NewKey[]>;
}): Promise<{ readonly poolId: string; readonly clientId: string }> {
  const poolId = defaultPoolId(region);
  const ids = { poolId, clientId: DEFAULT_CLIENT_ID };
  if ((await readPool(database.sql, poolId)) !== undefined) return ids;
  const keys = await newKeys();
  await database.transaction(async (sql) => {
    if (!(await insertPool(sql, { id: poolId, name: 'Rockpool', settings: defaultPool() }))) return;
    await insertPoolKeys(sql, poolId, keys);
    await insertClient(sql, {
      id: DEFAULT_CLIENT_ID,
      poolId,
      name: 'Rockpool',
      sealedSecret: null,
      settings: defaultClient(),
    });
  });
  return ids;
}
