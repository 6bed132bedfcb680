import { beforeAll, describe, expect, test } from 'vitest';
import type { Passwords } from '../../src/auth/password.ts';
import { testDatabase } from '../support/database.ts';
import {
  addPool,
  addUser,
  CLIENT_ID,
  codeTo,
  PASSWORD,
  quickPasswords,
  refusalOf,
  signIn,
  testDirectory,
  tokensOf,
  type Directory,
} from './support.ts';

const WRONG = 'NOT_AUTHORIZED: Incorrect username or password.';
const WAIT = 'NOT_AUTHORIZED: Password attempts exceeded';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

describe('password sign-in', () => {
  test('takes the username in any case, and the verified address', async () => {
    await addUser(directory, 'Anna');
    for (const name of ['Anna', 'aNNA', 'anna@example.com', 'ANNA@EXAMPLE.COM']) {
      expect((await signIn(directory.pools, name)).kind).toBe('tokens');
    }
  });

  test('says the same for a wrong password and for nobody', async () => {
    await addUser(directory, 'ben');
    expect(await refusalOf(signIn(directory.pools, 'ben', 'Wrong-horse-1'))).toBe(WRONG);
    expect(await refusalOf(signIn(directory.pools, 'nobody'))).toBe(WRONG);
  });

  test('tells that nobody has the name where the client does not hide it', async () => {
    const { clientId } = await addPool(directory, { client: { hideUserExistence: false } });
    expect(await refusalOf(signIn(directory.pools, 'nobody', PASSWORD, clientId))).toBe(
      'USER_NOT_FOUND: User does not exist.',
    );
  });

  test('shows the state of an account only to whoever has the password', async () => {
    const { pools } = directory;
    await addUser(directory, 'carl');
    const named = { poolId: 'us-east-1_Rockpool1', username: 'carl' };
    await pools.adminUsers.disable(named);
    expect(await refusalOf(signIn(pools, 'carl', 'Wrong-horse-1'))).toBe(WRONG);
    expect(await refusalOf(signIn(pools, 'carl'))).toBe('NOT_AUTHORIZED: User is disabled.');

    const call = { clientId: CLIENT_ID, username: 'dora', secretHash: undefined };
    await pools.signUps.signUp({ ...call, password: PASSWORD, attributes: { email: 'dora@example.com' } });
    expect(await refusalOf(signIn(pools, 'dora', 'Wrong-horse-1'))).toBe(WRONG);
    expect(await refusalOf(signIn(pools, 'dora'))).toBe('USER_NOT_CONFIRMED: User is not confirmed.');
  });

  test('does not know an address before it is verified', async () => {
    const { pools } = directory;
    const call = { clientId: CLIENT_ID, username: 'emil', secretHash: undefined };
    await pools.signUps.signUp({ ...call, password: PASSWORD, attributes: { email: 'emil@example.com' } });
    expect(await refusalOf(signIn(pools, 'emil@example.com'))).toBe(WRONG);
    const code = await codeTo(directory, 'emil@example.com');
    await pools.signUps.confirm({ ...call, code, forceAliasCreation: false });
    expect((await signIn(pools, 'emil@example.com')).kind).toBe('tokens');
  });
});

test('one hash is computed for each try, for nobody too, and none during a wait', async () => {
  const made: string[] = [];
  const inner = quickPasswords();
  const passwords: Passwords = {
    hash: (password) => {
      made.push('hash');
      return inner.hash(password);
    },
    verify: (password, stored) => {
      made.push(stored === undefined ? 'verify nobody' : 'verify');
      return inner.verify(password, stored);
    },
    needsRehash: (stored) => inner.needsRehash(stored),
  };
  const watched = await testDirectory({ database: directory.database, passwords });
  await addUser(watched, 'zoe');
  expect(made.splice(0)).toEqual(['hash']);
  await tokensOf(watched.pools, 'zoe');
  expect(made.splice(0)).toEqual(['verify']);
  for (let i = 0; i < 6; i++) {
    await refusalOf(signIn(watched.pools, 'zoe', 'Wrong-horse-1'));
    await refusalOf(signIn(watched.pools, 'no-zoe', 'Wrong-horse-1'));
  }
  expect(made).toEqual(Array.from({ length: 5 }, () => ['verify', 'verify nobody']).flat());
});

describe('lockout', () => {
  async function fail(name: string, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      expect(await refusalOf(signIn(directory.pools, name, 'Wrong-horse-1'))).toBe(WRONG);
    }
  }

  test.each(['frida', 'nobody-at-all'])(
    'makes %s wait after five wrong passwords, twice as long each time',
    async (name) => {
      const { pools, clock } = directory;
      if (name === 'frida') await addUser(directory, name);
      await fail(name, 5);
      for (const seconds of [1, 2, 4, 8]) {
        expect(await refusalOf(signIn(pools, name))).toBe(WAIT);
        clock.advance(seconds * 1000 - 1);
        expect(await refusalOf(signIn(pools, name, 'Wrong-horse-1'))).toBe(WAIT);
        clock.advance(1);
        await fail(name, 1);
      }
    },
  );

  test('never waits longer than 15 minutes, and starts anew after them', async () => {
    const { pools, clock } = directory;
    await addUser(directory, 'gerd');
    await fail('gerd', 5);
    for (let failures = 5; failures < 16; failures++) {
      clock.advance(Math.min(2 ** (failures - 5), 899) * 1000);
      if (failures < 15) await fail('gerd', 1);
    }
    expect(await refusalOf(signIn(pools, 'gerd'))).toBe(WAIT);
    clock.advance(1000);
    await fail('gerd', 5);
    expect(await refusalOf(signIn(pools, 'gerd'))).toBe(WAIT);
  });

  test('forgets wrong passwords after a right one', async () => {
    await addUser(directory, 'hilde');
    await fail('hilde', 4);
    await tokensOf(directory.pools, 'hilde');
    await fail('hilde', 4);
    await tokensOf(directory.pools, 'hilde');
  });

  test('refuses a right password whose check was under way when the wait began', async () => {
    const inner = quickPasswords();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await testDirectory({
      database: directory.database,
      passwords: {
        ...inner,
        async verify(password, stored) {
          if (password === PASSWORD) await released;
          return inner.verify(password, stored);
        },
      },
    });
    await addUser(slow, 'ina');
    const right = refusalOf(signIn(slow.pools, 'ina'));
    for (let i = 0; i < 5; i++) await refusalOf(signIn(slow.pools, 'ina', 'Wrong-horse-1'));
    release();
    expect(await right).toBe(WAIT);
    slow.clock.advance(1000);
    await tokensOf(slow.pools, 'ina');
  });

  test('lets at most five of many tries at once tell whether the password is right', async () => {
    const { pools } = directory;
    await addUser(directory, 'ida');
    const guesses = Array.from({ length: 40 }, (_, index) =>
      index === 39 ? PASSWORD : `Wrong-horse-${index}`,
    );
    const answers = await Promise.all(
      guesses.map((guess) =>
        signIn(pools, 'ida', guess).then(
          () => 'in',
          (error: Error) => error.message,
        ),
      ),
    );
    const count = (text: string) => answers.filter((answer) => answer === text).length;
    // The right one may have been among the first; then it set the count back.
    expect(count('Incorrect username or password.')).toBeLessThanOrEqual(answers.includes('in') ? 10 : 5);
    expect(count('Password attempts exceeded')).toBeGreaterThanOrEqual(29);
  });
});
