import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { RockpoolError } from '../../src/base/errors.ts';
import {
  accessKey,
  ADDRESS,
  CLIENT,
  ISSUER,
  OTHER_CLIENT,
  OTHER_POOL,
  otherKey,
  POOL,
  standing,
  SUB,
  testDirectory,
} from './directory.ts';
import { accessClaims, sign } from './issuer.ts';

describe('a good token', () => {
  test('of either kind tells who is calling', async () => {
    const { verifier, access, id, now, standings } = testDirectory();
    standings.set(`${POOL}/${SUB}`, standing({ username: 'Jane', groups: ['b', 'a', 'b'] }));
    const expected = {
      kind: 'user',
      poolId: POOL,
      sub: SUB,
      username: 'Jane',
      groups: ['a', 'b'],
      clientId: CLIENT,
      originJti: 'origin-1',
      issuedAt: now(),
      expiresAt: now() + 3600,
      embedded: true,
      bareUsername: true,
    };
    expect(await verifier.verify(access())).toEqual({ ...expected, tokenUse: 'access' });
    expect(await verifier.verify(id())).toEqual({ ...expected, tokenUse: 'id' });
  });

  test.each(['', 'Bearer ', 'bearer ', 'BEARER  ', ' ', 'Bearer\t'])(
    'may come with %j in front',
    async (prefix) => {
      const { verifier, access } = testDirectory();
      expect(await verifier.verify(`${prefix}${access()} `)).toMatchObject({ sub: SUB });
    },
  );

  test("is taken from any app client of the default pool, and groups are the directory's, not the token's", async () => {
    const { verifier, access } = testDirectory();
    const caller = await verifier.verify(access({ client_id: 'second', 'cognito:groups': ['admins'] }));
    expect(caller).toMatchObject({ clientId: 'second', groups: [] });
  });

  test('is taken though it was made by a node whose clock is a little ahead', async () => {
    const { verifier, access, now } = testDirectory();
    expect(await verifier.verify(access({ iat: now() + 20, auth_time: now() + 20 }))).toMatchObject({
      sub: SUB,
    });
  });

  test('may lack origin_jti, where token revocation is off', async () => {
    const { verifier, access } = testDirectory();
    expect(await verifier.verify(access({ origin_jti: undefined, jti: undefined }))).toMatchObject({
      originJti: undefined,
    });
  });
});

describe('a verified token is remembered', () => {
  test('so that its signature, its app client and its user are looked at once', async () => {
    const { verifier, access, asked } = testDirectory();
    const token = access();
    const first = await verifier.verify(token);
    expect(asked).toEqual({ issuers: 1, jwks: 1, clients: 1, standings: 1 });
    for (let i = 0; i < 50; i++) expect(await verifier.verify(`Bearer ${token}`)).toBe(first);
    expect(asked).toEqual({ issuers: 1, jwks: 1, clients: 1, standings: 1 });
  });

  test('and those who bring it at the same moment share the check', async () => {
    const { verifier, access, asked } = testDirectory();
    const token = access();
    await Promise.all(Array.from({ length: 20 }, () => verifier.verify(token)));
    expect(asked).toEqual({ issuers: 1, jwks: 1, clients: 1, standings: 1 });
  });

  test('at a small part of what checking it costs', async () => {
    const { verifier, access } = testDirectory();
    const fresh = Array.from({ length: 200 }, (_, i) => access({ jti: `${i}` }));
    const again = Array.from({ length: 2000 }, (_, i) => fresh[i % fresh.length] ?? '');
    const costOf = async (tokens: readonly string[]) => {
      const before = process.cpuUsage();
      for (const token of tokens) await verifier.verify(token);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / tokens.length;
    };
    const first = await costOf(fresh);
    // A few microseconds against a hundred and more.
    expect(await costOf(again)).toBeLessThan(first / 4);
  });

  test('until it expires', async () => {
    const { verifier, access, clock } = testDirectory();
    const token = access();
    await verifier.verify(token);
    clock.advance(3600 * 1000 - 1);
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: SUB });
    clock.advance(1);
    await expect(verifier.verify(token)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      reason: 'expired',
      lapsed: true,
    });
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: 'expired' });
  });

  test('in a bounded number', async () => {
    const { verifier, access, asked } = testDirectory({ remember: 2 });
    const tokens = ['a', 'b', 'c'].map((jti) => access({ jti }));
    for (const token of tokens) await verifier.verify(token);
    expect(asked.clients).toBe(3);
    await verifier.verify(tokens[2] ?? '');
    expect(asked.clients).toBe(3);
    await verifier.verify(tokens[0] ?? '');
    expect(asked.clients).toBe(4);
  });
});

