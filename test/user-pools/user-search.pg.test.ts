import { beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../support/database.ts';
import { addPool, addUser, POOL_ID, refusalOf, testDirectory, type Directory } from './support.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
  await addUser(directory, 'Anna');
  await addUser(directory, 'ben');
  await addUser(directory, 'annabel');
  const { adminAccounts, adminUsers } = directory.pools;
  const named = (username: string) => ({ poolId: POOL_ID, username });
  await adminAccounts.updateAttributes(named('Anna'), {
    name: 'Anna "A" Ash',
    given_name: 'Anna',
    family_name: 'Ash',
    phone_number: '+15550001',
  });
  await adminAccounts.updateAttributes(named('ben'), { name: 'Ben_%', preferred_username: 'benny' });
  await adminUsers.disable(named('ben'));
  await adminUsers.create({
    ...named('carl'),
    attributes: {},
    temporaryPassword: undefined,
    forceAliasCreation: false,
    message: 'SUPPRESS',
    mediums: undefined,
  });
});

const ALL = { limit: undefined, token: undefined };
const list = (filter?: string, poolId = POOL_ID) =>
  directory.pools.userSearch.list({ poolId, filter, attributes: undefined }, ALL);
const namesOf = async (filter?: string) => (await list(filter)).items.map((user) => user.username);

describe('users of a pool', () => {
  test('are listed in the order of their names, whatever the case', async () => {
    expect(await namesOf()).toEqual(['Anna', 'annabel', 'ben', 'carl']);
    expect(await namesOf('')).toEqual(['Anna', 'annabel', 'ben', 'carl']);
  });

  test('are those of no other pool', async () => {
    const { poolId, clientId } = await addPool(directory, {});
    await addUser(directory, 'anna', clientId);
    expect((await list(undefined, poolId)).items).toHaveLength(1);
    expect((await list('username = "anna"', poolId)).items).toHaveLength(1);
    expect(await namesOf('email ^= "anna"')).toEqual(['annabel']);
  });

  test.each([
    ['username = "ANNA"', ['Anna']],
    ['username ^= "ann"', ['Anna', 'annabel']],
    ['username ^= "annab"', ['annabel']],
    ['username ^= ""', ['Anna', 'annabel', 'ben', 'carl']],
    ['email = "ben@example.com"', ['ben']],
    ['email ^= "ann"', ['annabel']],
    ['email ^= "Ann"', ['Anna']],
    ['phone_number ^= "+1555"', ['Anna']],
    ['name = "Anna \\"A\\" Ash"', ['Anna']],
    ['name ^= "Ben_"', ['ben']],
    ['name ^= "B_n"', []],
    ['name ^= "%"', []],
    ['given_name = "Anna"', ['Anna']],
    ['family_name = "Ash"', ['Anna']],
    ['preferred_username = "benny"', ['ben']],
    ['cognito:user_status = "CONFIRMED"', ['Anna', 'annabel', 'ben']],
    ['cognito:user_status = "force_change_password"', ['carl']],
    ['cognito:user_status ^= "FORCE"', ['carl']],
    ['status = "Enabled"', ['Anna', 'annabel', 'carl']],
    ['status = "Disabled"', ['ben']],
    ['status = "disabled"', []],
    ['name = "\'; drop table rockpool.users; --"', []],
  ])('are found by %s', async (filter, names) => {
    expect(await namesOf(filter)).toEqual(names);
  });

  test('are found by sub', async () => {
    const { sub } = await directory.pools.adminUsers.get({ poolId: POOL_ID, username: 'ben' });
    expect(await namesOf(`sub = "${sub}"`)).toEqual(['ben']);
    expect(await namesOf(`sub ^= "${sub.slice(0, 30)}"`)).toEqual(['ben']);
  });

  test('are told apart by case where the pool does', async () => {
    const { poolId, clientId } = await addPool(directory, { pool: { caseSensitive: true } });
    await addUser(directory, 'Dora', clientId);
    expect((await list('username = "Dora"', poolId)).items).toHaveLength(1);
    expect((await list('username = "dora"', poolId)).items).toHaveLength(0);
  });

  test('come in pages that a user who comes or goes does not shift', async () => {
    const { poolId, clientId } = await addPool(directory, {});
    for (const name of ['b', 'c', 'd', 'e']) await addUser(directory, name, clientId);
    const request = { poolId, filter: 'cognito:user_status = "CONFIRMED"', attributes: undefined };
    const { userSearch, adminUsers } = directory.pools;
    const first = await userSearch.list(request, { limit: 2, token: undefined });
    expect(first.items.map((user) => user.username)).toEqual(['b', 'c']);
    await addUser(directory, 'a', clientId);
    await adminUsers.remove({ poolId, username: 'c' });
    const second = await userSearch.list(request, { limit: 2, token: first.nextToken });
    expect(second.items.map((user) => user.username)).toEqual(['d', 'e']);
    expect(second.nextToken).toBeUndefined();
    // A token goes on in the list that it was given for.
    for (const other of [
      { ...request, filter: undefined },
      { ...request, poolId: POOL_ID },
    ]) {
      expect(await refusalOf(userSearch.list(other, { limit: 2, token: first.nextToken }))).toBe(
        'INVALID_PARAMETER: Invalid pagination token given.',
      );
    }
  });

  test('are not listed with what no user can have, nor in a pool that is not there', async () => {
    const { userSearch } = directory.pools;
    const asking = (attributes: string[], poolId = POOL_ID) =>
      userSearch.list({ poolId, filter: undefined, attributes }, ALL);
    expect(await refusalOf(asking(['email', 'custom:none']))).toBe(
      'INVALID_PARAMETER: One or more requested attributes do not exist.',
    );
    expect(await refusalOf(asking([], 'us-east-1_None'))).toBe(
      'NOT_FOUND: User pool us-east-1_None does not exist.',
    );
  });

  test('never come with a secret', async () => {
    const { items } = await list();
    expect(JSON.stringify(items)).not.toMatch(/scrypt|passwordHash|srpVerifier/);
  });
});
