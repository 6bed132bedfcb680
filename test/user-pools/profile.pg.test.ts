import { beforeAll, describe, expect, test } from 'vitest';
import { standardSchema } from '../../src/user-pools/attribute-schema.ts';
import { testDatabase } from '../support/database.ts';
import {
  addPool,
  addUser,
  codeTo,
  PASSWORD,
  POOL_ID,
  refusalOf,
  rightsOf,
  signIn,
  testDirectory,
  tokensOf,
  type Directory,
} from './support.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

async function user(name: string, clientId?: string) {
  const sub = await addUser(directory, name, clientId);
  const { accessToken } = await tokensOf(directory.pools, name, PASSWORD, clientId);
  return { sub, accessToken };
}
const attributesOf = async (accessToken: string) =>
  (await directory.pools.profiles.get(accessToken)).attributes;

describe('a profile', () => {
  test('shows the sub and what the client may read', async () => {
    const { sub, accessToken } = await user('anna');
    expect(await attributesOf(accessToken)).toEqual({
      sub,
      email: 'anna@example.com',
      email_verified: 'true',
    });
    const { clientId } = await addPool(directory, { client: { readAttributes: ['name'] } });
    const other = await user('anna', clientId);
    expect(await attributesOf(other.accessToken)).toEqual({ sub: other.sub });
  });

  test('changes attributes and lets a new address find nobody before it is verified', async () => {
    const { pools } = directory;
    const { accessToken } = await user('ben');
    const deliveries = await pools.profiles.update(accessToken, {
      name: 'Ben',
      email: 'new-ben@example.com',
    });
    expect(deliveries).toEqual([{ destination: 'n***@e***', medium: 'EMAIL', attribute: 'email' }]);
    expect(await attributesOf(accessToken)).toMatchObject({
      name: 'Ben',
      email: 'new-ben@example.com',
      email_verified: 'false',
    });
    for (const name of ['ben@example.com', 'new-ben@example.com']) {
      expect(await refusalOf(signIn(pools, name))).toMatch(/Incorrect username or password/);
    }
    await pools.verification.verify(accessToken, 'email', await codeTo(directory, 'new-ben@example.com'));
    expect(await attributesOf(accessToken)).toMatchObject({ email_verified: 'true' });
    await tokensOf(pools, 'new-ben@example.com');
  });

  test('stays as it is when the same address is given again', async () => {
    const { accessToken } = await user('carl');
    expect(await directory.pools.profiles.update(accessToken, { email: 'carl@example.com' })).toEqual([]);
    expect(await attributesOf(accessToken)).toMatchObject({ email_verified: 'true' });
  });

  test('keeps the old address until the new one is verified, where the pool says so', async () => {
    const { pools } = directory;
    const { clientId } = await addPool(directory, { pool: { verifyBeforeUpdate: ['email'] } });
    const { accessToken } = await user('dora', clientId);
    await pools.profiles.update(accessToken, { email: 'new-dora@example.com' });
    expect(await attributesOf(accessToken)).toMatchObject({
      email: 'dora@example.com',
      email_verified: 'true',
    });
    await pools.verification.verify(accessToken, 'email', await codeTo(directory, 'new-dora@example.com'));
    expect(await attributesOf(accessToken)).toMatchObject({
      email: 'new-dora@example.com',
      email_verified: 'true',
    });
    await tokensOf(pools, 'new-dora@example.com', PASSWORD, clientId);
    expect(await refusalOf(signIn(pools, 'dora@example.com', PASSWORD, clientId))).toMatch(/Incorrect/);
  });

  test('refuses what is not in the schema, not mutable, not the client’s, or required', async () => {
    const { clientId } = await addPool(directory, {
      pool: {
        schema: standardSchema().map((each) => ({
          ...each,
          mutable: each.mutable && each.name !== 'nickname',
          required: each.required || each.name === 'email',
        })),
      },
      client: { writeAttributes: ['email', 'nickname', 'name'] },
    });
    const { accessToken } = await user('emil', clientId);
    const { profiles } = directory.pools;
    for (const [name, refusal] of [
      ['nickname', /cannot be updated/],
      ['gender', /unauthorized attribute/],
      ['email_verified', /unauthorized attribute/],
      ['sub', /unauthorized attribute/],
    ] as const) {
      expect(await refusalOf(profiles.update(accessToken, { [name]: 'true' }))).toMatch(refusal);
    }
    expect(await refusalOf(profiles.removeAttributes(accessToken, ['email']))).toMatch(
      /Cannot delete required attribute/,
    );
    expect(await refusalOf(profiles.update(accessToken, { email: '' }))).toMatch(
      /Cannot delete required attribute/,
    );
    await profiles.update(accessToken, { name: 'Emil' });
    await profiles.removeAttributes(accessToken, ['name']);
    expect(await attributesOf(accessToken)).not.toHaveProperty('name');
  });

  test('loses the address as a name with the attribute', async () => {
    const { accessToken } = await user('frida');
    await directory.pools.profiles.removeAttributes(accessToken, ['email']);
    expect(await attributesOf(accessToken)).not.toHaveProperty('email_verified');
    expect(await refusalOf(signIn(directory.pools, 'frida@example.com'))).toMatch(/Incorrect/);
  });

  test('has a preferred username that finds one user only', async () => {
    const { clientId } = await addPool(directory, { pool: { aliasAttributes: ['preferred_username'] } });
    const [first, second] = [await user('gerd', clientId), await user('hilde', clientId)];
    const { profiles } = directory.pools;
    await profiles.update(first.accessToken, { preferred_username: 'Boss' });
    await tokensOf(directory.pools, 'boss', PASSWORD, clientId);
    expect(await refusalOf(profiles.update(second.accessToken, { preferred_username: 'BOSS' }))).toBe(
      'ALIAS_EXISTS: An account with the given preferred_username already exists.',
    );
    await profiles.update(first.accessToken, { preferred_username: 'Chef' });
    await profiles.update(second.accessToken, { preferred_username: 'boss' });
  });

  test('of two who verify one address at once one gets it', async () => {
    const { pools } = directory;
    const people = [await user('ida'), await user('jan')];
    const codes: string[] = [];
    for (const { accessToken } of people) {
      await pools.profiles.update(accessToken, { email: 'shared@example.com' });
      codes.push(await codeTo(directory, 'shared@example.com'));
    }
    const answers = await Promise.allSettled(
      people.map(({ accessToken }, index) =>
        pools.verification.verify(accessToken, 'email', codes[index] ?? ''),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await tokensOf(pools, 'shared@example.com');
  });
});

describe('verification of an address', () => {
  test('sends a code five times an hour to an address that is there', async () => {
    const { verification } = directory.pools;
    const { accessToken } = await user('karl');
    for (let i = 0; i < 5; i++) {
      expect(await verification.sendCode(accessToken, 'email')).toMatchObject({ destination: 'k***@e***' });
    }
    expect(await refusalOf(verification.sendCode(accessToken, 'email'))).toMatch(/^LIMIT_EXCEEDED/);
    expect(await refusalOf(verification.sendCode(accessToken, 'phone_number'))).toMatch(/^INVALID_PARAMETER/);
    expect(await refusalOf(verification.sendCode(accessToken, 'name'))).toMatch(/^INVALID_PARAMETER/);
    expect(await refusalOf(verification.verify(accessToken, 'email', '12'))).toMatch(/^CODE_MISMATCH/);
  });
});

describe('deletion', () => {
  test('leaves nothing of the user, and a later one of the name is another', async () => {
    const { pools, database } = directory;
    const { sub, accessToken } = await user('lena');
    await pools.profiles.deleteUser(accessToken);
    expect(await refusalOf(pools.profiles.get(accessToken))).toBe('USER_NOT_FOUND: User does not exist.');
    expect(await refusalOf(signIn(pools, 'lena'))).toMatch(/Incorrect/);
    expect(await pools.standing(POOL_ID, sub)).toBeUndefined();
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['remove']);
    for (const table of [
      'users',
      'user_aliases',
      'confirmation_codes',
      'attempt_windows',
      'refresh_tokens',
    ]) {
      expect(
        await database.sql`select from ${database.sql(`rockpool.${table}`)} where sub = ${sub}`,
      ).toHaveLength(0);
    }
    expect((await user('lena')).sub).not.toBe(sub);
  });

  test('at the same time as a sign-in leaves no token behind', async () => {
    const { pools, database } = directory;
    for (let round = 0; round < 10; round++) {
      const { sub, accessToken } = await user(`max${round}`);
      await Promise.allSettled([
        tokensOf(pools, `max${round}`),
        pools.profiles.deleteUser(accessToken),
        tokensOf(pools, `max${round}`),
      ]);
      expect(await database.sql`select from rockpool.refresh_tokens where sub = ${sub}`).toHaveLength(0);
    }
  });
});
