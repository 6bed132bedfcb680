import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Sealer } from '../auth/sealing.ts';
import type { Queryable, Sql } from '../database/connection.ts';
import type { Pool } from './store/pools.ts';

/** A public key as `/.well-known/jwks.json` shows it. */
export interface Jwk {
  readonly alg: 'RS256';
  readonly e: string;
  readonly kid: string;
  readonly kty: 'RSA';
  readonly n: string;
  readonly use: 'sig';
}
export interface Jwks {
  readonly keys: readonly Jwk[];
}

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}
/** Id and access tokens are signed by different keys, so that one is never taken for the other. */
export interface PoolKeys {
  readonly id: SigningKey;
  readonly access: SigningKey;
  readonly jwks: Jwks;
}
export interface VerifyingKey {
  readonly poolId: string;
  readonly use: 'id' | 'access';
  readonly publicKey: KeyObject;
}

export interface SigningKeys {
  /**
   * The keys of a pool as it was read just now, unsealed once and kept: a pool that was deleted and made again under
   * its id has others. Undefined where the pool is gone.
   */
  ofPool(pool: Pick<Pool, 'id' | 'createdAt'>): Promise<PoolKeys | undefined>;
  /** The key that a token's header names, if any pool has it. */
  byKid(kid: string): Promise<VerifyingKey | undefined>;
}

export interface NewKey {
  readonly kid: string;
  readonly use: 'id' | 'access';
  readonly sealedPrivateKey: string;
  readonly publicJwk: Jwk;
}

const PURPOSE = 'signing-key';
const MODULUS_BITS = 2048;
const generate = promisify(generateKeyPair);

/** Two fresh keys for a new pool, made off the main thread. */
export async function generatePoolKeys(sealer: Sealer): Promise<readonly NewKey[]> {
  const make = async (use: 'id' | 'access'): Promise<NewKey> => {
    const { privateKey, publicKey } = await generate('rsa', { modulusLength: MODULUS_BITS });
    const kid = randomBytes(32).toString('base64');
    const { n, e } = publicKey.export({ format: 'jwk' });
    if (n === undefined || e === undefined) throw new Error('an RSA key without modulus or exponent');
    const text = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    return {
      kid,
      use,
      sealedPrivateKey: sealer.seal(text, PURPOSE),
      publicJwk: { alg: 'RS256', e, kid, kty: 'RSA', n, use: 'sig' },
    };
  };
  return Promise.all([make('id'), make('access')]);
}

/** Belongs into the transaction that makes the pool: a pool is never without keys, and never gets others. */
export async function insertPoolKeys(sql: Queryable, poolId: string, keys: readonly NewKey[]): Promise<void> {
  for (const key of keys) {
    await sql`
      insert into rockpool.signing_keys (kid, pool_id, use, private_key, public_jwk, created_at)
      values (${key.kid}, ${poolId}, ${key.use}, ${key.sealedPrivateKey}, ${sql.json({ ...key.publicJwk })},
        clock_timestamp())`;
  }
}

interface KeyRow {
  readonly kid: string;
  readonly poolId: string;
  readonly use: 'id' | 'access';
  readonly privateKey: string;
  readonly publicJwk: Jwk;
}

/** Unsealing and parsing a key costs more than signing with it, so keys are kept; they never change under their kid. */
export function createSigningKeys({
  sql,
  sealer,
}: {
  readonly sql: Sql;
  readonly sealer: Sealer;
}): SigningKeys {
  const byPool = new LRUCache<string, PoolKeys>({ max: 200 });
  const byKid = new LRUCache<string, VerifyingKey>({ max: 1000 });

  const columns = sql`kid, pool_id as "poolId", use, private_key as "privateKey", public_jwk as "publicJwk"`;

  function unseal(row: KeyRow): SigningKey {
    const der = Buffer.from(sealer.open(row.privateKey, PURPOSE), 'base64');
    return { kid: row.kid, privateKey: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
  }

  return {
    async ofPool({ id: poolId, createdAt }) {
      const cacheKey = `${poolId}/${createdAt.getTime()}`;
      const known = byPool.get(cacheKey);
      if (known !== undefined) return known;
      const rows = await sql<KeyRow[]>`
        select ${columns} from rockpool.signing_keys where pool_id = ${poolId} order by created_at desc, use, kid`;
      const id = rows.find((row) => row.use === 'id');
      const access = rows.find((row) => row.use === 'access');
      if (id === undefined || access === undefined) return undefined;
      const keys: PoolKeys = {
        id: unseal(id),
        access: unseal(access),
        jwks: { keys: rows.map((row) => row.publicJwk) },
      };
      byPool.set(cacheKey, keys);
      return keys;
    },
    async byKid(kid) {
      const known = byKid.get(kid);
      if (known !== undefined) return known;
      const [row] = await sql<KeyRow[]>`select ${columns} from rockpool.signing_keys where kid = ${kid}`;
      if (row === undefined) return undefined;
      const publicKey = createPublicKey({ key: { ...row.publicJwk }, format: 'jwk' });
      const key = { poolId: row.poolId, use: row.use, publicKey };
      byKid.set(kid, key);
      return key;
    },
  };
}
