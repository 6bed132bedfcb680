import { describe, expect, test, vi } from 'vitest';
import { RockpoolError } from '../../src/base/errors.ts';
import { issuersOf, parseTrustedPools, type TrustedPool } from '../../src/auth/trusted-pools.ts';
import { accessKey, foreignKey, idKey, ISSUER, otherKey, SUB, testDirectory } from './directory.ts';
import { accessClaims, idClaims, localIssuer, sign, type Claims, type SigningKey } from './issuer.ts';

const TRUSTED = 'eu-west-1_Trusted01';
const APP = '1h57kf5cpq17m0eml12example';
const AWS = `https://cognito-idp.eu-west-1.amazonaws.com/${TRUSTED}`;
const AWS_UPDATED = `https://issuer-cognito-idp.eu-west-1.amazonaws.com/${TRUSTED}`;

/** A pool whose keys a local server has, in AWS's shape. */
async function trust(keys: readonly SigningKey[] = [otherKey]) {
  const issuer = await localIssuer(keys);
  const own = `${issuer.url}/${TRUSTED}`;
  const pool: TrustedPool = {
    poolId: TRUSTED,
    clientIds: [APP, 'app2'],
    jwksUrl: `${own}/.well-known/jwks.json`,
  };
  const directory = testDirectory({ trusted: [pool] });
  const shape = (iss: string) => ({ issuer: iss, clientId: APP, sub: 'a1b2', now: directory.now() });
  const access = (changes: Claims = {}, key = otherKey) => sign(key, accessClaims(shape(own), changes));
  return {
    ...directory,
    issuer,
    own,
    access,
    id: (changes: Claims = {}) => sign(otherKey, idClaims(shape(own), changes)),
  };
}

