import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { standardSchema } from '../../src/user-pools/attribute-schema.ts';
import { testDatabase } from '../support/database.ts';
import {
  addPool,
  addUser,
  CLIENT_ID,
  codeTo,
  PASSWORD,
  POOL_ID,
  refusalOf,
  signIn,
  testDirectory,
  tokensOf,
  type Directory,
} from './support.ts';

const MISMATCH = 'CODE_MISMATCH: Invalid verification code provided, please try again.';
const EXPIRED = 'CODE_EXPIRED: Invalid code provided, please request a code again.';
const TAKEN = 'USERNAME_EXISTS: User already exists';
const LIMIT = 'LIMIT_EXCEEDED: Attempt limit exceeded, please try after some time.';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

const named = (username: string, clientId = CLIENT_ID) => ({ clientId, username, secretHash: undefined });
const signUp = (
  username: string,
  attributes: Record<string, string> = {},
  clientId = CLIENT_ID,
  password = PASSWORD,
) => directory.pools.signUps.signUp({ ...named(username, clientId), password, attributes });
const confirm = (username: string, code: string, clientId = CLIENT_ID, forceAliasCreation = false) =>
  directory.pools.signUps.confirm({ ...named(username, clientId), code, forceAliasCreation });
const wrong = (code: string) => (code === '000000' ? '000001' : '000000');

