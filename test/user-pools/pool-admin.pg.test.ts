import { beforeAll, describe, expect, test } from 'vitest';
import type { AttributeRequest } from '../../src/user-pools/attribute-definitions.ts';
import type { NewPool } from '../../src/user-pools/pool-admin.ts';
import type { PoolChoices } from '../../src/user-pools/pool-checks.ts';
import { defaultClientSettings, defaultPoolSettings } from '../../src/user-pools/settings.ts';
import { testDatabase } from '../support/database.ts';
import {
  addPool,
  addUser,
  partsOf,
  PASSWORD,
  POOL_ID,
  PUBLIC_URL,
  refusalOf,
  testDirectory,
  tokensOf,
  type Directory,
} from './support.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

const attribute = (name: string): AttributeRequest => ({
  name,
  type: 'String',
  mutable: undefined,
  required: undefined,
  developerOnly: undefined,
  min: undefined,
  max: undefined,
});

function newPool(given: Partial<NewPool> = {}): NewPool {
  const { schema: _, ...settings } = defaultPoolSettings();
  return { ...settings, name: 'Made', attributes: [], ...given };
}
const create = (given: Partial<NewPool> = {}) => directory.pools.poolAdmin.create(newPool(given));

describe('a new pool', () => {
  test('has an id of its region, keys at once, and users with tokens of its own issuer', async () => {
    const { pools } = directory;
    const { pool, users } = await create({ autoVerifiedAttributes: ['email'], name: 'Shop' });
    expect(pool.id).toMatch(/^us-east-1_[0-9A-Za-z]{9}$/);
    expect(pool).toMatchObject({ name: 'Shop', settings: { autoVerifiedAttributes: ['email'] } });
    expect(users).toBe(0);
    const jwks = await pools.jwks(pool.id);
    expect(jwks?.keys).toHaveLength(2);
    expect((await pools.discovery(pool.id))?.issuer).toBe(`${PUBLIC_URL}/${pool.id}`);
    const { client } = await pools.clientAdmin.create({
      poolId: pool.id,
      name: 'App',
      secret: 'none',
      settings: { ...defaultClientSettings(), authFlows: ['USER_PASSWORD_AUTH'] },
    });
    const sub = await addUser(directory, 'anna', client.id);
    const { accessToken } = await tokensOf(pools, 'anna', PASSWORD, client.id);
    const { header, claims } = partsOf(accessToken);
    expect(claims).toMatchObject({ iss: `${PUBLIC_URL}/${pool.id}`, sub, client_id: client.id });
    expect(jwks?.keys.map(({ kid }) => kid)).toContain(header['kid']);
    expect((await pools.profiles.get(accessToken)).username).toBe('anna');
    expect(await pools.poolAdmin.get(pool.id)).toMatchObject({ users: 1 });
  });

  test('has the schema that is asked for, and more later', async () => {
    const { poolAdmin } = directory.pools;
    const { pool } = await create({ attributes: [attribute('team')] });
    await Promise.all(['a', 'b', 'c'].map((name) => poolAdmin.addAttributes(pool.id, [attribute(name)])));
    const { settings } = (await poolAdmin.get(pool.id)).pool;
    const custom = settings.schema.map(({ name }) => name).filter((name) => name.startsWith('custom:'));
    expect(custom.sort()).toEqual(['custom:a', 'custom:b', 'custom:c', 'custom:team']);
    expect(await refusalOf(poolAdmin.addAttributes(pool.id, [attribute('team')]))).toBe(
      'INVALID_PARAMETER: custom:team: Existing attribute already has name custom:team.',
    );
  });

  test.each<[Partial<NewPool>, string]>([
    [
      { aliasAttributes: ['email'], usernameAttributes: ['phone_number'] },
      'Only one of the aliasAttributes or usernameAttributes can be set in a user pool.',
    ],
    [
      { autoVerifiedAttributes: ['phone_number'], verifyBeforeUpdate: ['email'] },
      'AttributesRequireVerificationBeforeUpdate has email, which AutoVerifiedAttributes has not.',
    ],
    [
      { recovery: ['admin_only', 'verified_email'] },
      'Account Recovery Setting admin_only cannot be used with other recovery mechanisms.',
    ],
    [
      { recovery: ['verified_email', 'verified_email'] },
      'Account Recovery Setting has the same recovery mechanism twice.',
    ],
  ])('is refused with %j', async (given, message) => {
    expect(await refusalOf(create(given))).toBe(`INVALID_PARAMETER: ${message}`);
  });

  test('is one of 1000 at most, of several made at once too', async () => {
    const limited = await testDirectory();
    await limited.database.sql`
      insert into rockpool.user_pools (id, name, settings, created_at, last_modified_at)
      select 'us-east-1_x' || n, 'x', '{}', now(), now() from generate_series(1, 998) n`;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 3 }, () => limited.pools.poolAdmin.create(newPool())),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusalOf(limited.pools.poolAdmin.create(newPool()))).toMatch(/^LIMIT_EXCEEDED: /);
  });
});

