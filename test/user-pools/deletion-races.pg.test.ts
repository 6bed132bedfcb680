import { beforeAll, expect, test, vi } from 'vitest';
import type { Transaction } from '../../src/database/connection.ts';
import { insertMember } from '../../src/user-pools/store/group-members.ts';
import { deleteEmptyGroup, holdGroup, insertGroup } from '../../src/user-pools/store/groups.ts';
import { deleteEmptyPool } from '../../src/user-pools/store/pool-list.ts';
import { insertUser, type NewUser } from '../../src/user-pools/store/users.ts';
import { testDatabase } from '../support/database.ts';
import { addPool, addUser, refusalOf, testDirectory, type Directory } from './support.ts';

/* Who comes first, when the other is in the middle of a transaction: the outcome must be that of one after the other. */

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

/** Postgres ends a transaction that is idle for 2 s. */
const WHILE_IDLE = { timeout: 1800, interval: 5 };

/** Does the first, and while it is not committed the second, which must wait for it. */
async function inTheMiddle<A, B>(
  first: (sql: Transaction) => Promise<A>,
  second: (sql: Transaction) => Promise<B>,
): Promise<PromiseSettledResult<B>> {
  const { database } = directory;
  let begun: Promise<B> | undefined;
  await database.transaction(async (sql) => {
    await first(sql);
    begun = database.transaction(second);
    begun.catch(() => undefined);
    await vi.waitFor(async () => {
      const waiting = await database.sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      expect(waiting).toHaveLength(1);
    }, WHILE_IDLE);
  });
  const [outcome] = await Promise.allSettled([begun]);
  return outcome as PromiseSettledResult<B>;
}

const newUser = (poolId: string): NewUser => ({
  poolId,
  username: 'late',
  usernameKey: 'late',
  sub: 'late',
  attributes: {},
  status: 'UNCONFIRMED',
  passwordHash: null,
  srpVerifier: null,
  passwordSetAt: null,
});
const details = { description: undefined, roleArn: undefined, precedence: undefined };

test('a group that somebody is being added to is not deleted empty', async () => {
  const { poolId, clientId } = await addPool(directory, {});
  const sub = await addUser(directory, 'anna', clientId);
  await directory.database.transaction((sql) => insertGroup(sql, { poolId, name: 'team', ...details }));
  const outcome = await inTheMiddle(
    async (sql) => {
      expect(await holdGroup(sql, poolId, 'team')).toBe(true);
      await insertMember(sql, { poolId, sub, groupName: 'team' });
    },
    (sql) => deleteEmptyGroup(sql, poolId, 'team'),
  );
  expect(outcome).toEqual({ status: 'fulfilled', value: 'occupied' });
});

test('nobody is added to a group that is being deleted', async () => {
  const { poolId } = await addPool(directory, {});
  await directory.database.transaction((sql) => insertGroup(sql, { poolId, name: 'team', ...details }));
  const outcome = await inTheMiddle(
    (sql) => deleteEmptyGroup(sql, poolId, 'team'),
    (sql) => holdGroup(sql, poolId, 'team'),
  );
  expect(outcome).toEqual({ status: 'fulfilled', value: false });
});

test('a pool that somebody is signing up to is not deleted empty', async () => {
  const { poolId } = await addPool(directory, {});
  const outcome = await inTheMiddle(
    (sql) => insertUser(sql, newUser(poolId)),
    (sql) => deleteEmptyPool(sql, poolId),
  );
  expect(outcome).toEqual({ status: 'fulfilled', value: false });
});

test('nobody signs up to a pool that is being deleted', async () => {
  const { poolId } = await addPool(directory, {});
  const outcome = await inTheMiddle(
    (sql) => deleteEmptyPool(sql, poolId),
    (sql) => insertUser(sql, newUser(poolId)),
  );
  expect(outcome.status).toBe('rejected');
  expect(
    await refusalOf(
      outcome.status === 'rejected' ? Promise.reject(outcome.reason as Error) : Promise.resolve(),
    ),
  ).toBe(`NOT_FOUND: User pool ${poolId} does not exist.`);
});