describe('the standing of a user', () => {
  test.each([
    ['disabled', { enabled: false }],
    ['signed out everywhere since', { tokensValidFrom: 1e11 }],
    ['with this sign-in revoked', { revokedOrigins: new Set(['origin-1']) }],
    ['removed', undefined],
  ])('%s ends a remembered token as soon as it is forgotten', async (_, change) => {
    const { verifier, access, standings } = testDirectory();
    const token = access();
    await verifier.verify(token);
    if (change === undefined) standings.delete(`${POOL}/${SUB}`);
    else standings.set(`${POOL}/${SUB}`, standing(change));
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: SUB });
    verifier.forget(OTHER_POOL, SUB);
    verifier.forget(POOL, 'another');
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: SUB });
    verifier.forget(POOL, SUB);
    const refused = { code: 'UNAUTHENTICATED', reason: 'revoked', lapsed: true };
    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
    // A token that was never seen before as well.
    await expect(verifier.verify(access({ jti: 'another' }))).rejects.toMatchObject(refused);
  });

  test('that came back makes the same token good again', async () => {
    const { verifier, access, standings } = testDirectory();
    const token = access();
    standings.set(`${POOL}/${SUB}`, standing({ enabled: false }));
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: 'revoked' });
    standings.set(`${POOL}/${SUB}`, standing());
    verifier.forgetAll();
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: SUB });
  });

  test('brings new groups into the next answer', async () => {
    const { verifier, access, standings } = testDirectory();
    const token = access();
    expect((await verifier.verify(token)).groups).toEqual([]);
    standings.set(`${POOL}/${SUB}`, standing({ groups: ['admins'] }));
    verifier.forget(POOL, SUB);
    expect((await verifier.verify(token)).groups).toEqual(['admins']);
  });

  test('goes by the sign-in, not by a later refresh', async () => {
    const { verifier, access, standings, now } = testDirectory();
    standings.set(`${POOL}/${SUB}`, standing({ tokensValidFrom: now() - 10 }));
    await expect(verifier.verify(access({ auth_time: now() - 11 }))).rejects.toMatchObject({
      reason: 'revoked',
    });
    await expect(verifier.verify(access({ auth_time: now() - 10 }))).resolves.toMatchObject({ sub: SUB });
    await expect(verifier.verify(access({ auth_time: undefined, iat: now() - 11 }))).rejects.toMatchObject({
      reason: 'revoked',
    });
  });

  test('that was being read when it changed is not kept', async () => {
    const { create, access, standings, embedded } = testDirectory();
    const gates: (() => void)[] = [];
    const verifier = create({
      async standing(poolId, sub) {
        const found = await embedded.standing(poolId, sub);
        await new Promise<void>((resolve) => gates.push(resolve));
        return found;
      },
    });
    const token = access();
    const early = verifier.verify(token);
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    standings.set(`${POOL}/${SUB}`, standing({ enabled: false }));
    verifier.forget(POOL, SUB);
    const late = verifier.verify(token);
    await vi.waitFor(() => expect(gates).toHaveLength(2));
    gates[1]?.();
    await expect(late).rejects.toMatchObject({ reason: 'revoked' });
    gates[0]?.();
    await expect(early).resolves.toMatchObject({ sub: SUB });
    await turn();
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: 'revoked' });
  });
});