describe('a trusted pool', () => {
  test('is known by its own keys; groups and names are those of the token', async () => {
    const { verifier, access, id, asked, now } = await trust();
    expect(await verifier.verify(access({ 'cognito:groups': ['b', 'a', 'b'] }))).toEqual({
      kind: 'user',
      poolId: TRUSTED,
      sub: 'a1b2',
      username: 'jane',
      groups: ['a', 'b'],
      tokenUse: 'access',
      clientId: APP,
      originJti: 'origin-1',
      issuedAt: now(),
      expiresAt: now() + 3600,
      embedded: false,
      bareUsername: false,
    });
    expect(await verifier.verify(id({ aud: 'app2' }))).toMatchObject({ tokenUse: 'id', clientId: 'app2' });
    expect(asked.standings).toBe(0);
  });

  test("may name AWS's issuer in either form, or the address of its keys", async () => {
    const { verifier, access, own } = await trust();
    for (const iss of [AWS, AWS_UPDATED, own])
      expect(await verifier.verify(access({ iss }))).toMatchObject({ poolId: TRUSTED });
  });

  test.each<[string, string, Claims, SigningKey]>([
    ['a key of the default pool', 'signature', {}, accessKey],
    ['a foreign key', 'signature', {}, foreignKey],
    ['an app client that is not listed', 'client', { client_id: 'app3' }, otherKey],
    ["the default pool's app client", 'client', { client_id: 'rockpoolclient0000000000001' }, otherKey],
    [
      "the default pool's issuer",
      'signature',
      { iss: ISSUER, client_id: 'rockpoolclient0000000000001', sub: SUB },
      otherKey,
    ],
    ['the issuer of another pool of AWS', 'issuer', { iss: `${AWS}x` }, otherKey],
    [
      'the issuer of AWS in another region',
      'issuer',
      { iss: AWS.replace('eu-west-1.', 'us-east-1.') },
      otherKey,
    ],
    [
      'a neighbour at the address of the keys',
      'issuer',
      { iss: 'http://127.0.0.1/eu-west-1_Other' },
      otherKey,
    ],
    ['no token_use', 'use', { token_use: undefined }, otherKey],
    ['an end in the past', 'expired', { exp: 1_700_000_000 }, otherKey],
  ])('is refused with %s', async (_, reason, changes, key) => {
    const { verifier, access } = await trust();
    await expect(verifier.verify(access(changes, key))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      reason,
    });
  });

  test('has its keys read on first use, once', async () => {
    const { verifier, access, issuer } = await trust([otherKey, idKey]);
    expect(issuer.asked).toEqual([]);
    await Promise.all([1, 2, 3].map((n) => verifier.verify(access({ jti: `${n}` }))));
    await verifier.verify(access({ jti: '4' }, idKey));
    expect(issuer.asked).toEqual([`/${TRUSTED}/.well-known/jwks.json`]);
  });

  test('that rotates its keys is followed: a new key is found, one taken out no longer holds', async () => {
    const { verifier, access, issuer } = await trust();
    await verifier.verify(access());
    issuer.keys = [foreignKey.jwk];
    await expect(verifier.verify(access({ jti: 'new' }, foreignKey))).resolves.toMatchObject({
      poolId: TRUSTED,
    });
    await expect(verifier.verify(access({ jti: 'old' }))).rejects.toMatchObject({ reason: 'signature' });
  });

  test('is not asked for invented key ids more than once in two seconds', async () => {
    const { verifier, access, issuer, clock } = await trust();
    await verifier.verify(access());
    for (let i = 0; i < 20; i++)
      await expect(verifier.verify(access({ jti: `${i}` }, foreignKey))).rejects.toMatchObject({
        reason: 'signature',
      });
    expect(issuer.asked).toHaveLength(2);
    clock.advance(2000);
    issuer.keys = [otherKey.jwk, foreignKey.jwk];
    await expect(verifier.verify(access({}, foreignKey))).resolves.toMatchObject({ poolId: TRUSTED });
    expect(issuer.asked).toHaveLength(3);
  });

  test('has its keys read again when they are old, and the old ones serve until the new ones came', async () => {
    const { verifier, access, issuer, clock } = await trust();
    await verifier.verify(access());
    issuer.keys = [foreignKey.jwk];
    clock.advance(3600 * 1000 + 1);
    await expect(verifier.verify(access({ exp: 9e9 }))).resolves.toMatchObject({ poolId: TRUSTED });
    await vi.waitFor(
      async () => {
        const late = verifier.verify(access({ exp: 9e9, jti: `${Math.random()}` }));
        await expect(late).rejects.toMatchObject({ reason: 'signature' });
      },
      { timeout: 10_000 },
    );
    expect(issuer.asked.length).toBeGreaterThan(1);
  });

  test.each<[string, (issuer: Awaited<ReturnType<typeof localIssuer>>) => void]>([
    ['answers 500', (issuer) => (issuer.answer = { status: 500 })],
    ['answers 404', (issuer) => (issuer.answer = { status: 404 })],
    ['answers no JSON', (issuer) => (issuer.answer = { body: '<html>' })],
    ['answers no key set', (issuer) => (issuer.answer = { body: '{"keys":[{"kid":1}]}' })],
    ['answers without end', (issuer) => (issuer.answer = { body: `{"keys":[]${' '.repeat(300_000)}}` })],
  ])('whose key server %s is UNAVAILABLE, not refused, and good as soon as it is back', async (_, change) => {
    const { verifier, access, issuer } = await trust();
    change(issuer);
    const error: unknown = await verifier.verify(access()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RockpoolError);
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect((error as Error).message).not.toContain('127.0.0.1');
    issuer.answer = undefined;
    await expect(verifier.verify(access({ jti: 'later' }))).resolves.toMatchObject({ poolId: TRUSTED });
  });

  test('has its keys at the configured address alone: a redirect is not followed', async () => {
    const { verifier, access, issuer } = await trust();
    const elsewhere = await localIssuer([otherKey, foreignKey]);
    issuer.answer = { status: 302, location: `${elsewhere.url}/jwks.json` };
    await expect(verifier.verify(access({}, foreignKey))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(elsewhere.asked).toEqual([]);
  });

  test('whose key server is not there is UNAVAILABLE, while a token that was verified goes on', async () => {
    const { verifier, access, issuer, create } = await trust();
    const token = access();
    await verifier.verify(token);
    await issuer.close();
    await expect(verifier.verify(token)).resolves.toMatchObject({ poolId: TRUSTED });
    await expect(create().verify(token)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('TRUSTED_USER_POOLS', () => {
  const parse = (text: string) => parseTrustedPools(text, { region: 'us-east-1' });

  test('is a list of pools with their app clients and, if they are not at AWS, the address of their keys', () => {
    expect(
      parse(
        ` us-east-1_a1/c1,c2,c1\n eu-west-1_b2/c3@http://localhost:9000/x/jwks.json?v=1  local_c3/c@https://idp.example/local_c3/.well-known/jwks.json`,
      ),
    ).toEqual([
      { poolId: 'us-east-1_a1', clientIds: ['c1', 'c2'], jwksUrl: undefined },
      { poolId: 'eu-west-1_b2', clientIds: ['c3'], jwksUrl: 'http://localhost:9000/x/jwks.json?v=1' },
      { poolId: 'local_c3', clientIds: ['c'], jwksUrl: 'https://idp.example/local_c3/.well-known/jwks.json' },
    ]);
  });

  test.each([
    ['', 'it is empty'],
    ['us-east-1_a1', 'names no app client'],
    ['us-east-1_a1/', 'names no app client'],
    ['us-east-1_a1@https://x.example', 'names no app client'],
    ['us-east-1_a1/c,', 'has "" in place of an app client id'],
    ['us-east-1_a1/c;d', 'has "c;d" in place of an app client id'],
    ['us-east-1_a1/c/d', 'has a second slash'],
    ['us-east-1a1/c', 'has "us-east-1a1" in place of a user pool id'],
    ['us-east-1_a-1/c', 'has "us-east-1_a-1" in place of a user pool id'],
    [`us-east-1_${'a'.repeat(50)}/c`, 'in place of a user pool id'],
    ['local_abc/c', 'has no JWKS URL'],
    ['us-east-1_a1/c@', 'has a JWKS URL that is no http'],
    ['us-east-1_a1/c@ftp://x.example/jwks.json', 'has a JWKS URL that is no http'],
    ['us-east-1_a1/c@http:x', 'has a JWKS URL that is no http'],
    ['us-east-1_a1/c@/jwks.json', 'has a JWKS URL that is no http'],
    ['us-east-1_a1/c@http://user:pass@x.example/jwks.json', 'has a JWKS URL that is no http'],
    ['us-east-1_a1/c@http://x.example/jwks.json#k', 'has a JWKS URL that is no http'],
    ['us-east-1_a1/c us-east-1_a1/d', 'that is there already'],
    [
      'a_1/c@http://x.example/.well-known/jwks.json b_2/c@http://x.example/.well-known/jwks.json',
      'that is there already',
    ],
  ])('refuses %j and says what is allowed', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow('poolId/clientId[,clientId][@<JWKS URL>] is allowed');
  });

  test("without an address, keys and issuer are AWS's for that id, in both forms", () => {
    expect([...issuersOf({ poolId: TRUSTED, clientIds: [APP], jwksUrl: undefined })]).toEqual([
      [AWS, `${AWS}/.well-known/jwks.json`],
      [AWS_UPDATED, `${AWS_UPDATED}/.well-known/jwks.json`],
    ]);
  });

  test('with an address keys come from it alone', () => {
    const jwksUrl = 'http://localhost:9000/keys';
    expect(issuersOf({ poolId: TRUSTED, clientIds: [APP], jwksUrl })).toEqual(
      new Map([
        [AWS, jwksUrl],
        [AWS_UPDATED, jwksUrl],
      ]),
    );
  });
});
