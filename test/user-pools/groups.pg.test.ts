import { beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../support/database.ts';
import { addPool, addUser, POOL_ID, refusalOf, rightsOf, testDirectory, type Directory } from './support.ts';

const NOT_FOUND = 'NOT_FOUND: Group not found.';
const PLAIN = { description: undefined, roleArn: undefined, precedence: undefined };
const ROLE = 'arn:aws:iam::000000000000:role/editors';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

const named = (name: string, poolId = POOL_ID) => ({ poolId, name });
const create = (name: string, poolId = POOL_ID) => directory.pools.groups.create(named(name, poolId), PLAIN);
const membersOf = async (name: string, poolId: string) =>
  directory.database.sql`
    select sub from rockpool.group_members where pool_id = ${poolId} and group_name = ${name}`;

describe('a group', () => {
  test('is made once, of several calls at once too', async () => {
    const calls = Array.from({ length: 8 }, () => create('editors'));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusalOf(create('editors'))).toBe(
      'GROUP_EXISTS: A group with the name editors already exists.',
    );
    // Names are told apart by case, as on AWS.
    await create('Editors');
  });

  test('has a description, a role and a precedence, each of which can change alone', async () => {
    const { groups } = directory.pools;
    const details = { description: 'Those who edit', roleArn: ROLE, precedence: 0 };
    const made = await groups.create(named('roles'), details);
    expect(made).toMatchObject({ ...named('roles'), ...details });
    const changed = await groups.update(named('roles'), { ...PLAIN, precedence: 7 });
    expect(changed).toMatchObject({ ...details, precedence: 7, createdAt: made.createdAt });
    expect(await groups.get(named('roles'))).toEqual(changed);
    const plain = await create('plain');
    expect(plain).toMatchObject({ description: null, roleArn: null, precedence: null });
  });

  test('that is not there is not found, nor in a pool that is not there', async () => {
    const { groups } = directory.pools;
    for (const call of [
      () => groups.get(named('ghosts')),
      () => groups.update(named('ghosts'), PLAIN),
      () => groups.remove(named('ghosts')),
    ]) {
      expect(await refusalOf(call())).toBe(NOT_FOUND);
    }
    for (const call of [
      () => create('a', 'us-east-1_None'),
      () => groups.get(named('a', 'us-east-1_None')),
      () => groups.list('us-east-1_None', { limit: 1, token: undefined }),
    ]) {
      expect(await refusalOf(call())).toBe('NOT_FOUND: User pool us-east-1_None does not exist.');
    }
  });

  test('is listed by name, a page at a time', async () => {
    const { poolId } = await addPool(directory, {});
    for (const name of ['b', 'B', 'a', 'ä']) await create(name, poolId);
    const { groups } = directory.pools;
    const first = await groups.list(poolId, { limit: 3, token: undefined });
    expect(first.items.map(({ name }) => name)).toEqual(['B', 'a', 'b']);
    const second = await groups.list(poolId, { limit: 3, token: first.nextToken });
    expect(second).toMatchObject({ items: [{ name: 'ä' }], nextToken: undefined });
  });

  test('is one of 10 000 in its pool at most, however many are made at once', async () => {
    const { poolId } = await addPool(directory, {});
    await directory.database.sql`
      insert into rockpool.user_groups (pool_id, name, created_at, last_modified_at)
      select ${poolId}, 'g' || n, now(), now() from generate_series(1, 9998) n`;
    const outcomes = await Promise.allSettled(['w', 'x', 'y', 'z'].map((name) => create(name, poolId)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await refusalOf(create('more', poolId))).toMatch(/^LIMIT_EXCEEDED: /);
    // One that is there is told so, at the limit too.
    expect(await refusalOf(create('g1', poolId))).toMatch(/^GROUP_EXISTS: /);
  });
});

describe('deleting a group', () => {
  test('takes everybody out and tells the nodes of each', async () => {
    const { pools } = directory;
    const { poolId, clientId } = await addPool(directory, {});
    await create('team', poolId);
    await create('other', poolId);
    const subs = [];
    for (const name of ['anna', 'ben', 'carl']) {
      subs.push(await addUser(directory, name, clientId));
      await pools.memberships.add({ poolId, username: name }, 'team');
    }
    await pools.memberships.add({ poolId, username: 'ben' }, 'other');
    const rings = directory.rings();
    await pools.groups.remove(named('team', poolId));
    expect(directory.rings()).toBeGreaterThan(rings);
    expect(await membersOf('team', poolId)).toHaveLength(0);
    for (const [index, sub] of subs.entries()) {
      expect(await rightsOf(directory, poolId, sub)).toEqual(Array(index === 1 ? 3 : 2).fill('groups'));
    }
    expect((await pools.standing(poolId, subs[1] ?? ''))?.groups).toEqual(['other']);
    expect(await refusalOf(pools.groups.remove(named('team', poolId)))).toBe(NOT_FOUND);
    // A new one of the name begins empty.
    await create('team', poolId);
    expect((await pools.standing(poolId, subs[0] ?? ''))?.groups).toEqual([]);
  });

  test('with more members than fit into one transaction takes several', async () => {
    const { poolId } = await addPool(directory, {});
    await create('crowd', poolId);
    const { sql } = directory.database;
    await sql`
      insert into rockpool.users (pool_id, username, username_key, sub, attributes, status, enabled, failed_attempts,
        created_at, last_modified_at)
      select ${poolId}, 'u' || n, 'u' || n, 's' || n, '{}', 'CONFIRMED', true, 0, now(), now()
      from generate_series(1, 250) n`;
    await sql`
      insert into rockpool.group_members (pool_id, group_name, sub, created_at)
      select pool_id, 'crowd', sub, now() from rockpool.users where pool_id = ${poolId}`;
    const rings = directory.rings();
    await directory.pools.groups.remove(named('crowd', poolId));
    expect(directory.rings() - rings).toBe(3);
    const [row] = await sql<{ entries: number; topics: number }[]>`
      select count(*) as entries, count(distinct topic) as topics from rockpool.journal
      where topic like ${`caller:${poolId}/%`} and operation = 'groups' and actor = 'root'`;
    expect(row).toEqual({ entries: 250, topics: 250 });
    expect(await membersOf('crowd', poolId)).toHaveLength(0);
  });

  test('and adding to it come one after the other: nobody is left in a group that is gone', async () => {
    const { pools } = directory;
    const { poolId, clientId } = await addPool(directory, {});
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const subs = new Map<string, string>();
    for (const name of names) subs.set(name, await addUser(directory, name, clientId));
    for (let round = 0; round < 5; round++) {
      await create('shaky', poolId);
      const [removal, ...adds] = await Promise.allSettled([
        pools.groups.remove(named('shaky', poolId)),
        ...names.map((username) => pools.memberships.add({ poolId, username }, 'shaky')),
      ]);
      expect(removal?.status).toBe('fulfilled');
      for (const add of adds) {
        if (add.status === 'rejected') expect(add.reason).toMatchObject({ message: 'Group not found.' });
      }
      expect(await membersOf('shaky', poolId)).toHaveLength(0);
    }
    // Each who came in was taken out: what the journal tells is even.
    for (const sub of subs.values()) {
      expect((await rightsOf(directory, poolId, sub)).length % 2).toBe(0);
    }
  });

  test('twice at once deletes it once and fails for nobody', async () => {
    const { pools } = directory;
    const { poolId, clientId } = await addPool(directory, {});
    await addUser(directory, 'anna', clientId);
    await create('twice', poolId);
    await pools.memberships.add({ poolId, username: 'anna' }, 'twice');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 3 }, () => pools.groups.remove(named('twice', poolId))),
    );
    const refused = outcomes.filter((each) => each.status === 'rejected');
    for (const each of refused) expect(each.reason).toMatchObject({ code: 'NOT_FOUND' });
    expect(outcomes.length - refused.length).toBeGreaterThan(0);
  });
});
