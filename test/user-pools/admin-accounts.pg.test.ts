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

const NEW_PASSWORD = 'Battery-staple-2';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

const named = (username: string, poolId = POOL_ID) => ({ poolId, username });
const get = (username: string, poolId = POOL_ID) => directory.pools.adminUsers.get(named(username, poolId));
const update = (username: string, changes: Record<string, string>, poolId = POOL_ID) =>
  directory.pools.adminAccounts.updateAttributes(named(username, poolId), changes);
const signUp = (username: string, attributes: Record<string, string> = {}, clientId = CLIENT_ID) =>
  directory.pools.signUps.signUp({
    clientId,
    username,
    secretHash: undefined,
    password: PASSWORD,
    attributes,
  });

describe('confirming a sign-up in place of the user', () => {
  test('lets the user in and proves no address', async () => {
    const { pools } = directory;
    await signUp('anna', { email: 'anna@example.com' });
    await pools.adminAccounts.confirm(named('anna'));
    await tokensOf(pools, 'anna');
    expect(await get('anna')).toMatchObject({
      status: 'CONFIRMED',
      attributes: { email: 'anna@example.com', email_verified: 'false' },
    });
    expect(await refusalOf(signIn(pools, 'anna@example.com'))).toMatch(/^NOT_AUTHORIZED/);
    const again = 'NOT_AUTHORIZED: User cannot be confirmed. Current status is CONFIRMED';
    expect(await refusalOf(pools.adminAccounts.confirm(named('anna')))).toBe(again);
    // The code that was sent at the sign-up is of no use any more.
    const code = await codeTo(directory, 'anna@example.com');
    const call = { clientId: CLIENT_ID, username: 'anna', secretHash: undefined, code };
    expect(await refusalOf(pools.signUps.confirm({ ...call, forceAliasCreation: false }))).toBe(again);
  });

  test('needs a user', async () => {
    expect(await refusalOf(directory.pools.adminAccounts.confirm(named('ghost')))).toBe(
      'USER_NOT_FOUND: User does not exist.',
    );
  });
});

describe('attributes that the owner writes', () => {
  test('can prove an address, which finds the user then', async () => {
    const { pools, outbox } = directory;
    await addUser(directory, 'ben');
    await update('ben', { email: 'b2@example.com', email_verified: 'true', name: 'Ben' });
    expect(await outbox.list('b2@example.com')).toEqual([]);
    expect(await get('b2@example.com')).toMatchObject({ username: 'ben', attributes: { name: 'Ben' } });
    await tokensOf(pools, 'b2@example.com');
    expect(await refusalOf(signIn(pools, 'ben@example.com'))).toMatch(/^NOT_AUTHORIZED/);
    await update('ben', { email_verified: 'false' });
    expect(await refusalOf(signIn(pools, 'b2@example.com'))).toMatch(/^NOT_AUTHORIZED/);
  });

  test('send a code to a new address that is not proved', async () => {
    const { pools } = directory;
    await addUser(directory, 'carl');
    const { accessToken } = await tokensOf(pools, 'carl');
    await update('carl', { email: 'c2@example.com' });
    expect((await get('carl')).attributes).toMatchObject({
      email: 'c2@example.com',
      email_verified: 'false',
    });
    await pools.verification.verify(accessToken, 'email', await codeTo(directory, 'c2@example.com'));
    expect(await get('c2@example.com')).toMatchObject({ username: 'carl' });
  });

  test('keep the old address until the new one is proved, where the pool says so', async () => {
    const { poolId, clientId } = await addPool(directory, { pool: { verifyBeforeUpdate: ['email'] } });
    await addUser(directory, 'dora', clientId);
    await update('dora', { email: 'd2@example.com' }, poolId);
    expect((await get('dora', poolId)).attributes['email']).toBe('dora@example.com');
    expect(await codeTo(directory, 'd2@example.com')).toMatch(/^\d{6}$/);
    await update('dora', { email: 'd3@example.com', email_verified: 'true' }, poolId);
    expect((await get('d3@example.com', poolId)).username).toBe('dora');
  });

  test('cannot take the proved address of somebody else, prove none, or break the schema', async () => {
    await addUser(directory, 'emil');
    await addUser(directory, 'fred');
    const stolen = { email: 'emil@example.com', email_verified: 'true' };
    expect(await refusalOf(update('fred', stolen))).toBe(
      'ALIAS_EXISTS: An account with the given email already exists.',
    );
    expect(await refusalOf(update('fred', { phone_number_verified: 'true' }))).toBe(
      'INVALID_PARAMETER: Phone number is required to verify/un-verify a phone number',
    );
    expect(await refusalOf(update('fred', { 'custom:none': 'x' }))).toBe(
      'INVALID_PARAMETER: Invalid user attributes: user.custom:none: Attribute does not exist in the schema.\n',
    );
    expect(await refusalOf(update('fred', { sub: 'x' }))).toMatch(/^INVALID_PARAMETER/);
    expect(await refusalOf(update('fred', { birthdate: '1' }))).toMatch(/^INVALID_PARAMETER/);
    expect(await refusalOf(update('ghost', { name: 'x' }))).toBe('USER_NOT_FOUND: User does not exist.');
    expect((await get('fred')).attributes['email']).toBe('fred@example.com');
  });

  test('that are for the owner alone cannot be written by the user', async () => {
    const developer = {
      name: 'dev:plan',
      type: 'String',
      mutable: true,
      required: false,
      developerOnly: true,
    } as const;
    const { poolId, clientId } = await addPool(directory, {
      pool: { schema: [...standardSchema(), developer] },
    });
    await addUser(directory, 'gina', clientId);
    await update('gina', { 'dev:plan': 'gold' }, poolId);
    const { accessToken } = await tokensOf(directory.pools, 'gina', PASSWORD, clientId);
    expect(await refusalOf(directory.pools.profiles.update(accessToken, { 'dev:plan': 'free' }))).toBe(
      'NOT_AUTHORIZED: A client attempted to write unauthorized attribute',
    );
    expect((await get('gina', poolId)).attributes['dev:plan']).toBe('gold');
  });

  test('are removed with the proof, but for required ones', async () => {
    const { pools } = directory;
    const required = standardSchema().map((each) =>
      each.name === 'name' ? { ...each, required: true } : each,
    );
    const { poolId, clientId } = await addPool(directory, { pool: { schema: required } });
    await signUp('hans', { name: 'Hans', email: 'hans@example.com' }, clientId);
    await pools.adminAccounts.confirm(named('hans', poolId));
    await update('hans', { email_verified: 'true' }, poolId);
    const remove = (names: string[]) => pools.adminAccounts.removeAttributes(named('hans', poolId), names);
    expect(await refusalOf(remove(['email', 'name']))).toBe(
      'INVALID_PARAMETER: Cannot delete required attribute name',
    );
    expect(await refusalOf(remove(['sub']))).toMatch(/^INVALID_PARAMETER/);
    expect((await get('hans@example.com', poolId)).username).toBe('hans');
    await remove(['email', 'nickname']);
    expect((await get('hans', poolId)).attributes).toEqual({ name: 'Hans' });
    expect(await refusalOf(get('hans@example.com', poolId))).toMatch(/^USER_NOT_FOUND/);
  });
});

