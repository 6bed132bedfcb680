import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Sealer } from '../auth/sealing.ts';
import type { Queryable } from '../database/connection.ts';
import { clientNotFound, DirectoryError, notAuthorized, poolNotFound } from './errors.ts';
import { readClient, readPool, type Client, type ClientOfPool, type Pool } from './store/pools.ts';

/** The app client that calls, or the pool that an owner names. The first check of every operation. */
export interface Clients {
  /** Throws NOT_FOUND. With `poolId`, a client of that pool only. */
  require(clientId: string, poolId?: string): Promise<ClientOfPool>;
  requirePool(poolId: string): Promise<Pool>;
  /** `base64(HMAC-SHA256(secret, username + clientId))` of a client with a secret; nothing to prove without one. */
  checkSecretHash(client: Client, username: string, secretHash: string | undefined): void;
  /** The plain secret, where an operation asks for it. */
  checkSecret(client: Client, secret: string | undefined): void;
  sealSecret(secret: string): string;
  /** Null for a client without a secret. */
  openSecret(client: Client): string | null;
}

const PURPOSE = 'client-secret';

export function createClients({
  sql,
  sealer,
}: {
  readonly sql: Queryable;
  readonly sealer: Sealer;
}): Clients {
  const openSecret = (client: Client) =>
    client.sealedSecret === null ? null : sealer.open(client.sealedSecret, PURPOSE);

  return {
    async require(clientId, poolId) {
      if (poolId !== undefined && (await readPool(sql, poolId)) === undefined) throw poolNotFound(poolId);
      const found = await readClient(sql, clientId);
      if (found === undefined || (poolId !== undefined && found.pool.id !== poolId))
        throw clientNotFound(clientId);
      return found;
    },
    async requirePool(poolId) {
      const pool = await readPool(sql, poolId);
      if (pool === undefined) throw poolNotFound(poolId);
      return pool;
    },
    checkSecretHash(client, username, secretHash) {
      const secret = openSecret(client);
      if (secret === null) return;
      const expected = createHmac('sha256', secret)
        .update(username + client.id)
        .digest('base64');
      if (secretHash === undefined || !equalTexts(secretHash, expected)) {
        throw notAuthorized(
          secretHash === undefined
            ? `Client ${client.id} is configured with secret but SECRET_HASH was not received`
            : `Unable to verify secret hash for client ${client.id}`,
        );
      }
    },
    checkSecret(client, secret) {
      const expected = openSecret(client);
      if (expected === null) return;
      if (secret === undefined || !equalTexts(secret, expected)) {
        throw new DirectoryError('NOT_AUTHORIZED', `Unable to verify secret for client ${client.id}`);
      }
    },
    sealSecret: (secret) => sealer.seal(secret, PURPOSE),
    openSecret,
  };
}

/** In the same time whatever differs; the length is no secret. */
function equalTexts(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