describe('while the directory is away', () => {
  const away = () =>
    Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));

  test.each(['isIssuer', 'jwks', 'clients', 'standing'] as const)(
    '%s fails: the answer is UNAVAILABLE, and good afterwards',
    async (name) => {
      const { create, access, embedded } = testDirectory();
      let up = false;
      const verifier = create({
        [name]: (...args: [string, string]) =>
          up ? (embedded[name] as (...args: unknown[]) => Promise<never>)(...args) : away(),
      });
      const token = access();
      const error: unknown = await verifier.verify(token).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RockpoolError);
      expect(error).toMatchObject({ code: 'UNAVAILABLE' });
      up = true;
      await expect(verifier.verify(token)).resolves.toMatchObject({ sub: SUB });
    },
  );

  test('a remembered token goes on', async () => {
    const { create, access, embedded } = testDirectory();
    let up = true;
    const verifier = create({ standing: (...args) => (up ? embedded.standing(...args) : away()) });
    const token = access();
    await verifier.verify(token);
    up = false;
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: SUB });
  });
});

describe('a listed pool of this server', () => {
  const trusted = [{ poolId: OTHER_POOL, clientIds: [OTHER_CLIENT], jwksUrl: undefined }];
  const token = (now: number, clientId = OTHER_CLIENT, issuer = `${ADDRESS}/${OTHER_POOL}`) =>
    sign(otherKey, accessClaims({ issuer, clientId, sub: SUB, now }));

  test('is verified under its own keys, for the listed app clients, with its own standing', async () => {
    const { verifier, now, standings, access } = testDirectory({ trusted });
    expect(await verifier.verify(token(now()))).toMatchObject({
      poolId: OTHER_POOL,
      username: 'other',
      embedded: true,
      bareUsername: false,
    });
    expect(await verifier.verify(access())).toMatchObject({ poolId: POOL, bareUsername: false });
    await expect(verifier.verify(token(now(), 'unlisted'))).rejects.toMatchObject({ reason: 'client' });
    await expect(verifier.verify(token(now(), CLIENT))).rejects.toMatchObject({ reason: 'client' });
    standings.delete(`${OTHER_POOL}/${SUB}`);
    verifier.forget(OTHER_POOL, SUB);
    await expect(verifier.verify(token(now()))).rejects.toMatchObject({ reason: 'revoked' });
  });

  test("is not taken under AWS's issuer", async () => {
    const { verifier, now } = testDirectory({ trusted });
    const aws = `https://cognito-idp.us-east-1.amazonaws.com/${OTHER_POOL}`;
    await expect(verifier.verify(token(now(), OTHER_CLIENT, aws))).rejects.toMatchObject({
      reason: 'issuer',
    });
  });

  test('that is listed with its own address still has its keys and standing from here', async () => {
    const jwksUrl = `${ADDRESS}/${OTHER_POOL}/.well-known/jwks.json`;
    const { verifier, now } = testDirectory({
      trusted: [{ poolId: OTHER_POOL, clientIds: [OTHER_CLIENT], jwksUrl }],
    });
    expect(await verifier.verify(token(now()))).toMatchObject({ poolId: OTHER_POOL, embedded: true });
  });

  test('with the default pool listed too, a bare username still has one meaning', async () => {
    const { verifier, access } = testDirectory({
      trusted: [{ poolId: POOL, clientIds: [CLIENT], jwksUrl: undefined }],
    });
    expect(await verifier.verify(access({ client_id: 'second' }))).toMatchObject({
      bareUsername: true,
      clientId: 'second',
    });
  });

  test("of a pool of ours that is not listed nothing is taken, and AWS's form is no way in", async () => {
    const { verifier, now } = testDirectory();
    await expect(verifier.verify(token(now()))).rejects.toMatchObject({ reason: 'issuer' });
    await expect(
      verifier.verify(
        sign(accessKey, accessClaims({ issuer: `${ISSUER}x`, clientId: CLIENT, sub: SUB, now: now() })),
      ),
    ).rejects.toMatchObject({ reason: 'issuer' });
  });
});
