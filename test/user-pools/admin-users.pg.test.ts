import { beforeAll, describe, expect, test } from 'vitest';
import { standardSchema } from '../../src/user-pools/attribute-schema.ts';
import type { NewAdminUser } from '../../src/user-pools/admin-users.ts';
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
const INVALID_SESSION = 'NOT_AUTHORIZED: Invalid session for the user.';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

const create = (username: string, given: Partial<NewAdminUser> = {}) =>
  directory.pools.adminUsers.create({
    poolId: POOL_ID,
    username,
    attributes: {},
    temporaryPassword: undefined,
    forceAliasCreation: false,
    message: undefined,
    mediums: undefined,
    ...given,
  });
const named = (username: string) => ({ poolId: POOL_ID, username });

async function challenge(username: string, password: string, clientId = CLIENT_ID) {
  const outcome = await signIn(directory.pools, username, password, clientId);
  if (outcome.kind !== 'challenge') throw new Error('no challenge');
  return outcome;
}
const answer = (session: string, responses: Record<string, string>, clientId = CLIENT_ID) =>
  directory.pools.authentication.respond({
    clientId,
    challenge: 'NEW_PASSWORD_REQUIRED',
    session,
    adminOf: undefined,
    responses: new Map(Object.entries(responses)),
  });

describe('an invited user', () => {
  test('gets a temporary password and must choose another one', async () => {
    const user = await create('anna', { attributes: { email: 'anna@example.com', email_verified: 'true' } });
    expect(user).toMatchObject({ username: 'anna', status: 'FORCE_CHANGE_PASSWORD', enabled: true });
    expect(await directory.outbox.list('anna@example.com')).toMatchObject([{ kind: 'invitation' }]);
    const temporary = await codeTo(directory, 'anna@example.com');
    const { name, session, parameters } = await challenge('anna@example.com', temporary);
    expect(name).toBe('NEW_PASSWORD_REQUIRED');
    expect(session.length).toBeGreaterThanOrEqual(20);
    expect(session.length).toBeLessThanOrEqual(2048);
    expect(parameters).toEqual({
      USER_ID_FOR_SRP: 'anna',
      requiredAttributes: '[]',
      userAttributes: JSON.stringify({ email: 'anna@example.com', email_verified: 'true' }),
    });
    expect(await refusalOf(answer(session, { USERNAME: 'anna', NEW_PASSWORD: 'weak' }))).toMatch(
      /^INVALID_PASSWORD/,
    );
    // As typed or by the internal name.
    const outcome = await answer(session, {
      USERNAME: 'anna@example.com',
      NEW_PASSWORD,
      'userAttributes.name': 'Anna',
    });
    expect(outcome.kind).toBe('tokens');
    await tokensOf(directory.pools, 'anna', NEW_PASSWORD);
    expect(await directory.pools.adminUsers.get(named('anna'))).toMatchObject({
      status: 'CONFIRMED',
      attributes: { name: 'Anna' },
    });
  });

  test('answers a session once, in time, for the same user and client', async () => {
    const { pools, clock } = directory;
    await create('ben', { temporaryPassword: PASSWORD });
    await create('carl', { temporaryPassword: PASSWORD });
    const { clientId } = await addPool(directory, {});
    const { session } = await challenge('ben', PASSWORD);
    const response = { USERNAME: 'ben', NEW_PASSWORD };
    expect(await refusalOf(answer(session, { ...response, USERNAME: 'carl' }))).toBe(INVALID_SESSION);
    expect(await refusalOf(answer(session, response, clientId))).toBe(INVALID_SESSION);
    expect(await refusalOf(answer(`${session.slice(0, -4)}AAAA`, response))).toBe(INVALID_SESSION);
    const answers = await Promise.allSettled([answer(session, response), answer(session, response)]);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusalOf(answer(session, response))).toBe(INVALID_SESSION);

    const late = await challenge('carl', PASSWORD);
    clock.advance(3 * 60_000);
    expect(await refusalOf(answer(late.session, { USERNAME: 'carl', NEW_PASSWORD }))).toBe(
      'NOT_AUTHORIZED: Invalid session for the user, session is expired.',
    );
    const stale = await challenge('carl', PASSWORD);
    clock.advance(1);
    await pools.adminUsers.setPassword(named('carl'), 'Another-horse-1', { permanent: false });
    expect(await refusalOf(answer(stale.session, { USERNAME: 'carl', NEW_PASSWORD }))).toBe(INVALID_SESSION);
  });

  test('is told a session that was used, while the state would still allow it', async () => {
    await create('dora', { temporaryPassword: PASSWORD });
    const { session } = await challenge('dora', PASSWORD);
    await answer(session, { USERNAME: 'dora', NEW_PASSWORD });
    const { passwordSetAt } = await directory.pools.adminUsers.get(named('dora'));
    await directory.database.sql`
      update rockpool.users set status = 'FORCE_CHANGE_PASSWORD', password_set_at = ${passwordSetAt} where username = 'dora'`;
    expect(await refusalOf(answer(session, { USERNAME: 'dora', NEW_PASSWORD }))).toBe(
      'NOT_AUTHORIZED: Invalid session for the user, session can only be used once.',
    );
  });

  test('has a week for the temporary password', async () => {
    await create('emil', { temporaryPassword: PASSWORD });
    directory.clock.advance(7 * 86_400_000);
    expect(await refusalOf(signIn(directory.pools, 'emil'))).toBe(
      'NOT_AUTHORIZED: Temporary password has expired and must be reset by an administrator.',
    );
    await create('emil', { temporaryPassword: PASSWORD, message: 'RESEND' });
    await challenge('emil', PASSWORD);
  });

  test('brings required attributes, and cannot swap an address that is there', async () => {
    const schema = standardSchema().map((each) =>
      each.name === 'name' ? { ...each, required: true } : each,
    );
    const { poolId, clientId } = await addPool(directory, { pool: { schema } });
    const attributes = { email: 'frida@example.com', email_verified: 'true' };
    await create('frida', { poolId, attributes, temporaryPassword: PASSWORD });
    const { session, parameters } = await challenge('frida', PASSWORD, clientId);
    expect(parameters['requiredAttributes']).toBe('["userAttributes.name"]');
    const response = { USERNAME: 'frida', NEW_PASSWORD };
    expect(await refusalOf(answer(session, response, clientId))).toBe(
      'INVALID_PARAMETER: Invalid attributes given, name is missing',
    );
    expect(
      await refusalOf(
        answer(
          session,
          { ...response, 'userAttributes.name': 'F', 'userAttributes.email': 'x@example.com' },
          clientId,
        ),
      ),
    ).toBe('INVALID_PARAMETER: Cannot modify an already provided email');
    expect(
      await refusalOf(
        answer(
          session,
          { ...response, 'userAttributes.name': 'F', 'userAttributes.phone_number_verified': 'true' },
          clientId,
        ),
      ),
    ).toMatch(/unauthorized attribute/);
    await answer(
      session,
      { ...response, 'userAttributes.name': 'F', 'userAttributes.email': 'frida@example.com' },
      clientId,
    );
  });
});