describe('a pool', () => {
  test('is changed in what can change, and keeps the rest', async () => {
    const { poolAdmin } = directory.pools;
    const { poolId } = await addPool(directory, { pool: { usernameAttributes: [], caseSensitive: true } });
    const before = (await poolAdmin.get(poolId)).pool;
    const choices: PoolChoices = before.settings;
    await poolAdmin.update(poolId, undefined, {
      ...choices,
      adminCreateUserOnly: true,
      shown: { MfaConfiguration: 'OPTIONAL' },
    });
    const after = (await poolAdmin.get(poolId)).pool;
    expect(after.settings).toEqual({
      ...before.settings,
      adminCreateUserOnly: true,
      shown: { MfaConfiguration: 'OPTIONAL' },
    });
    expect(after).toMatchObject({ name: before.name, createdAt: before.createdAt });
    expect(after.lastModifiedAt.getTime()).toBeGreaterThanOrEqual(before.lastModifiedAt.getTime());
    await poolAdmin.update(poolId, 'Renamed', choices);
    expect((await poolAdmin.get(poolId)).pool.name).toBe('Renamed');
    const wrong = { ...choices, verifyBeforeUpdate: ['phone_number'] as const };
    expect(await refusalOf(poolAdmin.update(poolId, undefined, wrong))).toMatch(/^INVALID_PARAMETER/);
  });

  test('follows its new settings with the next call', async () => {
    const { poolAdmin, signUps } = directory.pools;
    const { poolId, clientId } = await addPool(directory, {});
    const { settings } = (await poolAdmin.get(poolId)).pool;
    await poolAdmin.update(poolId, undefined, { ...settings, adminCreateUserOnly: true });
    const call = { clientId, username: 'x', secretHash: undefined, password: PASSWORD, attributes: {} };
    expect(await refusalOf(signUps.signUp(call))).toBe(
      'NOT_AUTHORIZED: SignUp is not permitted for this user pool',
    );
  });

  test('that is not there is not found', async () => {
    const { poolAdmin } = directory.pools;
    const none = 'us-east-1_None';
    for (const call of [
      () => poolAdmin.get(none),
      () => poolAdmin.update(none, undefined, newPool()),
      () => poolAdmin.addAttributes(none, [attribute('a')]),
      () => poolAdmin.remove(none),
    ]) {
      expect(await refusalOf(call())).toBe(`NOT_FOUND: User pool ${none} does not exist.`);
    }
  });

  test('is listed with the others by id, a page at a time', async () => {
    const { poolAdmin } = directory.pools;
    const ids: string[] = [];
    let token: string | undefined;
    do {
      const page = await poolAdmin.list({ limit: 2, token });
      ids.push(...page.items.map(({ id }) => id));
      token = page.nextToken;
    } while (token !== undefined);
    expect(ids).toContain(POOL_ID);
    const all = await directory.database.sql`select id from rockpool.user_pools order by id`;
    expect(ids).toEqual(all.map((row): unknown => row['id']));
  });
});
