import { beforeEach, describe, expect, test } from 'vitest';
import { ensureDefaults } from '../../src/user-pools/defaults.ts';
import { DirectoryError } from '../../src/user-pools/errors.ts';
import {
  addPool,
  addUser,
  CLIENT_ID,
  partsOf,
  PASSWORD,
  POOL_ID,
  refusalOf,
  rightsOf,
  signIn,
  testDirectory,
  tokensOf,
  type Directory,
} from './support.ts';

const PLAIN = { description: undefined, roleArn: undefined, precedence: undefined };

let directory: Directory;
beforeEach(async () => {
  directory = await testDirectory();
});

const remove = (poolId: string) => directory.pools.poolAdmin.remove(poolId);

/** Tables that have rows of a pool, the journal and logins aside, which are kept. */
async function tablesWith(poolId: string): Promise<string[]> {
  const { sql } = directory.database;
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.columns
    where table_schema = 'rockpool' and column_name = 'pool_id' order by table_name`;
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await sql`select from ${sql(`rockpool.${name}`)} where pool_id = ${poolId} limit 1`;
    if (rows.length > 0) found.push(name);
  }
  return found;
}

/** A pool with something in every table. */
async function fullPool() {
  const { pools } = directory;
  const made = await addPool(directory, {});
  const { poolId, clientId } = made;
  const anna = await addUser(directory, 'anna', clientId);
  const ben = await addUser(directory, 'ben', clientId);
  await pools.groups.create({ poolId, name: 'team' }, PLAIN);
  await pools.memberships.add({ poolId, username: 'anna' }, 'team');
  const tokens = await tokensOf(pools, 'anna', PASSWORD, clientId);
  const other = await tokensOf(pools, 'anna', PASSWORD, clientId);
  await pools.revocation.revoke({ token: other.refreshToken, clientId, clientSecret: undefined });
  await pools.verification.sendCode(tokens.accessToken, 'email');
  await refusalOf(signIn(pools, 'ghost', PASSWORD, clientId));
  return { ...made, anna, ben, tokens };
}

describe('deleting a pool', () => {
  test('leaves nothing of it, and ends every token of its users on every node', async () => {
    const { pools } = directory;
    const { poolId, clientId, anna, ben, tokens } = await fullPool();
    const tables = await tablesWith(poolId);
    expect(tables).toEqual([
      'attempt_windows',
      'confirmation_codes',
      'group_members',
      'refresh_tokens',
      'revoked_origins',
      'signing_keys',
      'user_aliases',
      'user_groups',
      'user_pool_clients',
      'users',
    ]);
    await addUser(directory, 'anna');
    const elsewhere = await tokensOf(pools, 'anna');
    expect(await pools.jwks(poolId)).toBeDefined();
    const rings = directory.rings();

    await remove(poolId);

    expect(await tablesWith(poolId)).toEqual([]);
    expect(directory.rings()).toBeGreaterThan(rings);
    expect((await rightsOf(directory, poolId, anna)).at(-1)).toBe('remove');
    expect(await rightsOf(directory, poolId, ben)).toEqual(['remove']);
    expect(await pools.standing(poolId, anna)).toBeUndefined();
    expect(await pools.jwks(poolId)).toBeUndefined();
    expect(await pools.discovery(poolId)).toBeUndefined();
    expect(await pools.clientIds(poolId)).toBeUndefined();
    expect(await refusalOf(pools.profiles.get(tokens.accessToken))).toMatch(/^(USER_)?NOT_FOUND: /);
    expect(await refusalOf(signIn(pools, 'anna', PASSWORD, clientId))).toBe(
      `NOT_FOUND: User pool client ${clientId} does not exist.`,
    );
    expect(await refusalOf(remove(poolId))).toBe(`NOT_FOUND: User pool ${poolId} does not exist.`);
    // Nobody else was touched.
    expect((await pools.profiles.get(elsewhere.accessToken)).username).toBe('anna');
  });

  test('is refused while it is protected', async () => {
    const { poolId, clientId } = await addPool(directory, { pool: { deletionProtection: true } });
    await addUser(directory, 'anna', clientId);
    expect(await refusalOf(remove(poolId))).toBe(
      'INVALID_PARAMETER: The user pool cannot be deleted because deletion protection is activated. ' +
        'Deletion protection must be inactivated first.',
    );
    await tokensOf(directory.pools, 'anna', PASSWORD, clientId);
  });

  test('of many users takes a transaction for some of them at a time', async () => {
    const { poolId } = await addPool(directory, {});
    const { sql } = directory.database;
    await sql`
      insert into rockpool.users (pool_id, username, username_key, sub, attributes, status, enabled, failed_attempts,
        created_at, last_modified_at)
      select ${poolId}, 'u' || n, 'u' || n, 's' || n, '{}', 'CONFIRMED', true, 0, now(), now()
      from generate_series(1, 450) n`;
    const rings = directory.rings();
    await remove(poolId);
    expect(directory.rings() - rings).toBe(5);
    const [row] = await sql<{ count: number }[]>`
      select count(distinct topic) as count from rockpool.journal
      where topic like ${`caller:${poolId}/%`} and operation = 'remove'`;
    expect(row?.count).toBe(450);
  });

  test('under sign-ins, sign-ups and group changes ends them all in one way or the other', async () => {
    const { pools } = directory;
    const { poolId, clientId } = await addPool(directory, {});
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) await addUser(directory, name, clientId);
    await pools.groups.create({ poolId, name: 'team' }, PLAIN);
    let deleted = false;
    let tokens = 0;
    const under: Promise<void>[] = names.map(async (username, index) => {
      for (let round = 0; !deleted; round++) {
        const calls = [
          signIn(pools, username, PASSWORD, clientId).then(() => void (tokens += 1)),
          pools.memberships.add({ poolId, username }, 'team'),
          pools.memberships.remove({ poolId, username }, 'team'),
          pools.signUps.signUp({
            clientId,
            username: `new-${index}-${round}`,
            secretHash: undefined,
            password: PASSWORD,
            attributes: { email: `new-${index}-${round}@example.com` },
          }),
          pools.groups.create({ poolId, name: `g-${index}-${round}` }, PLAIN),
        ];
        for (const outcome of await Promise.allSettled(calls)) {
          // Every refusal is one of the directory: nothing breaks in the middle.
          if (outcome.status === 'rejected' && !(outcome.reason instanceof DirectoryError))
            throw outcome.reason;
        }
      }
    });
    while (tokens < 4) await Promise.race([...under, pools.jwks(poolId)]);
    await Promise.all([remove(poolId), refusalOf(remove(poolId)).catch(() => undefined)]);
    deleted = true;
    await Promise.all(under);
    // Wrong names of a pool that is gone are swept within a day.
    expect((await tablesWith(poolId)).filter((name) => name !== 'attempt_windows')).toEqual([]);
  });
});

test('a default pool that was deleted is made anew with other keys, on a node that knew the old ones too', async () => {
  const { pools, database, sealer } = directory;
  await addUser(directory, 'anna');
  const old = await tokensOf(pools, 'anna');
  const oldKids = (await pools.jwks(POOL_ID))?.keys.map(({ kid }) => kid);
  await remove(POOL_ID);
  // Another node starts.
  await ensureDefaults({ database, sealer, region: 'us-east-1' });
  const kids = (await pools.jwks(POOL_ID))?.keys.map(({ kid }) => kid) ?? [];
  expect(kids).toHaveLength(2);
  expect(kids.filter((kid) => oldKids?.includes(kid) === true)).toEqual([]);
  await addUser(directory, 'anna');
  const fresh = await tokensOf(pools, 'anna', PASSWORD, CLIENT_ID);
  expect(kids).toContain(partsOf(fresh.accessToken).header['kid']);
  expect(await refusalOf(pools.profiles.get(old.accessToken))).toBe('NOT_AUTHORIZED: Invalid Access Token');
});