describe('the owner', () => {
  test('refuses names and addresses that are taken, and a weak temporary password', async () => {
    const attributes = { email: 'gerd@example.com', email_verified: 'true' };
    await create('gerd', { attributes });
    expect(await refusalOf(create('GERD'))).toBe('USERNAME_EXISTS: User account already exists');
    expect(await refusalOf(create('hilde', { attributes }))).toMatch(/^ALIAS_EXISTS/);
    expect(await refusalOf(create('hilde', { temporaryPassword: 'weak' }))).toMatch(/^INVALID_PASSWORD/);
    await create('hilde', { attributes, forceAliasCreation: true });
    expect((await directory.pools.adminUsers.get(named('gerd@example.com'))).username).toBe('hilde');
    expect(await refusalOf(create('nobody', { message: 'RESEND' }))).toMatch(/^USER_NOT_FOUND/);
    await addUser(directory, 'ida');
    expect(await refusalOf(create('ida', { message: 'RESEND' }))).toMatch(/^UNSUPPORTED_USER_STATE/);
  });

  test('tells nobody with SUPPRESS, and uses the medium that was asked for', async () => {
    const attributes = { email: 'jan@example.com', phone_number: '+4930123456' };
    await create('jan', { attributes, message: 'SUPPRESS' });
    expect(await directory.outbox.list('jan@example.com')).toEqual([]);
    await create('jan', { message: 'RESEND', mediums: ['EMAIL'] });
    expect(await directory.outbox.list('jan@example.com')).toHaveLength(1);
    expect(await directory.outbox.list('+4930123456')).toEqual([]);
  });

  test('sets a password for good or for once', async () => {
    const { pools } = directory;
    await create('karl', { temporaryPassword: PASSWORD });
    expect(await refusalOf(pools.adminUsers.setPassword(named('karl'), 'weak', { permanent: true }))).toMatch(
      /^INVALID_PASSWORD/,
    );
    await pools.adminUsers.setPassword(named('karl'), NEW_PASSWORD, { permanent: true });
    await tokensOf(pools, 'karl', NEW_PASSWORD);
    await pools.adminUsers.setPassword(named('karl'), PASSWORD, { permanent: false });
    await challenge('karl', PASSWORD);
  });

  test('disables and enables a user; the tokens from before stay ended', async () => {
    const { pools } = directory;
    const sub = await addUser(directory, 'lena');
    const before = await tokensOf(pools, 'lena');
    const rings = directory.rings();
    await pools.adminUsers.disable(named('lena'));
    expect(await refusalOf(pools.profiles.get(before.accessToken))).toBe('NOT_AUTHORIZED: User is disabled.');
    expect((await pools.standing(POOL_ID, sub))?.enabled).toBe(false);
    await pools.adminUsers.enable(named('lena'));
    expect(await refusalOf(pools.profiles.get(before.accessToken))).toMatch(/has been revoked/);
    await pools.profiles.get((await tokensOf(pools, 'lena')).accessToken);
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['disable', 'enable']);
    expect(directory.rings()).toBe(rings + 2);
  });

  test('finds a user by username, address and sub, and says who is not there', async () => {
    const { adminUsers } = directory.pools;
    const sub = await addUser(directory, 'max');
    for (const name of ['MAX', 'max@example.com', sub])
      expect((await adminUsers.get(named(name))).sub).toBe(sub);
    for (const operation of ['get', 'disable', 'enable', 'remove'] as const) {
      expect(await refusalOf(adminUsers[operation](named('nobody')))).toBe(
        'USER_NOT_FOUND: User does not exist.',
      );
    }
    expect(await refusalOf(adminUsers.get({ poolId: 'us-east-1_Missing', username: 'max' }))).toBe(
      'NOT_FOUND: User pool us-east-1_Missing does not exist.',
    );
  });

  test('removes a user', async () => {
    const sub = await addUser(directory, 'nora');
    const { accessToken } = await tokensOf(directory.pools, 'nora');
    await directory.pools.adminUsers.remove(named('nora'));
    expect(await refusalOf(directory.pools.profiles.get(accessToken))).toMatch(/^USER_NOT_FOUND/);
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['remove']);
  });
});
