import { LOWER_ALNUM, randomText } from '../base/ids.ts';
import type { Database } from '../database/connection.ts';
import { checkClientSettings } from './client-checks.ts';
import type { Clients } from './clients.ts';
import { clientNotFound, limitExceeded, poolNotFound } from './errors.ts';
import type { Page, PageRequest, Pages } from './pages.ts';
import { QUOTAS } from './quotas.ts';
import type { ClientSettings } from './settings.ts';
import { countClients, deleteClient, listClients, readClientOfPool, updateClient } from './store/clients.ts';
import { insertClient, lockPool, type Client, type Pool } from './store/pools.ts';

/** Names a client of a pool. */
export interface NamedClient {
  readonly poolId: string;
  readonly clientId: string;
}

export interface NewClient {
  readonly poolId: string;
  readonly name: string;
  /** One that is given, one that the server makes, or none. */
  readonly secret: { readonly given: string } | 'generate' | 'none';
  readonly settings: ClientSettings;
}

/** A client with its secret in the clear, null for one that has none. */
export interface OpenedClient {
  readonly client: Client;
  readonly secret: string | null;
}

/** What the owner does with app clients. Changes hold at once on every node. */
export interface ClientAdmin {
  /** Throws INVALID_PARAMETER, LIMIT_EXCEEDED, SCOPE_NOT_FOUND, INVALID_OAUTH_FLOW. */
  create(request: NewClient): Promise<OpenedClient>;
  /** Throws NOT_FOUND, as all of these do for a pool or a client that is not there. */
  get(named: NamedClient): Promise<OpenedClient>;
  /** Every setting is made anew; the name stays where none is given, the secret always. */
  update(named: NamedClient, name: string | undefined, settings: ClientSettings): Promise<OpenedClient>;
  /** Nobody signs in or refreshes through it any more; tokens that it issued live to their end. */
  remove(named: NamedClient): Promise<void>;
  list(poolId: string, page: PageRequest): Promise<Page<Client>>;
}

interface Parts {
  readonly database: Database;
  readonly clients: Clients;
  readonly pages: Pages;
}

const ID_LENGTH = 26;
const SECRET_LENGTH = 52;

export function createClientAdmin({ database, clients, pages }: Parts): ClientAdmin {
  const { sql } = database;

  const opened = (client: Client): OpenedClient => ({ client, secret: clients.openSecret(client) });

  async function get({ poolId, clientId }: NamedClient): Promise<OpenedClient> {
    return opened((await clients.require(clientId, poolId)).client);
  }

  /** Runs with the pool locked: its schema stays as it was checked, and its clients as they were counted. */
  async function inPool<T>(
    poolId: string,
    work: (transaction: Parameters<typeof lockPool>[0], pool: Pool) => Promise<T>,
  ): Promise<T> {
    return database.transaction(async (transaction) => {
      const pool = await lockPool(transaction, poolId);
      if (pool === undefined) throw poolNotFound(poolId);
      return work(transaction, pool);
    });
  }

  return {
    async create({ poolId, name, secret, settings }) {
      const clientId = randomText(ID_LENGTH, LOWER_ALNUM);
      await inPool(poolId, async (transaction, pool) => {
        checkClientSettings(pool, settings, { hasSecret: secret !== 'none' });
        if ((await countClients(transaction, poolId)) >= QUOTAS.clientsOfPool) {
          throw limitExceeded(`A user pool has at most ${QUOTAS.clientsOfPool} app clients.`);
        }
        const sealedSecret = secret === 'none' ? null : clients.sealSecret(textOf(secret));
        await insertClient(transaction, { id: clientId, poolId, name, sealedSecret, settings });
      });
      return get({ poolId, clientId });
    },
    get,
    async update({ poolId, clientId }, name, settings) {
      return inPool(poolId, async (transaction, pool) => {
        const before = await readClientOfPool(transaction, poolId, clientId);
        if (before === undefined) throw clientNotFound(clientId);
        checkClientSettings(pool, settings, { hasSecret: before.sealedSecret !== null });
        await updateClient(transaction, { ...before, name: name ?? before.name, settings });
        return opened((await readClientOfPool(transaction, poolId, clientId)) ?? before);
      });
    },
    async remove({ poolId, clientId }) {
      await clients.requirePool(poolId);
      if (!(await deleteClient(sql, poolId, clientId))) throw clientNotFound(clientId);
    },
    async list(poolId, page) {
      await clients.requirePool(poolId);
      const list = {
        name: `clients/${poolId}`,
        read: (after: string, limit: number) => listClients(sql, poolId, after, limit),
        keyOf: (client: Client) => client.id,
      };
      return pages.read(list, page);
    },
  };
}

function textOf(secret: Exclude<NewClient['secret'], 'none'>): string {
  return secret === 'generate' ? randomText(SECRET_LENGTH, LOWER_ALNUM) : secret.given;
}
