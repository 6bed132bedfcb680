import { beforeAll, describe, expect, test } from 'vitest';
import type { NewClient } from '../../src/user-pools/client-admin.ts';
import {
  defaultClientSettings,
  type ClientSettings,
  type OAuthSettings,
} from '../../src/user-pools/settings.ts';
import { testDatabase } from '../support/database.ts';
import {
  addPool,
  addUser,
  PASSWORD,
  POOL_ID,
  refusalOf,
  signIn,
  testDirectory,
  tokensOf,
  type Directory,
} from './support.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

const settingsOf = (given: Partial<ClientSettings> = {}): ClientSettings => ({
  ...defaultClientSettings(),
  ...given,
});
const oauth = (given: Partial<OAuthSettings>): Partial<ClientSettings> => ({
  oauth: { ...defaultClientSettings().oauth, ...given },
});
const create = (given: Partial<ClientSettings> = {}, rest: Partial<NewClient> = {}) =>
  directory.pools.clientAdmin.create({
    poolId: POOL_ID,
    name: 'App',
    secret: 'none',
    settings: settingsOf(given),
    ...rest,
  });

describe('an app client', () => {
  test('has an id of its own and no secret unless it is asked for', async () => {
    const { client, secret } = await create();
    expect(client.id).toMatch(/^[a-z0-9]{26}$/);
    expect(client).toMatchObject({ poolId: POOL_ID, name: 'App', settings: settingsOf() });
    expect(secret).toBeNull();
  });

  test('has a secret that is made or given, shown again and stored sealed', async () => {
    const { clientAdmin } = directory.pools;
    const made = await create({}, { secret: 'generate' });
    expect(made.secret).toMatch(/^[a-z0-9]{52}$/);
    expect(made.client.sealedSecret).not.toContain(made.secret);
    const named = { poolId: POOL_ID, clientId: made.client.id };
    expect(await clientAdmin.get(named)).toEqual(made);
    const given = await create({}, { secret: { given: 'a-secret-of-my-own-choice' } });
    expect(given.secret).toBe('a-secret-of-my-own-choice');
    // A change of settings leaves it.
    const changed = await clientAdmin.update(named, 'Renamed', settingsOf({ tokenRevocation: false }));
    expect(changed).toMatchObject({
      secret: made.secret,
      client: { name: 'Renamed', settings: { tokenRevocation: false } },
    });
    const again = await clientAdmin.update(named, undefined, settingsOf());
    expect(again.client).toMatchObject({ name: 'Renamed', settings: { tokenRevocation: true } });
  });

  test('follows its new settings with the next call', async () => {
    const { clientAdmin } = directory.pools;
    const { client } = await create({ authFlows: ['USER_PASSWORD_AUTH'] });
    await addUser(directory, 'anna', client.id);
    const before = await tokensOf(directory.pools, 'anna', PASSWORD, client.id);
    expect(before.expiresIn).toBe(3600);
    const named = { poolId: POOL_ID, clientId: client.id };
    const settings = settingsOf({
      authFlows: ['USER_PASSWORD_AUTH'],
      accessTokenValidity: { value: 5, unit: 'minutes' },
    });
    await clientAdmin.update(named, undefined, settings);
    expect((await tokensOf(directory.pools, 'anna', PASSWORD, client.id)).expiresIn).toBe(300);
    await clientAdmin.update(named, undefined, settingsOf({ authFlows: ['USER_SRP_AUTH'] }));
    expect(await refusalOf(signIn(directory.pools, 'anna', PASSWORD, client.id))).toMatch(/not enabled/);
    await clientAdmin.remove(named);
    expect(await refusalOf(signIn(directory.pools, 'anna', PASSWORD, client.id))).toBe(
      `NOT_FOUND: User pool client ${client.id} does not exist.`,
    );
  });

  test('is found in its own pool only', async () => {
    const { clientAdmin } = directory.pools;
    const { client } = await create();
    const { poolId } = await addPool(directory, {});
    for (const named of [
      { poolId, clientId: client.id },
      { poolId: POOL_ID, clientId: 'none' },
    ]) {
      const missing = `NOT_FOUND: User pool client ${named.clientId} does not exist.`;
      expect(await refusalOf(clientAdmin.get(named))).toBe(missing);
      expect(await refusalOf(clientAdmin.update(named, undefined, settingsOf()))).toBe(missing);
      expect(await refusalOf(clientAdmin.remove(named))).toBe(missing);
    }
    const nowhere = 'NOT_FOUND: User pool us-east-1_None does not exist.';
    const named = { poolId: 'us-east-1_None', clientId: client.id };
    expect(await refusalOf(clientAdmin.get(named))).toBe(nowhere);
    expect(await refusalOf(clientAdmin.remove(named))).toBe(nowhere);
    expect(await refusalOf(create({}, { poolId: 'us-east-1_None' }))).toBe(nowhere);
    await clientAdmin.get({ poolId: POOL_ID, clientId: client.id });
  });

  test('is listed with the others of its pool, a page at a time', async () => {
    const { poolId, clientId } = await addPool(directory, {});
    const ids = [clientId];
    for (let count = 0; count < 4; count++) ids.push((await create({}, { poolId })).client.id);
    const { clientAdmin } = directory.pools;
    const first = await clientAdmin.list(poolId, { limit: 3, token: undefined });
    const second = await clientAdmin.list(poolId, { limit: 3, token: first.nextToken });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.sort());
    expect(second.nextToken).toBeUndefined();
  });

  test('is one of 1000 in its pool at most, of several made at once too', async () => {
    const { poolId } = await addPool(directory, {});
    await directory.database.sql`
      insert into rockpool.user_pool_clients (id, pool_id, name, settings, created_at, last_modified_at)
      select ${poolId} || n, ${poolId}, 'x', '{}', now(), now() from generate_series(1, 997) n`;
    const calls = Array.from({ length: 4 }, () => create({}, { poolId }));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await refusalOf(create({}, { poolId }))).toMatch(/^LIMIT_EXCEEDED: /);
  });
});

