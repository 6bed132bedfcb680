import { beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../support/database.ts';
import {
  addPool,
  addUser,
  CLIENT_ID,
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

const NEW_PASSWORD = 'Battery-staple-2';
const MISMATCH = 'CODE_MISMATCH: Invalid verification code provided, please try again.';
const EXPIRED = 'CODE_EXPIRED: Invalid code provided, please request a code again.';
const WRONG = 'NOT_AUTHORIZED: Incorrect username or password.';
const LIMIT = 'LIMIT_EXCEEDED: Attempt limit exceeded, please try after some time.';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

const named = (username: string, clientId = CLIENT_ID) => ({ clientId, username, secretHash: undefined });
const forgot = (username: string, clientId = CLIENT_ID) =>
  directory.pools.recovery.forgot(named(username, clientId));
const confirm = (username: string, code: string, password = NEW_PASSWORD, clientId = CLIENT_ID) =>
  directory.pools.recovery.confirm({ ...named(username, clientId), code, password });
const wrong = (code: string) => (code === '000000' ? '000001' : '000000');

describe('a forgotten password', () => {
  test('is replaced for a code, and every token ends', async () => {
    const { pools } = directory;
    const sub = await addUser(directory, 'anna');
    const before = await tokensOf(pools, 'anna');
    expect(await forgot('anna')).toEqual({ destination: 'a***@e***', medium: 'EMAIL', attribute: 'email' });
    const code = await codeTo(directory, 'anna@example.com');
    await confirm('anna', code);
    expect(await refusalOf(signIn(pools, 'anna'))).toBe(WRONG);
    await tokensOf(pools, 'anna', NEW_PASSWORD);
    expect(await refusalOf(pools.profiles.get(before.accessToken))).toMatch(/has been revoked/);
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['sign-out']);
    expect(await refusalOf(confirm('anna', code))).toBe(EXPIRED);
  });

  test('ends a wait after wrong passwords', async () => {
    await addUser(directory, 'ben');
    for (let i = 0; i < 5; i++) await refusalOf(signIn(directory.pools, 'ben', 'Wrong-horse-1'));
    await forgot('ben');
    await confirm('ben', await codeTo(directory, 'ben@example.com'));
    await tokensOf(directory.pools, 'ben', NEW_PASSWORD);
  });

  test('keeps the code when the new password is too weak, and its time is an hour', async () => {
    await addUser(directory, 'carl');
    await forgot('carl');
    const code = await codeTo(directory, 'carl@example.com');
    expect(await refusalOf(confirm('carl', code, 'weak'))).toMatch(/^INVALID_PASSWORD/);
    directory.clock.advance(3_599_999);
    await confirm('carl', code);
    await forgot('carl');
    const late = await codeTo(directory, 'carl@example.com');
    directory.clock.advance(3_600_000);
    expect(await refusalOf(confirm('carl', late))).toBe(EXPIRED);
  });

  test('looks the same for nobody', async () => {
    await addUser(directory, 'dora');
    await forgot('dora');
    const wrongCode = wrong(await codeTo(directory, 'dora@example.com'));
    await forgot('ghost');
    const answers = async (name: string) => {
      const list = [];
      for (let i = 0; i < 16; i++) list.push(await refusalOf(confirm(name, wrongCode)));
      return list;
    };
    const [real, none] = [await answers('dora'), await answers('ghost')];
    expect(none).toEqual(real);
    expect(real[0]).toBe(MISMATCH);
    expect(real[15]).toBe(LIMIT);
    expect((await forgot('ghost@example.org')).destination).toBe('g***@e***');
  });

  test('says who is not there where the client does not hide it', async () => {
    const { clientId } = await addPool(directory, { client: { hideUserExistence: false } });
    expect(await refusalOf(forgot('ghost', clientId))).toBe(
      'USER_NOT_FOUND: Username/client id combination not found.',
    );
    expect(await refusalOf(confirm('ghost', '123456', NEW_PASSWORD, clientId))).toBe(
      'USER_NOT_FOUND: User does not exist.',
    );
  });

  test('without a code asked for, the code has expired', async () => {
    await addUser(directory, 'emil');
    expect(await refusalOf(confirm('emil', '123456'))).toBe(EXPIRED);
  });

  test('needs a verified address, and a password of the user', async () => {
    const { pools } = directory;
    await pools.signUps.signUp({
      ...named('frida'),
      password: PASSWORD,
      attributes: { email: 'f@example.com' },
    });
    expect(await refusalOf(forgot('frida'))).toBe(
      'INVALID_PARAMETER: Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
    await pools.adminUsers.create({
      poolId: POOL_ID,
      username: 'gerd',
      attributes: { email: 'gerd@example.com', email_verified: 'true' },
      temporaryPassword: undefined,
      forceAliasCreation: false,
      message: undefined,
      mediums: undefined,
    });
    expect(await refusalOf(forgot('gerd'))).toBe(
      'NOT_AUTHORIZED: User password cannot be reset in the current state.',
    );
  });

  test('does not let in whoever reads an address that the user has left', async () => {
    await addUser(directory, 'hilde');
    await forgot('hilde');
    const code = await codeTo(directory, 'hilde@example.com');
    const { accessToken } = await tokensOf(directory.pools, 'hilde');
    await directory.pools.profiles.update(accessToken, { email: 'new@example.com' });
    expect(await refusalOf(confirm('hilde', code))).toBe(EXPIRED);
    await tokensOf(directory.pools, 'hilde');
  });

  test('of two with the right code at once one sets the password', async () => {
    await addUser(directory, 'ida');
    await forgot('ida');
    const code = await codeTo(directory, 'ida@example.com');
    const passwords = Array.from({ length: 5 }, (_, index) => `Battery-staple-${index}`);
    const answers = await Promise.allSettled(passwords.map((password) => confirm('ida', code, password)));
    const winner = answers.findIndex(({ status }) => status === 'fulfilled');
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await tokensOf(directory.pools, 'ida', passwords[winner]);
  });
});

describe('a password change', () => {
  const change = (accessToken: string, previous: string | undefined, proposed: string) =>
    directory.pools.passwordChange.change({ accessToken, previous, proposed });

  test('takes the old password and leaves the tokens good', async () => {
    await addUser(directory, 'jan');
    const { accessToken } = await tokensOf(directory.pools, 'jan');
    await change(accessToken, PASSWORD, NEW_PASSWORD);
    expect(await refusalOf(signIn(directory.pools, 'jan'))).toBe(WRONG);
    await tokensOf(directory.pools, 'jan', NEW_PASSWORD);
    expect((await directory.pools.profiles.get(accessToken)).username).toBe('jan');
  });

  test('refuses a wrong, missing or weak one, and stops after five wrong ones an hour', async () => {
    await addUser(directory, 'karl');
    const { accessToken } = await tokensOf(directory.pools, 'karl');
    expect(await refusalOf(change(accessToken, PASSWORD, 'weak'))).toMatch(/^INVALID_PASSWORD/);
    expect(await refusalOf(change(accessToken, undefined, NEW_PASSWORD))).toBe(WRONG);
    for (let i = 0; i < 4; i++)
      expect(await refusalOf(change(accessToken, 'Wrong-horse-1', NEW_PASSWORD))).toBe(WRONG);
    expect(await refusalOf(change(accessToken, PASSWORD, NEW_PASSWORD))).toBe(LIMIT);
    directory.clock.advance(3_600_000);
    const later = await tokensOf(directory.pools, 'karl');
    await change(later.accessToken, PASSWORD, NEW_PASSWORD);
  });

  test('of two at once one comes first, and the other was wrong about the old one', async () => {
    await addUser(directory, 'lena');
    const { accessToken } = await tokensOf(directory.pools, 'lena');
    const proposed = ['Battery-staple-3', 'Battery-staple-4'];
    const answers = await Promise.allSettled(proposed.map((each) => change(accessToken, PASSWORD, each)));
    const winner = answers.findIndex(({ status }) => status === 'fulfilled');
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await tokensOf(directory.pools, 'lena', proposed[winner]);
  });
});
