import { beforeAll, describe, expect, test } from 'vitest';
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

const REVOKED = 'NOT_AUTHORIZED: Refresh Token has been revoked';
const ACCESS_REVOKED = 'NOT_AUTHORIZED: Access Token has been revoked';
const REUSED = 'REFRESH_TOKEN_REUSED: Refresh token has been invalidated by rotation.';

let directory: Directory;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});

const refresh = (refreshToken: string, clientId = CLIENT_ID) =>
  directory.pools.authentication.refresh({ clientId, clientSecret: undefined, refreshToken });
const byFlow = (refreshToken: string, clientId = CLIENT_ID) =>
  directory.pools.authentication.initiate({
    clientId,
    flow: 'REFRESH_TOKEN_AUTH',
    parameters: new Map([['REFRESH_TOKEN', refreshToken]]),
    adminOf: undefined,
  });
const revoke = (token: string, clientId = CLIENT_ID) =>
  directory.pools.revocation.revoke({ token, clientId, clientSecret: undefined });

describe('a refresh', () => {
  test('gives new tokens of the same sign-in by both doors, and no refresh token', async () => {
    await addUser(directory, 'anna');
    const first = await tokensOf(directory.pools, 'anna');
    directory.clock.advance(600_000);
    const second = await refresh(first.refreshToken);
    const flow = await byFlow(first.refreshToken);
    expect(second).not.toHaveProperty('refreshToken');
    expect(flow).toMatchObject({ kind: 'tokens', tokens: { expiresIn: 3600 } });
    const [before, after] = [partsOf(first.accessToken).claims, partsOf(second.accessToken).claims];
    expect(after['origin_jti']).toBe(before['origin_jti']);
    expect(after['auth_time']).toBe(before['auth_time']);
    expect(after['jti']).not.toBe(before['jti']);
    expect(after['iat']).toBe(Number(before['iat']) + 600);
  });

  test('is refused for a token of another client, one that is none, and one that is over', async () => {
    await addUser(directory, 'ben');
    const { refreshToken, accessToken } = await tokensOf(directory.pools, 'ben');
    const { clientId } = await addPool(directory, {});
    const invalid = 'NOT_AUTHORIZED: Invalid Refresh Token';
    expect(await refusalOf(refresh(refreshToken, clientId))).toBe(invalid);
    expect(await refusalOf(refresh(accessToken))).toBe(invalid);
    expect(await refusalOf(refresh(`rt.${'a'.repeat(64)}`))).toBe(invalid);
    directory.clock.advance(30 * 86_400_000);
    expect(await refusalOf(refresh(refreshToken))).toBe('NOT_AUTHORIZED: Refresh Token has expired');
  });

  test('keeps only the hash of the token', async () => {
    await addUser(directory, 'carl');
    const { refreshToken } = await tokensOf(directory.pools, 'carl');
    expect(refreshToken).toMatch(/^[A-Za-z0-9-_=.]+$/);
    const rows = await directory.database.sql`select r::text from rockpool.refresh_tokens r`;
    expect(JSON.stringify(rows)).not.toContain(refreshToken.slice(3));
  });
});