describe('settings of a client', () => {
  const access = (value: number, unit: 'seconds' | 'minutes' | 'hours' | 'days') => ({
    accessTokenValidity: { value, unit },
  });
  const refresh = (value: number, unit: 'seconds' | 'minutes' | 'hours' | 'days') => ({
    refreshTokenValidity: { value, unit },
  });

  test.each<[Partial<ClientSettings>, boolean]>([
    [access(299, 'seconds'), false],
    [access(300, 'seconds'), true],
    [access(1, 'days'), true],
    [access(25, 'hours'), false],
    [{ idTokenValidity: { value: 4, unit: 'minutes' } }, false],
    [refresh(59, 'minutes'), false],
    [refresh(60, 'minutes'), true],
    [refresh(3650, 'days'), true],
    [refresh(3651, 'days'), false],
    [{ ...access(2, 'hours'), ...refresh(1, 'hours') }, false],
  ])('bound how long tokens live: %j', async (settings, good) => {
    if (good) await create(settings);
    else {
      expect(await refusalOf(create(settings))).toBe('INVALID_PARAMETER: Invalid range for token validity.');
    }
  });

  test.each<[Partial<ClientSettings>, string]>([
    [
      { readAttributes: ['custom:none'] },
      'INVALID_PARAMETER: Invalid read attributes specified while creating a client',
    ],
    [
      { writeAttributes: ['name', 'email_verified'] },
      'INVALID_PARAMETER: Invalid write attributes specified while creating a client',
    ],
    [
      { identityProviders: ['COGNITO', 'Google'] },
      `INVALID_PARAMETER: The provider Google does not exist for User Pool ${POOL_ID}.`,
    ],
    [oauth({ scopes: ['openid', 'shop/read'] }), 'SCOPE_NOT_FOUND: Invalid scope requested: shop/read'],
    [
      oauth({ flows: ['client_credentials'] }),
      'INVALID_OAUTH_FLOW: client_credentials flow can not be selected if client does not have a client secret.',
    ],
    [
      oauth({ flows: ['code', 'client_credentials'] }),
      'INVALID_OAUTH_FLOW: client_credentials flow can not be selected along with code flow or implicit flow.',
    ],
    [
      oauth({ callbackUrls: ['http://app.example/'] }),
      'INVALID_PARAMETER: http://app.example/ cannot use the HTTP protocol.',
    ],
    [
      oauth({ logoutUrls: ['https://app.example/#x'] }),
      'INVALID_PARAMETER: https://app.example/#x is not a valid redirect URL.',
    ],
    [oauth({ callbackUrls: ['/here'] }), 'INVALID_PARAMETER: /here is not a valid redirect URL.'],
    [
      oauth({ callbackUrls: ['https://a.example/'], defaultRedirectUri: 'https://b.example/' }),
      'INVALID_PARAMETER: https://b.example/ is not in CallbackURLs.',
    ],
  ])('are refused where they cannot be: %j', async (settings, refusal) => {
    expect(await refusalOf(create(settings))).toBe(refusal);
  });

  test('may name what the pool has', async () => {
    await create({
      readAttributes: ['email', 'email_verified', 'sub'],
      writeAttributes: ['email', 'name'],
      identityProviders: ['COGNITO'],
      ...oauth({
        enabled: true,
        flows: ['code'],
        scopes: ['openid', 'aws.cognito.signin.user.admin'],
        callbackUrls: ['http://localhost:3000/', 'myapp://back', 'https://app.example/back?x=1'],
        defaultRedirectUri: 'myapp://back',
      }),
    });
    await create(oauth({ flows: ['client_credentials'] }), { secret: 'generate' });
  });
});
