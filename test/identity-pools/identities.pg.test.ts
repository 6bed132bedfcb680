import { describe, expect, test } from 'vitest';
import { createIdentities } from '../../src/identity-pools/identities.ts';
import { ensureDefaultPool } from '../../src/identity-pools/default-pool.ts';
import { openDatabase } from '../../src/database/connection.ts';
import { silentLog } from '../../src/base/log.ts';
import { testDatabase } from '../support/database.ts';

const POOL = 'us-east-1:00000000-0000-4000-8000-000000000001';
const database = await testDatabase();
const { sql } = database;
const node = () => createIdentities({ database, identityPoolId: POOL, region: 'us-east-1' });

/** A login that no other test has. */
let count = 0;
const login = (changes: { provider?: string; subject?: string } = {}) => ({
  provider: 'us-east-1_Rockpool1',
  subject: `sub-${(count += 1)}`,
  ...changes,
});
const merge = (from: string, into: string) =>
  sql`update rockpool.identities set merged_into = ${into} where id = ${from}`;

describe('the identity of a login', () => {
  test("is made on first use, in AWS's form, and is the same ever after and on every node", async () => {
    const mine = login();
    const id = await node().ofLogin(mine);
    expect(id).toMatch(/^us-east-1:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await node().ofLogin(mine)).toBe(id);
    const [row] = await sql`select * from rockpool.identities where id = ${id}`;
    expect(row).toMatchObject({ identity_pool_id: POOL, merged_into: null, last_seq: 0, dataset_count: 0 });
  });

  test('is another for another user, another user pool and another identity pool', async () => {
    const mine = login();
    const elsewhere = createIdentities({ database, identityPoolId: 'us-east-1:other', region: 'us-east-1' });
    const ids = await Promise.all([
      node().ofLogin(mine),
      node().ofLogin(login()),
      node().ofLogin({ ...mine, provider: 'us-east-1_Other' }),
      elsewhere.ofLogin(mine),
    ]);
    expect(new Set(ids).size).toBe(4);
  });

  test('is one, when many devices ask for it at once on several nodes, and nothing is left behind', async () => {
    const before = await sql`select count(*)::int as n from rockpool.identities`;
    const nodes = [node(), node(), node(), node()];
    for (let round = 0; round < 10; round++) {
      const mine = login();
      const ids = await Promise.all([...nodes, ...nodes].map((each) => each.ofLogin(mine)));
      expect(new Set(ids).size).toBe(1);
    }
    const after = await sql`select count(*)::int as n from rockpool.identities`;
    expect(Number(after[0]?.['n']) - Number(before[0]?.['n'])).toBe(10);
    const orphans = await sql`
      select id from rockpool.identities i where not exists (select from rockpool.logins where identity_id = i.id)`;
    expect(orphans).toHaveLength(0);
  });

  test('waits for one who is making it, and takes theirs', async () => {
    const mine = login();
    const theirs = 'us-east-1:11111111-1111-4111-8111-111111111111';
    let asked: Promise<string> | undefined;
    await database.transaction(async (other) => {
      await other`insert into rockpool.identities values (${theirs}, ${POOL}, now(), now(), null, 0, 0)`;
      await other`insert into rockpool.logins values (${POOL}, ${mine.provider}, ${mine.subject}, ${theirs}, now())`;
      asked = node().ofLogin(mine);
      // Not before the other one waits for us.
      for (let blocked = 0; blocked === 0;) {
        const [row] = await sql<{ n: number }[]>`
          select count(*)::int as n from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        blocked = row?.n ?? 0;
      }
    });
    expect(await asked).toBe(theirs);
  });

  test('is the survivor after a merge, over any number of them', async () => {
    const [one, two, three] = [login(), login(), login()];
    const [a, b, c] = await Promise.all([one, two, three].map((each) => node().ofLogin(each)));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no identities');
    await merge(a, b);
    expect(await node().ofLogin(one)).toBe(b);
    await merge(b, c);
    expect(await node().ofLogin(one)).toBe(c);
    expect(await node().ofLogin(two)).toBe(c);
    expect(await node().ofLogin(three)).toBe(c);
  });

  test('is remembered until it is forgotten', async () => {
    const identities = node();
    const [one, two] = [login(), login()];
    const [a, b] = [await identities.ofLogin(one), await identities.ofLogin(two)];
    await merge(a, b);
    expect(await identities.ofLogin(one)).toBe(a);
    identities.forget(two);
    expect(await identities.ofLogin(one)).toBe(a);
    identities.forget(one);
    expect(await identities.ofLogin(one)).toBe(b);
    await sql`update rockpool.identities set merged_into = null where id = ${a}`;
    identities.forgetAll();
    expect(await identities.ofLogin(one)).toBe(a);
  });

  test('may be of a subject with any characters', async () => {
    const identities = node();
    const ids = await Promise.all(
      ['a/b', "a'b", '☃', 'a\\b'].map((subject) => identities.ofLogin(login({ subject }))),
    );
    expect(new Set(ids).size).toBe(4);
    expect(await node().ofLogin({ provider: 'us-east-1_Rockpool1', subject: 'a/b' })).toBe(ids[0]);
  });

  test('is UNAVAILABLE while the database is away', async () => {
    const away = openDatabase({ url: 'postgres://nobody@127.0.0.1:9/none', log: silentLog });
    const identities = createIdentities({ database: away, identityPoolId: POOL, region: 'us-east-1' });
    await expect(identities.ofLogin(login())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await away.close();
  });
});

describe('the default identity pool', () => {
  const userPools = [
    { userPoolId: 'us-east-1_Rockpool1', clientIds: ['rockpoolclient0000000000001'] },
    { userPoolId: 'eu-west-1_Trusted01', clientIds: ['a', 'b'] },
  ];
  const stored = () => sql`select * from rockpool.identity_pools where id = ${POOL}`;

  test('is made once, by however many nodes that start at once, and its links follow the configuration', async () => {
    const ensure = (pools = userPools) =>
      ensureDefaultPool({ database, identityPoolId: POOL, userPools: pools });
    await Promise.all([ensure(), ensure(), ensure(), ensure()]);
    const [first, ...more] = await stored();
    expect(more).toHaveLength(0);
    expect(first).toMatchObject({ name: 'Rockpool', allow_unauthenticated: true, user_pools: userPools });
    await sql`update rockpool.identity_pools set name = 'Ours', allow_unauthenticated = false`;
    await ensure(userPools.slice(0, 1));
    const [later] = await stored();
    expect(later).toMatchObject({
      name: 'Ours',
      allow_unauthenticated: false,
      user_pools: userPools.slice(0, 1),
    });
    expect(later?.['created_at']).toEqual(first?.['created_at']);
  });
});
