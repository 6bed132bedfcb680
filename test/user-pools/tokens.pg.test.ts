import { JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import { beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../support/database.ts';
import {
  addPool,
  addUser,
  CLIENT_ID,
  partsOf,
  POOL_ID,
  PUBLIC_URL,
  testDirectory,
  tokensOf,
  type Directory,
} from './support.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

async function addGroup(name: string, roleArn: string | null, precedence: number | null): Promise<void> {
  await directory.database.sql`
    insert into rockpool.user_groups (pool_id, name, role_arn, precedence, created_at, last_modified_at)
    values (${POOL_ID}, ${name}, ${roleArn}, ${precedence}, now(), now())`;
}

async function join(sub: string, ...groups: string[]): Promise<void> {
  await directory.database.sql`delete from rockpool.group_members where sub = ${sub}`;
  for (const group of groups) {
    await directory.database.sql`
      insert into rockpool.group_members (pool_id, group_name, sub, created_at)
      values (${POOL_ID}, ${group}, ${sub}, now())`;
  }
}

test('the id token has exactly the claims of a user pool', async () => {
  const sub = await addUser(directory, 'Anna');
  const { idToken } = await tokensOf(directory.pools, 'anna');
  const { header, claims } = partsOf(idToken);
  const now = Math.floor(directory.clock.now() / 1000);
  expect(Object.keys(header)).toEqual(['kid', 'alg']);
  expect(header['alg']).toBe('RS256');
  expect(header['kid']).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  expect(claims).toEqual({
    sub,
    iss: `${PUBLIC_URL}/${POOL_ID}`,
    aud: CLIENT_ID,
    token_use: 'id',
    'cognito:username': 'Anna',
    email: 'Anna@example.com',
    email_verified: true,
    auth_time: now,
    iat: now,
    exp: now + 3600,
    jti: expect.stringMatching(UUID),
    origin_jti: expect.stringMatching(UUID),
    event_id: expect.stringMatching(UUID),
  });
});

test('the access token has exactly its own, and another key', async () => {
  const sub = await addUser(directory, 'ben');
  const { idToken, accessToken, expiresIn } = await tokensOf(directory.pools, 'ben');
  const id = partsOf(idToken);
  const { header, claims } = partsOf(accessToken);
  const now = Math.floor(directory.clock.now() / 1000);
  expect(expiresIn).toBe(3600);
  expect(header['kid']).not.toBe(id.header['kid']);
  expect(claims).toEqual({
    sub,
    iss: `${PUBLIC_URL}/${POOL_ID}`,
    client_id: CLIENT_ID,
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
    username: 'ben',
    auth_time: now,
    iat: now,
    exp: now + 3600,
    jti: expect.stringMatching(UUID),
    origin_jti: id.claims['origin_jti'],
    event_id: id.claims['event_id'],
  });
  expect(claims['jti']).not.toBe(id.claims['jti']);
});

test('groups come best first, roles and the preferred role only in the id token', async () => {
  const sub = await addUser(directory, 'carl');
  const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
  await addGroup('readers', role('Reader'), null);
  await addGroup('editors', role('Editor'), 5);
  await addGroup('writers', role('Writer'), 5);
  await addGroup('admins', role('Admin'), 0);
  await addGroup('plain', null, 1);

  await join(sub, 'readers', 'editors', 'admins', 'plain');
  const first = await tokensOf(directory.pools, 'carl');
  expect(partsOf(first.idToken).claims).toMatchObject({
    'cognito:groups': ['admins', 'plain', 'editors', 'readers'],
    'cognito:roles': [role('Admin'), role('Editor'), role('Reader')],
    'cognito:preferred_role': role('Admin'),
  });
  const access = partsOf(first.accessToken).claims;
  expect(access['cognito:groups']).toEqual(['admins', 'plain', 'editors', 'readers']);
  expect(access).not.toHaveProperty('cognito:roles');

  await join(sub, 'editors', 'writers');
  const second = partsOf((await tokensOf(directory.pools, 'carl')).idToken).claims;
  expect(second['cognito:roles']).toEqual([role('Editor'), role('Writer')]);
  expect(second).not.toHaveProperty('cognito:preferred_role');
});

test('attributes take their JSON types, and only readable ones are there', async () => {
  const { poolId, clientId } = await addPool(directory, {
    client: { readAttributes: ['address', 'updated_at', 'name'] },
  });
  await addUser(directory, 'dora', clientId);
  await directory.database.sql`
    update rockpool.users set attributes = attributes || ${directory.database.sql.json({
      address: 'Main Street 1',
      updated_at: '1700000000',
      nickname: 'D',
    })} where pool_id = ${poolId}`;
  const { idToken } = await tokensOf(directory.pools, 'dora', undefined, clientId);
  const { claims } = partsOf(idToken);
  expect(claims).toMatchObject({ address: { formatted: 'Main Street 1' }, updated_at: 1_700_000_000 });
  expect(claims).not.toHaveProperty('nickname');
  expect(claims).not.toHaveProperty('email');
});

test('without token revocation neither jti nor origin_jti is there', async () => {
  const { clientId } = await addPool(directory, { client: { tokenRevocation: false } });
  await addUser(directory, 'emil', clientId);
  const { idToken, accessToken } = await tokensOf(directory.pools, 'emil', undefined, clientId);
  for (const token of [idToken, accessToken]) {
    expect(partsOf(token).claims).not.toHaveProperty('jti');
    expect(partsOf(token).claims).not.toHaveProperty('origin_jti');
  }
});

test('the public verifier of user pool tokens takes both by the published keys', async () => {
  await addUser(directory, 'frida');
  directory.clock.advance(Date.now() - directory.clock.now());
  const { idToken, accessToken } = await tokensOf(directory.pools, 'frida');
  const jwks = await directory.pools.jwks(POOL_ID);
  const issuer = `${PUBLIC_URL}/${POOL_ID}`;
  const verifier = (tokenUse: 'id' | 'access') => {
    const made = JwtVerifier.create({
      issuer,
      audience: tokenUse === 'id' ? CLIENT_ID : null,
      customJwtCheck: ({ payload }) => validateCognitoJwtFields(payload, { tokenUse, clientId: CLIENT_ID }),
    });
    made.cacheJwks({ keys: (jwks?.keys ?? []).map((key) => ({ ...key })) });
    return made;
  };
  expect(verifier('id').verifySync(idToken)['cognito:username']).toBe('frida');
  expect(verifier('access').verifySync(accessToken)['username']).toBe('frida');
  expect(() => verifier('id').verifySync(accessToken)).toThrow();
  expect(() => verifier('access').verifySync(idToken)).toThrow();
});

test('the documents of a pool name its addresses, and there are none for a pool that is not there', async () => {
  const { pools } = directory;
  const jwks = await pools.jwks(POOL_ID);
  expect(jwks?.keys).toHaveLength(2);
  for (const key of jwks?.keys ?? []) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  }
  const document = await pools.discovery(POOL_ID);
  expect(document).toMatchObject({
    issuer: `${PUBLIC_URL}/${POOL_ID}`,
    jwks_uri: `${PUBLIC_URL}/${POOL_ID}/.well-known/jwks.json`,
    token_endpoint: `${PUBLIC_URL}/oauth2/token`,
    userinfo_endpoint: `${PUBLIC_URL}/oauth2/userInfo`,
  });
  expect(await pools.jwks('us-east-1_Missing')).toBeUndefined();
  expect(await pools.discovery('us-east-1_Missing')).toBeUndefined();
  expect(await pools.clientIds('us-east-1_Missing')).toBeUndefined();
  expect(await pools.clientIds(POOL_ID)).toEqual([CLIENT_ID]);
});
