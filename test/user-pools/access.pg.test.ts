import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { createSigningKeys } from '../../src/user-pools/signing-keys.ts';
import { testDatabase } from '../support/database.ts';
import {
  addPool,
  addUser,
  CLIENT_ID,
  partsOf,
  PASSWORD,
  POOL_ID,
  PUBLIC_URL,
  refusalOf,
  testDirectory,
  tokensOf,
  type Directory,
} from './support.ts';

const INVALID = 'NOT_AUTHORIZED: Invalid Access Token';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
  await addUser(directory, 'anna');
});

const use = (token: string) => directory.pools.profiles.get(token);
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function forge(header: object, claims: object, key: KeyObject): string {
  const head = `${encode(header)}.${encode(claims)}`;
  return `${head}.${sign('RSA-SHA256', Buffer.from(head), key).toString('base64url')}`;
}

async function poolKeys(poolId = POOL_ID) {
  const { database, sealer, pools } = directory;
  const pool = await pools.clients.requirePool(poolId);
  const keys = await createSigningKeys({ sql: database.sql, sealer }).ofPool(pool);
  if (keys === undefined) throw new Error('no keys');
  return keys;
}

/** The token's claims with some changed, signed by the pool's own key. */
async function altered(token: string, changes: Record<string, unknown>): Promise<string> {
  const { access } = await poolKeys();
  return forge(
    { kid: access.kid, alg: 'RS256' },
    { ...partsOf(token).claims, ...changes },
    access.privateKey,
  );
}

describe('an access token', () => {
  test('is taken until it expires', async () => {
    const { accessToken } = await tokensOf(directory.pools, 'anna');
    expect((await use(accessToken)).username).toBe('anna');
    directory.clock.advance(3_599_999);
    await use(accessToken);
    directory.clock.advance(1);
    expect(await refusalOf(use(accessToken))).toBe('NOT_AUTHORIZED: Access Token has expired');
  });

  test('must be one: no id token, no refresh token, no other text', async () => {
    const { idToken, refreshToken } = await tokensOf(directory.pools, 'anna');
    for (const token of [idToken, refreshToken, 'a.b.c', '..', 'x', 'e30.e30.e30']) {
      expect(await refusalOf(use(token))).toBe(INVALID);
    }
  });

  test('must be signed by the access key of its pool with RS256', async () => {
    const { accessToken } = await tokensOf(directory.pools, 'anna');
    const { header, claims } = partsOf(accessToken);
    const { access, id, jwks } = await poolKeys();
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const [head, body] = accessToken.split('.');
    const publicPem = createPublicKey({ key: { ...jwks.keys[0] }, format: 'jwk' }).export({
      format: 'pem',
      type: 'spki',
    });
    const hs256 = `${encode({ ...header, alg: 'HS256' })}.${body}`;
    const forgeries = [
      `${encode({ ...header, alg: 'none' })}.${body}.`,
      `${head}.${body}.`,
      `${hs256}.${createHmac('sha256', publicPem).update(hs256).digest('base64url')}`,
      forge(header, claims, foreign.privateKey),
      forge({ ...header, jwk: foreign.publicKey.export({ format: 'jwk' }) }, claims, foreign.privateKey),
      forge({ ...header, kid: '../../etc/passwd' }, claims, foreign.privateKey),
      forge({ ...header, kid: id.kid }, claims, id.privateKey),
      forge({ ...header, kid: id.kid }, claims, access.privateKey),
      `${head}.${encode({ ...claims, sub: 'somebody' })}.${accessToken.split('.')[2]}`,
    ];
    for (const token of forgeries) expect(await refusalOf(use(token))).toBe(INVALID);
  });

  test('must name an issuer of ours and its own pool, and the scope of the API', async () => {
    const { accessToken } = await tokensOf(directory.pools, 'anna');
    const other = await addPool(directory, {});
    for (const iss of [
      `https://evil.example/${POOL_ID}`,
      `${PUBLIC_URL}/${other.poolId}`,
      PUBLIC_URL,
      POOL_ID,
    ]) {
      expect(await refusalOf(use(await altered(accessToken, { iss })))).toBe(INVALID);
    }
    for (const change of [{ token_use: 'id' }, { exp: 'never' }, { client_id: 1 }, { sub: null }]) {
      expect(await refusalOf(use(await altered(accessToken, change)))).toBe(INVALID);
    }
    expect(await refusalOf(use(await altered(accessToken, { scope: 'openid email' })))).toBe(
      'NOT_AUTHORIZED: Access Token does not have required scopes',
    );
    expect(await refusalOf(use(await altered(accessToken, { sub: 'nobody' })))).toMatch(/^USER_NOT_FOUND/);
    await use(await altered(accessToken, {}));
  });

  test('of one pool does nothing in another', async () => {
    const other = await addPool(directory, {});
    await addUser(directory, 'anna', other.clientId);
    const mine = await tokensOf(directory.pools, 'anna');
    const theirs = await tokensOf(directory.pools, 'anna', PASSWORD, other.clientId);
    expect((await use(mine.accessToken)).attributes['sub']).not.toBe(
      (await use(theirs.accessToken)).attributes['sub'],
    );
  });
});

test('the owner at the machine gets tokens of a user without a password', async () => {
  const { pools } = directory;
  await addUser(directory, 'olga');
  const request = { poolId: POOL_ID, clientId: CLIENT_ID, username: 'OLGA' };
  const { accessToken, idToken } = await pools.operatorTokens(request);
  expect((await use(accessToken)).username).toBe('olga');
  expect(partsOf(idToken).claims['cognito:username']).toBe('olga');
  await pools.signOut(accessToken);
  expect(await refusalOf(use(accessToken))).toMatch(/has been revoked/);
  await use((await pools.operatorTokens(request)).accessToken);
  expect(await refusalOf(pools.operatorTokens({ ...request, username: 'nobody' }))).toMatch(
    /^USER_NOT_FOUND/,
  );
  await pools.adminUsers.disable({ poolId: POOL_ID, username: 'olga' });
  expect(await refusalOf(pools.operatorTokens(request))).toMatch(/User is disabled/);
});

describe('several nodes', () => {
  test('take each other’s tokens once the address was recorded', async () => {
    const { database } = directory;
    const second = await testDirectory({ database, publicUrl: 'https://two.example/' });
    second.clock.advance(directory.clock.now() - second.clock.now());
    const { accessToken } = await tokensOf(second.pools, 'anna');
    expect(partsOf(accessToken).claims['iss']).toBe(`https://two.example/${POOL_ID}`);
    expect((await second.pools.profiles.get(accessToken)).username).toBe('anna');
    expect(await refusalOf(use(accessToken))).toBe(INVALID);
    await second.pools.issuers.recordNode();
    expect((await use(accessToken)).username).toBe('anna');
    expect(await directory.pools.issuers.isIssuer(`https://two.example/${POOL_ID}`)).toEqual({
      poolId: POOL_ID,
    });
    expect(await directory.pools.issuers.isIssuer(`https://three.example/${POOL_ID}`)).toBeUndefined();
    expect(await directory.pools.issuers.lastAddress()).toBe('https://two.example');
    await directory.pools.issuers.recordNode();
    expect(await directory.pools.issuers.lastAddress()).toBe(PUBLIC_URL);
  });
});