describe('rotation', () => {
  const rotating = (retryGraceSeconds: number) =>
    addPool(directory, { client: { refreshTokenRotation: { retryGraceSeconds } } });

  test('gives a successor that ends when the first would have, and refuses the flow without one', async () => {
    const { clientId } = await rotating(0);
    await addUser(directory, 'dora', clientId);
    const first = await tokensOf(directory.pools, 'dora', undefined, clientId);
    directory.clock.advance(20 * 86_400_000);
    const second = await refresh(first.refreshToken, clientId);
    expect(second.refreshToken).toBeDefined();
    expect(await refusalOf(byFlow(second.refreshToken ?? '', clientId))).toBe(
      'INVALID_PARAMETER: REFRESH_TOKEN_AUTH flow not enabled for this client',
    );
    directory.clock.advance(10 * 86_400_000);
    expect(await refusalOf(refresh(second.refreshToken ?? '', clientId))).toBe(
      'NOT_AUTHORIZED: Refresh Token has expired',
    );
  });

  test('refuses the old token, within the grace period not yet', async () => {
    const { clientId } = await rotating(10);
    await addUser(directory, 'emil', clientId);
    const { refreshToken } = await tokensOf(directory.pools, 'emil', undefined, clientId);
    await refresh(refreshToken, clientId);
    directory.clock.advance(9_999);
    const again = await refresh(refreshToken, clientId);
    directory.clock.advance(1);
    expect(await refusalOf(refresh(refreshToken, clientId))).toBe(REUSED);
    expect((await refresh(again.refreshToken ?? '', clientId)).refreshToken).toBeDefined();
  });

  test('lets one of many who bring the same token at once have it', async () => {
    const { clientId } = await rotating(0);
    await addUser(directory, 'frida', clientId);
    const { refreshToken } = await tokensOf(directory.pools, 'frida', undefined, clientId);
    const answers = await Promise.allSettled(
      Array.from({ length: 12 }, () => refresh(refreshToken, clientId)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('a revocation at the same time ends the successor too', async () => {
    const { clientId } = await rotating(60);
    await addUser(directory, 'gerd', clientId);
    for (let round = 0; round < 15; round++) {
      const { refreshToken } = await tokensOf(directory.pools, 'gerd', undefined, clientId);
      const [rotated] = await Promise.allSettled([
        refresh(refreshToken, clientId),
        revoke(refreshToken, clientId),
      ]);
      if (rotated.status === 'fulfilled') {
        expect(await refusalOf(refresh(rotated.value.refreshToken ?? '', clientId))).toBe(REVOKED);
        expect(await refusalOf(directory.pools.profiles.get(rotated.value.accessToken))).toBe(ACCESS_REVOKED);
      }
      expect(await refusalOf(refresh(refreshToken, clientId))).toBe(REVOKED);
    }
  });
});

describe('revocation', () => {
  test('ends the tokens of one sign-in and leaves the others', async () => {
    const { pools } = directory;
    const sub = await addUser(directory, 'hilde');
    const phone = await tokensOf(pools, 'hilde');
    const laptop = await tokensOf(pools, 'hilde');
    const before = directory.rings();
    await revoke(phone.refreshToken);
    expect(directory.rings()).toBe(before + 1);
    expect(await refusalOf(refresh(phone.refreshToken))).toBe(REVOKED);
    expect(await refusalOf(pools.profiles.get(phone.accessToken))).toBe(ACCESS_REVOKED);
    expect((await pools.profiles.get(laptop.accessToken)).username).toBe('hilde');
    await refresh(laptop.refreshToken);
    const standing = await pools.standing(POOL_ID, sub);
    expect([...(standing?.revokedOrigins ?? [])]).toEqual([partsOf(phone.accessToken).claims['origin_jti']]);

    await revoke(phone.refreshToken);
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['revoke']);
  });

  test('is refused for other kinds of tokens, other clients, and clients without it', async () => {
    await addUser(directory, 'ida');
    const { accessToken, refreshToken } = await tokensOf(directory.pools, 'ida');
    const other = await addPool(directory, {});
    const without = await addPool(directory, { client: { tokenRevocation: false } });
    expect(await refusalOf(revoke(accessToken))).toBe('UNSUPPORTED_TOKEN_TYPE: Unsupported token type.');
    expect(await refusalOf(revoke(refreshToken, other.clientId))).toMatch(/^WRONG_CLIENT: /);
    expect(await refusalOf(revoke(refreshToken, without.clientId))).toMatch(/^UNSUPPORTED_OPERATION: /);
    await refresh(refreshToken);
  });

  test('of a token whose user is gone is a success that changes nothing', async () => {
    await addUser(directory, 'jan');
    const { accessToken, refreshToken } = await tokensOf(directory.pools, 'jan');
    await directory.pools.profiles.deleteUser(accessToken);
    await revoke(refreshToken);
  });
});

describe('a sign-out from everywhere', () => {
  test('ends every token, and those of the same second too, but none of a later sign-in', async () => {
    const { pools } = directory;
    const sub = await addUser(directory, 'karl');
    for (let round = 0; round < 3; round++) {
      const tokens = await tokensOf(pools, 'karl');
      const others = await tokensOf(pools, 'karl');
      await pools.signOut(tokens.accessToken);
      for (const { accessToken, refreshToken } of [tokens, others]) {
        expect(await refusalOf(pools.profiles.get(accessToken))).toBe(ACCESS_REVOKED);
        expect(await refusalOf(refresh(refreshToken))).toBe(REVOKED);
      }
      const after = await tokensOf(pools, 'karl');
      expect((await pools.profiles.get(after.accessToken)).username).toBe('karl');
      const standing = await pools.standing(POOL_ID, sub);
      expect(Number(partsOf(after.accessToken).claims['auth_time'])).toBeGreaterThanOrEqual(
        standing?.tokensValidFrom ?? Infinity,
      );
      expect(Number(partsOf(tokens.accessToken).claims['auth_time'])).toBeLessThan(
        standing?.tokensValidFrom ?? 0,
      );
    }
    expect(await rightsOf(directory, POOL_ID, sub)).toEqual(['sign-out', 'sign-out', 'sign-out']);
  });

  test('leaves nothing alive of sign-ins at the same time that it came after', async () => {
    const { pools } = directory;
    await addUser(directory, 'lena');
    const { accessToken } = await tokensOf(pools, 'lena');
    const racing = Promise.all(Array.from({ length: 10 }, () => tokensOf(pools, 'lena')));
    await pools.signOut(accessToken);
    for (const tokens of await racing) {
      // Each is wholly before or wholly after: access and refresh token share one fate.
      const [access, again] = await Promise.allSettled([
        pools.profiles.get(tokens.accessToken),
        refresh(tokens.refreshToken),
      ]);
      expect(access.status).toBe(again.status);
    }
  });
});