describe('sign-up', () => {
  test('sends a code to the address and shows it masked', async () => {
    const { sub, delivery } = await signUp('anna', { email: 'anna@example.com' });
    expect(delivery).toEqual({ destination: 'a***@e***', medium: 'EMAIL', attribute: 'email' });
    expect(await codeTo(directory, 'anna@example.com')).toMatch(/^\d{6}$/);
    expect(await directory.outbox.list('anna@example.com')).toMatchObject([{ kind: 'sign-up' }]);
    const user = await directory.pools.adminUsers.get({ poolId: POOL_ID, username: 'anna' });
    expect(user).toMatchObject({ sub, status: 'UNCONFIRMED', attributes: { email_verified: 'false' } });
  });

  test('sends nothing where there is no address to verify', async () => {
    expect((await signUp('bare')).delivery).toBeUndefined();
  });

  test('sends the code to the phone where phone and address are verified by code', async () => {
    const { clientId } = await addPool(directory, {
      pool: { autoVerifiedAttributes: ['email', 'phone_number'] },
    });
    const { delivery } = await signUp(
      'phil',
      { email: 'p@example.com', phone_number: '+4915112345678' },
      clientId,
    );
    expect(delivery).toEqual({ destination: '+*********5678', medium: 'SMS', attribute: 'phone_number' });
  });

  test.each([
    ['short1!', 'Password not long enough'],
    ['lowercase-1', 'Password must have uppercase characters'],
    ['UPPERCASE-1', 'Password must have lowercase characters'],
    ['Without-numbers', 'Password must have numeric characters'],
    ['Without1Symbols', 'Password must have symbol characters'],
  ])('refuses the password %s', async (password, fault) => {
    expect(await refusalOf(signUp('weak', {}, CLIENT_ID, password))).toBe(
      `INVALID_PASSWORD: Password did not conform with policy: ${fault}`,
    );
  });

  test('refuses a username in the form of an address, in any pool where one stands in for it', async () => {
    expect(await refusalOf(signUp('someone@example.com'))).toBe(
      'INVALID_PARAMETER: Username cannot be of email format, since user pool is configured for email alias.',
    );
  });

  test('refuses attributes that the schema does not have, all in one error', async () => {
    expect(await refusalOf(signUp('carl', { 'custom:foo': '1', 'custom:bar': '2' }))).toBe(
      'INVALID_PARAMETER: Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\n' +
        'user.custom:bar: Attribute does not exist in the schema.\n',
    );
    for (const attributes of [
      { birthdate: '1.1.1990' },
      { phone_number: '0151' },
      { email: 'nobody' },
      { updated_at: 'x' },
      { sub: 'x' },
    ]) {
      expect(await refusalOf(signUp('carl', attributes))).toMatch(/^INVALID_PARAMETER: /);
    }
    expect(await refusalOf(signUp('carl', { name: 'a\u0000b' }))).toMatch(/^INVALID_PARAMETER: /);
  });

  test('lets nobody vouch for their own address, or write what the client may not', async () => {
    const refusal = 'NOT_AUTHORIZED: A client attempted to write unauthorized attribute';
    expect(await refusalOf(signUp('dora', { email: 'd@example.com', email_verified: 'true' }))).toBe(refusal);
    const { clientId } = await addPool(directory, { client: { writeAttributes: ['email'] } });
    expect(await refusalOf(signUp('dora', { name: 'Dora' }, clientId))).toBe(refusal);
  });

  test('asks for required attributes, and keeps custom ones within their bounds', async () => {
    const { clientId } = await addPool(directory, {
      pool: {
        schema: [
          ...standardSchema().map((each) => (each.name === 'name' ? { ...each, required: true } : each)),
          {
            name: 'custom:age',
            type: 'Number',
            mutable: false,
            required: false,
            developerOnly: false,
            min: 18,
            max: 120,
          },
        ],
      },
    });
    expect(await refusalOf(signUp('emil', {}, clientId))).toBe(
      'INVALID_PARAMETER: Attributes did not conform to the schema: name: The attribute is required\n',
    );
    expect(await refusalOf(signUp('emil', { name: 'E', 'custom:age': '17' }, clientId))).toMatch(
      /Number must be no less than 18/,
    );
    await signUp('emil', { name: 'E', 'custom:age': '18' }, clientId);
  });

  test('is closed where only the owner makes users', async () => {
    const { clientId } = await addPool(directory, { pool: { adminCreateUserOnly: true } });
    expect(await refusalOf(signUp('emil', {}, clientId))).toBe(
      'NOT_AUTHORIZED: SignUp is not permitted for this user pool',
    );
  });

  test('lets one of two at once have a name, in any case', async () => {
    const answers = await Promise.allSettled(['Twin', 'twin', 'TWIN', 'tWIN'].map((name) => signUp(name)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusalOf(signUp('twin'))).toBe(TAKEN);
  });

  test('tells names apart by case where the pool does', async () => {
    const { clientId } = await addPool(directory, { pool: { caseSensitive: true } });
    await signUp('Case', {}, clientId);
    await signUp('case', {}, clientId);
  });

  test('needs the secret hash of a client with a secret', async () => {
    const secret = 'a'.repeat(52);
    const { clientId } = await addPool(directory, { secret });
    const secretHash = createHmac('sha256', secret).update(`frida${clientId}`).digest('base64');
    const request = { clientId, username: 'frida', password: PASSWORD, attributes: {} };
    const { signUps } = directory.pools;
    expect(await refusalOf(signUps.signUp({ ...request, secretHash: undefined }))).toMatch(
      /SECRET_HASH was not received/,
    );
    expect(await refusalOf(signUps.signUp({ ...request, username: 'other', secretHash }))).toBe(
      `NOT_AUTHORIZED: Unable to verify secret hash for client ${clientId}`,
    );
    await signUps.signUp({ ...request, secretHash });
  });

  test('with an address as the name makes a username that is the sub', async () => {
    const { poolId, clientId } = await addPool(directory, {
      pool: { aliasAttributes: [], usernameAttributes: ['email'] },
    });
    expect(await refusalOf(signUp('gerd', {}, clientId))).toBe(
      'INVALID_PARAMETER: Username should be an email.',
    );
    const { sub } = await signUp('gerd@example.com', {}, clientId);
    expect(await refusalOf(signUp('GERD@example.com', {}, clientId))).toBe(TAKEN);
    await confirm('gerd@example.com', await codeTo(directory, 'gerd@example.com'), clientId);
    expect((await signIn(directory.pools, 'Gerd@Example.com', PASSWORD, clientId)).kind).toBe('tokens');
    const user = await directory.pools.adminUsers.get({ poolId, username: 'gerd@example.com' });
    expect(user).toMatchObject({
      username: sub,
      sub,
      attributes: { email: 'gerd@example.com', email_verified: 'true' },
    });
  });
});

describe('confirmation', () => {
  test('takes the newest code once', async () => {
    await signUp('hilde', { email: 'hilde@example.com' });
    const first = await codeTo(directory, 'hilde@example.com');
    await directory.pools.signUps.resend(named('hilde'));
    const second = await codeTo(directory, 'hilde@example.com');
    if (first !== second) expect(await refusalOf(confirm('hilde', first))).toBe(MISMATCH);
    await confirm('hilde', second);
    expect(await refusalOf(confirm('hilde', second))).toBe(
      'NOT_AUTHORIZED: User cannot be confirmed. Current status is CONFIRMED',
    );
    expect(await refusalOf(directory.pools.signUps.resend(named('hilde')))).toBe(
      'INVALID_PARAMETER: User is already confirmed.',
    );
  });

  test('of two with the right code at once one succeeds', async () => {
    await signUp('ida', { email: 'ida@example.com' });
    const code = await codeTo(directory, 'ida@example.com');
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => confirm('ida', code)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('ends with the code after a day', async () => {
    await signUp('jan', { email: 'jan@example.com' });
    const code = await codeTo(directory, 'jan@example.com');
    directory.clock.advance(24 * 3_600_000);
    expect(await refusalOf(confirm('jan', code))).toBe(EXPIRED);
  });

  test('kills a code after five wrong tries, and stops trying after fifteen an hour', async () => {
    await signUp('karl', { email: 'karl@example.com' });
    const code = await codeTo(directory, 'karl@example.com');
    for (let i = 0; i < 5; i++) expect(await refusalOf(confirm('karl', wrong(code)))).toBe(MISMATCH);
    expect(await refusalOf(confirm('karl', code))).toMatch(/^TOO_MANY_FAILED_ATTEMPTS: /);
    for (let i = 0; i < 9; i++) await refusalOf(confirm('karl', code));
    await directory.pools.signUps.resend(named('karl'));
    const fresh = await codeTo(directory, 'karl@example.com');
    expect(await refusalOf(confirm('karl', fresh))).toBe(LIMIT);
    directory.clock.advance(3_600_000);
    await confirm('karl', fresh);
  });

  test('counts every one of many wrong tries at once', async () => {
    await signUp('lena', { email: 'lena@example.com' });
    const code = await codeTo(directory, 'lena@example.com');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refusalOf(confirm('lena', wrong(code)))),
    );
    expect(answers.filter((answer) => answer === MISMATCH)).toHaveLength(5);
    expect(answers.filter((answer) => answer === LIMIT)).toHaveLength(5);
  });

  test('resends five times an hour, and as often for nobody', async () => {
    await signUp('max', { email: 'max@example.com' });
    for (const name of ['max', 'no-such-user']) {
      const deliveries = [];
      for (let i = 0; i < 5; i++) deliveries.push(await directory.pools.signUps.resend(named(name)));
      expect(new Set(deliveries.map((each) => each.destination)).size).toBe(1);
      expect(deliveries[0]?.destination).toMatch(/^[a-z]\*\*\*@[a-z]\*\*\*$/);
      expect(await refusalOf(directory.pools.signUps.resend(named(name)))).toBe(LIMIT);
    }
    expect(await refusalOf(confirm('no-such-user', '123456'))).toBe(EXPIRED);
  });

  test('refuses an address that is verified for somebody else, unless it is to be taken over', async () => {
    await addUser(directory, 'nora');
    await signUp('rival', { email: 'nora@example.com' });
    const code = await codeTo(directory, 'nora@example.com');
    expect(await refusalOf(confirm('rival', code))).toBe(
      'ALIAS_EXISTS: An account with the given email already exists.',
    );
    await confirm('rival', code, CLIENT_ID, true);
    const { accessToken } = await tokensOf(directory.pools, 'nora@example.com');
    expect((await directory.pools.profiles.get(accessToken)).username).toBe('rival');
    const nora = await directory.pools.adminUsers.get({ poolId: POOL_ID, username: 'nora' });
    expect(nora.attributes).toMatchObject({ email: 'nora@example.com', email_verified: 'false' });
  });
});