describe('resetting a password', () => {
  test('closes it until a new one was set with the code', async () => {
    const { pools } = directory;
    await addUser(directory, 'ida');
    const { accessToken } = await tokensOf(pools, 'ida');
    await pools.adminAccounts.resetPassword(named('ida'));
    expect(await get('ida')).toMatchObject({ status: 'RESET_REQUIRED' });
    const closed = 'PASSWORD_RESET_REQUIRED: Password reset required for the user';
    expect(await refusalOf(signIn(pools, 'ida'))).toBe(closed);
    expect(await refusalOf(pools.profiles.get(accessToken))).toBe(closed);
    // Again: another code.
    await pools.adminAccounts.resetPassword(named('ida'));
    const code = await codeTo(directory, 'ida@example.com');
    const call = { clientId: CLIENT_ID, username: 'ida', secretHash: undefined };
    await pools.recovery.confirm({ ...call, code, password: NEW_PASSWORD });
    await tokensOf(pools, 'ida', NEW_PASSWORD);
  });

  test('needs a confirmed user with a proved address', async () => {
    const { adminAccounts, adminUsers } = directory.pools;
    await signUp('jan', { email: 'jan@example.com' });
    const reset = () => refusalOf(adminAccounts.resetPassword(named('jan')));
    expect(await reset()).toBe('NOT_AUTHORIZED: User password cannot be reset in the current state.');
    await adminAccounts.confirm(named('jan'));
    expect(await reset()).toBe(
      'INVALID_PARAMETER: Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
    expect((await get('jan')).status).toBe('CONFIRMED');
    await adminUsers.setPassword(named('jan'), NEW_PASSWORD, { permanent: false });
    expect(await reset()).toBe('NOT_AUTHORIZED: User password cannot be reset in the current state.');
  });
});

test('the owner answers a challenge only through a client of the pool that is named', async () => {
  const { authentication, adminUsers } = directory.pools;
  await addUser(directory, 'kai');
  await adminUsers.setPassword(named('kai'), PASSWORD, { permanent: false });
  const outcome = await signIn(directory.pools, 'kai');
  if (outcome.kind !== 'challenge') throw new Error('no challenge');
  const { poolId } = await addPool(directory, {});
  const answer = (adminOf: string, challenge = 'NEW_PASSWORD_REQUIRED') =>
    authentication.respond({
      clientId: CLIENT_ID,
      challenge,
      session: outcome.session,
      adminOf,
      responses: new Map([
        ['USERNAME', 'kai'],
        ['NEW_PASSWORD', NEW_PASSWORD],
      ]),
    });
  expect(await refusalOf(answer(poolId))).toBe(`NOT_FOUND: User pool client ${CLIENT_ID} does not exist.`);
  expect(await refusalOf(answer('us-east-1_None'))).toBe(
    'NOT_FOUND: User pool us-east-1_None does not exist.',
  );
  expect(await refusalOf(answer(POOL_ID, 'CUSTOM_CHALLENGE'))).toBe(
    'NOT_AUTHORIZED: Auth flow not enabled for this client',
  );
  expect((await answer(POOL_ID)).kind).toBe('tokens');
});
