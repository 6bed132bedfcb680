import { expect, test } from 'vitest';
import { createPasswords } from '../../src/auth/password.ts';
import { createSealer } from '../../src/auth/sealing.ts';
import { ensureDefaults } from '../../src/user-pools/defaults.ts';
import { openDatabase } from '../../src/database/connection.ts';
import { silentLog } from '../../src/base/log.ts';
import { createUserPools } from '../../src/user-pools/user-pools.ts';
import { testDatabase } from '../support/database.ts';
import {
  addUser,
  CLIENT_ID,
  POOL_ID,
  PUBLIC_URL,
  quickPasswords,
  signIn,
  testDirectory,
  tokensOf,
} from './support.ts';

test('the default pool, client and keys are made once, whoever starts', async () => {
  const database = await testDatabase();
  const sealer = createSealer([Buffer.alloc(32, 7)]);
  const start = () => ensureDefaults({ database, sealer, region: 'us-east-1' });
  const ids = await Promise.all([start(), start(), start()]);
  expect(new Set(ids.map((each) => JSON.stringify(each)))).toEqual(
    new Set([JSON.stringify({ poolId: POOL_ID, clientId: CLIENT_ID })]),
  );
  const keys = await database.sql`select kid, use from rockpool.signing_keys order by use`;
  expect(keys.map((key) => key['use'])).toEqual(['access', 'id']);
  await start();
  expect(await database.sql`select kid, use from rockpool.signing_keys order by use`).toEqual(keys);
  expect(await database.sql`select id from rockpool.user_pool_clients`).toHaveLength(1);
});

test('the default pool and client have the settings of the contract', async () => {
  const { pools } = await testDirectory();
  const { pool, client } = await pools.clients.require(CLIENT_ID);
  expect(pool.settings).toMatchObject({
    aliasAttributes: ['email'],
    autoVerifiedAttributes: ['email'],
    adminCreateUserOnly: false,
    caseSensitive: false,
    passwordPolicy: {
      minimumLength: 8,
      requireUppercase: true,
      requireLowercase: true,
      requireNumbers: true,
      requireSymbols: true,
    },
  });
  expect(client).toMatchObject({ sealedSecret: null, poolId: POOL_ID });
  expect(client.settings).toMatchObject({
    hideUserExistence: true,
    tokenRevocation: true,
    accessTokenValidity: { value: 60, unit: 'minutes' },
    idTokenValidity: { value: 60, unit: 'minutes' },
    refreshTokenValidity: { value: 30, unit: 'days' },
  });
  expect([...client.settings.authFlows].sort()).toEqual([
    'ADMIN_USER_PASSWORD_AUTH',
    'CUSTOM_AUTH',
    'REFRESH_TOKEN_AUTH',
    'USER_PASSWORD_AUTH',
    'USER_SRP_AUTH',
  ]);
});

test('no password, verifier, code or key is stored in the clear', async () => {
  const directory = await testDirectory();
  const { database, outbox } = directory;
  await addUser(directory, 'anna');
  await directory.pools.recovery.forgot({ clientId: CLIENT_ID, username: 'anna', secretHash: undefined });
  const [message] = await outbox.list('anna@example.com');
  const [user] = await database.sql<{ passwordHash: string; srpVerifier: string }[]>`
    select password_hash as "passwordHash", srp_verifier as "srpVerifier" from rockpool.users`;
  expect(user?.passwordHash).toMatch(/^scrypt\$ln=4,r=1,p=1\$/);
  const verifier: unknown = JSON.parse(directory.sealer.open(user?.srpVerifier ?? '', 'srp-verifier'));
  expect(verifier).toMatchObject({
    salt: expect.stringMatching(/^[0-9a-f]{32}$/),
    verifier: expect.any(String),
  });
  const [code] = await database.sql<
    { text: string }[]
  >`select c::text as text from rockpool.confirmation_codes c`;
  expect(code?.text).not.toContain(message?.code);
  const [key] = await database.sql<{ key: string }[]>`select private_key as key from rockpool.signing_keys`;
  expect(directory.sealer.tryOpen(key?.key ?? '', 'signing-key')).toBeDefined();
});

test('a hash of weaker parameters and a missing verifier are made good at sign-in', async () => {
  const directory = await testDirectory();
  const { database } = directory;
  await addUser(directory, 'anna');
  const read = async () => {
    const [row] = await database.sql<{ hash: string; verifier: string | null }[]>`
      select password_hash as hash, srp_verifier as verifier from rockpool.users`;
    return row;
  };
  await database.sql`update rockpool.users set srp_verifier = null`;
  const stronger = await testDirectory({
    database,
    passwords: createPasswords({ cost: { ln: 5, r: 1, p: 1 } }),
  });
  await tokensOf(stronger.pools, 'anna');
  const after = await read();
  expect(after).toMatchObject({
    hash: expect.stringMatching(/^scrypt\$ln=5,/),
    verifier: expect.any(String),
  });
  await tokensOf(stronger.pools, 'anna');
  await tokensOf(directory.pools, 'anna');
  expect(await read()).toEqual(after);
});

test('the outbox lists the newest message first', async () => {
  const { outbox, database, clock } = await testDirectory();
  for (const code of ['1', '2']) await outbox.send(database.sql, { to: 'a@example.com', kind: 'otp', code });
  await outbox.send(database.sql, { to: 'b@example.com', kind: 'message', body: 'Hello' });
  const at = new Date(clock.now()).toISOString();
  expect(await outbox.list('a@example.com')).toEqual([
    { to: 'a@example.com', kind: 'otp', code: '2', at },
    { to: 'a@example.com', kind: 'otp', code: '1', at },
  ]);
  expect(await outbox.list(undefined)).toHaveLength(3);
  expect((await outbox.list(undefined))[0]).toEqual({
    to: 'b@example.com',
    kind: 'message',
    body: 'Hello',
    at,
  });
});

test('sweeping removes what has expired and nothing else', async () => {
  const directory = await testDirectory();
  const { pools, clock, database } = directory;
  await addUser(directory, 'anna');
  const { accessToken } = await tokensOf(pools, 'anna');
  await pools.verification.sendCode(accessToken, 'email');
  const tables = ['confirmation_codes', 'refresh_tokens', 'attempt_windows', 'outbox'];
  const counts = async () => {
    const list: number[] = [];
    for (const table of tables)
      list.push((await database.sql`select from ${database.sql(`rockpool.${table}`)}`).length);
    return list;
  };
  const before = await counts();
  expect(before.every((count) => count > 0)).toBe(true);
  await pools.sweep();
  expect(await counts()).toEqual(before);
  clock.advance(31 * 86_400_000);
  await pools.sweep();
  expect(await counts()).toEqual([0, 0, 0, 0]);
});

test('everything is UNAVAILABLE while Postgres cannot be reached', async () => {
  const { sealer, clock, outbox } = await testDirectory();
  const database = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/none',
    log: silentLog,
    connections: 1,
  });
  const away = createUserPools({
    database,
    sealer,
    clock,
    passwords: quickPasswords(),
    sender: outbox,
    ring: () => undefined,
    publicUrl: PUBLIC_URL,
    region: 'us-east-1',
  });
  for (const call of [
    signIn(away, 'anna'),
    away.standing(POOL_ID, 'x'),
    away.jwks(POOL_ID),
    away.ensureDefaults(),
  ]) {
    await expect(call).rejects.toMatchObject({ name: 'RockpoolError', code: 'UNAVAILABLE' });
  }
  await database.close();
});
