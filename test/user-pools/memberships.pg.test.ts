import { beforeAll, describe, expect, test } from 'vitest';
import type { GroupDetails } from '../../src/user-pools/store/groups.ts';
import { testDatabase } from '../support/database.ts';
import {
  addPool,
  addUser,
  CLIENT_ID,
  partsOf,
  POOL_ID,
  refusalOf,
  rightsOf,
  testDirectory,
  tokensOf,
  type Directory,
} from './support.ts';

const PLAIN = { description: undefined, roleArn: undefined, precedence: undefined };

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
  for (const name of ['editors', 'readers', 'authors']) await create(name);
});

const create = (name: string, details: Partial<GroupDetails> = {}) =>
  directory.pools.groups.create({ poolId: POOL_ID, name }, { ...PLAIN, ...details });
const named = (username: string, poolId = POOL_ID) => ({ poolId, username });
const add = (username: string, group: string) => directory.pools.memberships.add(named(username), group);
const remove = (username: string, group: string) =>
  directory.pools.memberships.remove(named(username), group);

describe('a member of a group', () => {
  test('has it in the next tokens and at once in the standing, and no longer after removal', async () => {
    const { pools } = directory;
    const sub = await addUser(directory, 'anna');
    const before = await tokensOf(pools, 'anna');
    expect(partsOf(before.accessToken).claims).not.toHaveProperty('cognito:groups');
    await add('anna', 'editors');
    await add('anna@example.com', 'authors');
    expect((await pools.standing(POOL_ID, sub))?.groups).toEqual(['authors', 'editors']);
    const groupsIn = (token: string) => partsOf(token).claims['cognito:groups'];
    const fresh = await tokensOf(pools, 'anna');
    expect(groupsIn(fresh.accessToken)).toEqual(['authors', 'editors']);
    expect(groupsIn(fresh.idToken)).toEqual(['authors', 'editors']);
    // A refresh of the older sign-in has them too.
    const refreshed = await pools.authentication.refresh({
      clientId: CLIENT_ID,
      clientSecret: undefined,
      refreshToken: before.refreshToken,
    });
    expect(groupsIn(refreshed.accessToken)).toEqual(['authors', 'editors']);
    await remove(sub, 'editors');
    expect((await pools.standing(POOL_ID, sub))?.groups).toEqual(['authors']);
    expect(groupsIn((await tokensOf(pools, 'anna')).accessToken)).toEqual(['authors']);
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['groups', 'groups', 'groups']);
  });

  test('carries roles by the best precedence', async () => {
    const { pools } = directory;
    await addUser(directory, 'rosa');
    await create('first', { roleArn: 'arn:aws:iam::000000000000:role/first', precedence: 1 });
    await create('second', { roleArn: 'arn:aws:iam::000000000000:role/second', precedence: 2 });
    await add('rosa', 'second');
    await add('rosa', 'first');
    const claims = async () => partsOf((await tokensOf(pools, 'rosa')).idToken).claims;
    expect(await claims()).toMatchObject({
      'cognito:groups': ['first', 'second'],
      'cognito:preferred_role': 'arn:aws:iam::000000000000:role/first',
    });
    await pools.groups.update({ poolId: POOL_ID, name: 'first' }, { ...PLAIN, precedence: 3 });
    expect(await claims()).toMatchObject({
      'cognito:preferred_role': 'arn:aws:iam::000000000000:role/second',
    });
  });

  test('who is added or removed twice changes nothing, and nobody is told', async () => {
    const sub = await addUser(directory, 'ben');
    await add('ben', 'editors');
    const rings = directory.rings();
    await add('ben', 'editors');
    await remove('ben', 'readers');
    expect(directory.rings()).toBe(rings);
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['groups']);
    await remove('ben', 'editors');
    expect(directory.rings()).toBe(rings + 1);
    await remove('ben', 'editors');
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['groups', 'groups']);
  });

  test('must be there, and so must the group', async () => {
    await addUser(directory, 'carl');
    for (const change of [add, remove]) {
      expect(await refusalOf(change('ghost', 'editors'))).toBe('USER_NOT_FOUND: User does not exist.');
      expect(await refusalOf(change('carl', 'ghosts'))).toBe('NOT_FOUND: Group not found.');
    }
    const foreign = await addPool(directory, {});
    expect(await refusalOf(directory.pools.memberships.add(named('carl', foreign.poolId), 'editors'))).toBe(
      'USER_NOT_FOUND: User does not exist.',
    );
  });

  test('is in 100 groups at most', async () => {
    const sub = await addUser(directory, 'max');
    await directory.database.sql`
      with made as (
        insert into rockpool.user_groups (pool_id, name, created_at, last_modified_at)
        select ${POOL_ID}, 'many' || n, now(), now() from generate_series(1, 99) n returning name
      )
      insert into rockpool.group_members (pool_id, group_name, sub, created_at)
      select ${POOL_ID}, name, ${sub}, now() from made`;
    const outcomes = await Promise.allSettled([add('max', 'editors'), add('max', 'readers')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusalOf(add('max', 'authors'))).toMatch(/^LIMIT_EXCEEDED: /);
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['groups']);
  });

  test('is listed with the group, and the group with the member, in pages', async () => {
    const { pools } = directory;
    await create('listed');
    for (const name of ['x', 'y', 'z']) {
      await addUser(directory, name);
      await add(name, 'listed');
    }
    const members: string[] = [];
    let token: string | undefined;
    do {
      const page = await pools.memberships.members({ poolId: POOL_ID, name: 'listed' }, { limit: 1, token });
      members.push(...page.items.map((user) => user.username));
      token = page.nextToken;
    } while (token !== undefined);
    expect(members.sort()).toEqual(['x', 'y', 'z']);
    await add('x', 'authors');
    const first = await pools.memberships.groupsOf(named('x'), { limit: 1, token: undefined });
    const second = await pools.memberships.groupsOf(named('x'), { limit: 1, token: first.nextToken });
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['authors', 'listed']);
    expect(second.nextToken).toBeUndefined();
    expect(
      await refusalOf(pools.memberships.groupsOf(named('y'), { limit: 1, token: first.nextToken })),
    ).toMatch(/^INVALID_PARAMETER: Invalid pagination token/);
  });

  test('leaves every group with the account', async () => {
    const { pools } = directory;
    await create('left');
    await addUser(directory, 'leo');
    await add('leo', 'left');
    await pools.adminUsers.remove(named('leo'));
    const page = await pools.memberships.members(
      { poolId: POOL_ID, name: 'left' },
      { limit: 1, token: undefined },
    );
    expect(page.items).toEqual([]);
    const again = await addUser(directory, 'leo');
    expect((await pools.standing(POOL_ID, again))?.groups).toEqual([]);
  });
});

test('adding and removing at once: each change is told once, and the last one holds', async () => {
  const { pools } = directory;
  const sub = await addUser(directory, 'dora');
  await create('racing');
  for (let round = 0; round < 4; round++) {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        index % 2 === 0 ? add('dora', 'racing') : remove('dora', 'racing'),
      ),
    );
    const isMember = (await pools.standing(POOL_ID, sub))?.groups.includes('racing');
    expect((await rightsOf(directory, POOL_ID, sub)).length % 2).toBe(isMember === true ? 1 : 0);
  }
});
