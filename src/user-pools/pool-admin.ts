import type { Sealer } from '../auth/sealing.ts';
import { ALNUM, randomText } from '../base/ids.ts';
import type { Database } from '../database/connection.ts';
import { schemaOf, withCustomAttributes, type AttributeRequest } from './attribute-definitions.ts';
import { standardSchema } from './attribute-schema.ts';
import type { Clients } from './clients.ts';
import { invalidParameter, limitExceeded, poolNotFound } from './errors.ts';
import type { Page, PageRequest, Pages } from './pages.ts';
import { checkPoolSettings, type PoolChoices } from './pool-checks.ts';
import { QUOTAS } from './quotas.ts';
import { RIGHTS_BATCH, OWNER, recordRights } from './rights.ts';
import type { PoolSettings } from './settings.ts';
import { generatePoolKeys, insertPoolKeys } from './signing-keys.ts';
import { deleteClientsOfPool } from './store/clients.ts';
import { countPools, deleteEmptyPool, listPools, lockPools } from './store/pool-list.ts';
import { insertPool, lockPool, updatePool, type Pool } from './store/pools.ts';
import { countUsers, lockSomeUsers } from './store/user-list.ts';
import { deleteUsersRows } from './store/users.ts';

export interface NewPool
  extends PoolChoices, Pick<PoolSettings, 'aliasAttributes' | 'usernameAttributes' | 'caseSensitive'> {
  readonly name: string;
  /** Custom attributes, and standard ones that differ from the standard. */
  readonly attributes: readonly AttributeRequest[];
}

/** A pool and how many users it has. */
export interface PoolWithSize {
  readonly pool: Pool;
  readonly users: number;
}

/** What the owner does with pools. Changes hold at once on every node: settings are read with each call. */
export interface PoolAdmin {
  /** The pool has its keys when this returns. Throws INVALID_PARAMETER, LIMIT_EXCEEDED. */
  create(request: NewPool): Promise<PoolWithSize>;
  /** Throws NOT_FOUND, as all of these do for a pool that is not there. */
  get(poolId: string): Promise<PoolWithSize>;
  /** Every choice is made anew; the name stays where none is given. */
  update(poolId: string, name: string | undefined, choices: PoolChoices): Promise<void>;
  addAttributes(poolId: string, requests: readonly AttributeRequest[]): Promise<void>;
  /**
   * Deletes the pool with all that is in it and ends every token of its users, who are deleted a few at a time. From
   * the beginning nobody signs in any more. A call that fails on the way can be repeated.
   */
  remove(poolId: string): Promise<void>;
  list(page: PageRequest): Promise<Page<Pool>>;
}

interface Parts {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly clients: Clients;
  readonly pages: Pages;
  /** Where ids of new pools begin. */
  readonly region: string;
  readonly ring: () => void;
}

const ID_LENGTH = 9;

export function createPoolAdmin({ database, sealer, clients, pages, region, ring }: Parts): PoolAdmin {
  const { sql } = database;

  /** Changes the settings under the pool's lock. */
  async function change(
    poolId: string,
    work: (pool: Pool) => { readonly name?: string; readonly settings: PoolSettings },
  ): Promise<void> {
    await database.transaction(async (transaction) => {
      const pool = await lockPool(transaction, poolId);
      if (pool === undefined) throw poolNotFound(poolId);
      const { name = pool.name, settings } = work(pool);
      checkPoolSettings(settings);
      await updatePool(transaction, { id: poolId, name, settings });
    });
  }

  /** No client, no sign-in: whoever comes from here on is refused before their password is looked at. */
  async function closePool(poolId: string): Promise<void> {
    await database.transaction(async (transaction) => {
      const pool = await lockPool(transaction, poolId);
      if (pool === undefined) throw poolNotFound(poolId);
      if (pool.settings.deletionProtection) {
        throw invalidParameter(
          'The user pool cannot be deleted because deletion protection is activated. ' +
            'Deletion protection must be inactivated first.',
        );
      }
      await deleteClientsOfPool(transaction, poolId);
    });
  }

  async function removeUsers(poolId: string): Promise<void> {
    for (;;) {
      const found = await database.transaction(async (transaction) => {
        const subs = await lockSomeUsers(transaction, poolId, RIGHTS_BATCH);
        const gone = await deleteUsersRows(transaction, poolId, subs);
        await recordRights(transaction, poolId, gone, 'remove', OWNER);
        return subs.length;
      });
      if (found === 0) return;
      ring();
    }
  }

  return {
    async create({ name, attributes, ...chosen }) {
      const settings = { ...chosen, schema: schemaOf(standardSchema(), attributes) };
      checkPoolSettings(settings);
      const keys = await generatePoolKeys(sealer);
      const id = await database.transaction(async (transaction) => {
        await lockPools(transaction);
        if ((await countPools(transaction)) >= QUOTAS.pools) {
          throw limitExceeded(`There are at most ${QUOTAS.pools} user pools.`);
        }
        for (;;) {
          const made = `${region}_${randomText(ID_LENGTH, ALNUM)}`;
          if (!(await insertPool(transaction, { id: made, name, settings }))) continue;
          await insertPoolKeys(transaction, made, keys);
          return made;
        }
      });
      return { pool: await clients.requirePool(id), users: 0 };
    },

    async get(poolId) {
      const pool = await clients.requirePool(poolId);
      return { pool, users: await countUsers(sql, poolId) };
    },

    update: (poolId, name, choices) =>
      change(poolId, ({ settings }) => ({
        ...(name === undefined ? {} : { name }),
        settings: { ...settings, ...choices },
      })),

    addAttributes: (poolId, requests) =>
      change(poolId, ({ settings }) => ({
        settings: { ...settings, schema: withCustomAttributes(settings.schema, requests) },
      })),

    async remove(poolId) {
      await closePool(poolId);
      do {
        await removeUsers(poolId);
      } while (!(await database.transaction((transaction) => deleteEmptyPool(transaction, poolId))));
    },

    list: (page) =>
      pages.read(
        {
          name: 'pools',
          read: (after, limit) => listPools(sql, after, limit),
          keyOf: (pool) => pool.id,
        },
        page,
      ),
  };
}
