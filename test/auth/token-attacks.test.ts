import { describe, expect, test } from 'vitest';
import { TokenError, type TokenRefusal } from '../../src/auth/token-error.ts';
import {
  accessKey,
  ADDRESS,
  CLIENT,
  foreignKey,
  idKey,
  ISSUER,
  OTHER_CLIENT,
  OTHER_POOL,
  otherKey,
  POOL,
  SUB,
  testDirectory,
} from './directory.ts';
import { accessClaims, idClaims, localIssuer, part, sign, signWithPublicKey, type Claims } from './issuer.ts';

type Directory = ReturnType<typeof testDirectory>;
interface Attack {
  readonly name: string;
  readonly refusal: TokenRefusal;
  readonly token: (directory: Directory) => string;
}

const header = { kid: accessKey.kid, alg: 'RS256' };
/** A good payload under a header of the attacker's. */
const withHeader = (
  name: string,
  refusal: TokenRefusal,
  members: Claims | string,
  key = accessKey,
): Attack => ({
  name,
  refusal,
  token: (directory) => sign(key, directory.accessClaims(), members),
});
/** Signed by the pool itself, so that only the claim is wrong. */
const withClaims = (name: string, refusal: TokenRefusal, changes: (now: number) => Claims): Attack => ({
  name,
  refusal,
  token: (directory) => directory.access(changes(directory.now())),
});
const withIdClaims = (name: string, refusal: TokenRefusal, changes: (now: number) => Claims): Attack => ({
  name,
  refusal,
  token: (directory) => directory.id(changes(directory.now())),
});
/** A good token, changed as text. */
const changed = (
  name: string,
  refusal: TokenRefusal,
  change: (token: string, parts: readonly string[]) => string,
): Attack => ({
  name,
  refusal,
  token: (directory) => {
    const token = directory.access();
    return change(token, token.split('.'));
  },
});
const raw = (name: string, json: (good: string) => string): Attack => ({
  name,
  refusal: 'malformed',
  token: (directory) => sign(accessKey, json(JSON.stringify(directory.accessClaims()))),
});

const ATTACKS: readonly Attack[] = [
  // Algorithms
  withHeader('alg none', 'signature', { kid: accessKey.kid, alg: 'none' }),
  withHeader('alg None', 'signature', { kid: accessKey.kid, alg: 'None' }),
  withHeader('alg missing', 'signature', { kid: accessKey.kid }),
  withHeader('alg of another family', 'signature', { kid: accessKey.kid, alg: 'ES256' }),
  withHeader('a longer hash', 'signature', { kid: accessKey.kid, alg: 'RS512' }),
  withHeader('alg as a list', 'signature', { kid: accessKey.kid, alg: ['RS256'] }),
  changed(
    'alg none without a signature',
    'malformed',
    (_, [, payload]) => `${part({ alg: 'none', kid: accessKey.kid })}.${payload}.`,
  ),
  changed(
    'alg none with the old signature',
    'signature',
    (_, [, payload, mac]) => `${part({ alg: 'none', kid: accessKey.kid })}.${payload}.${mac}`,
  ),
  {
    name: 'HS256 with the public key as secret',
    refusal: 'signature',
    token: (directory) => signWithPublicKey(accessKey, directory.accessClaims()),
  },
  // Keys
  withHeader('a foreign key under our kid', 'signature', header, foreignKey),
  withHeader(
    'a foreign key under its own kid',
    'signature',
    { kid: foreignKey.kid, alg: 'RS256' },
    foreignKey,
  ),
  withHeader('no kid', 'signature', { alg: 'RS256' }),
  withHeader('an empty kid', 'signature', { alg: 'RS256', kid: '' }),
  withHeader('kid as a number', 'signature', { alg: 'RS256', kid: 1 }),
  withHeader('kid as a path', 'signature', { alg: 'RS256', kid: '../../../../dev/null' }, foreignKey),
  withHeader('kid with SQL in it', 'signature', { alg: 'RS256', kid: "' or 1=1 --" }, foreignKey),
  withHeader('kid of an object member', 'signature', { alg: 'RS256', kid: '__proto__' }, foreignKey),
  withHeader(
    'jwk brings the key',
    'malformed',
    { kid: foreignKey.kid, alg: 'RS256', jwk: foreignKey.jwk },
    foreignKey,
  ),
  withHeader('jwk under our kid', 'malformed', { ...header, jwk: foreignKey.jwk }, foreignKey),
  withHeader(
    'jku points to keys',
    'malformed',
    { ...header, jku: 'http://127.0.0.1:9/jwks.json' },
    foreignKey,
  ),
  withHeader(
    'x5u points to a certificate',
    'malformed',
    { ...header, x5u: 'http://127.0.0.1:9/cert.pem' },
    foreignKey,
  ),
  withHeader('x5c brings a certificate', 'malformed', { ...header, x5c: ['AAAA'] }, foreignKey),
  withHeader('crit asks for an extension', 'malformed', { ...header, crit: ['exp'] }),
  withHeader('b64 turns encoding off', 'malformed', { ...header, b64: false }),
  withHeader('zip', 'malformed', { ...header, zip: 'DEF' }),
  // Another pool
  {
    name: "another pool's token",
    refusal: 'issuer',
    token: ({ now }) =>
      sign(
        otherKey,
        accessClaims({ issuer: `${ADDRESS}/${OTHER_POOL}`, clientId: OTHER_CLIENT, sub: SUB, now: now() }),
      ),
  },
  {
    name: "another pool's key under our issuer",
    refusal: 'signature',
    token: (directory) => sign(otherKey, directory.accessClaims()),
  },
  // Claims
  withClaims('no iss', 'issuer', () => ({ iss: undefined })),
  withClaims('iss as a list', 'issuer', () => ({ iss: [ISSUER] })),
  withClaims('iss of an address that no node serves', 'issuer', () => ({
    iss: `http://evil.example/${POOL}`,
  })),
  withClaims('iss of AWS', 'issuer', () => ({ iss: `https://cognito-idp.us-east-1.amazonaws.com/${POOL}` })),
  withClaims('iss with a slash more', 'issuer', () => ({ iss: `${ISSUER}/` })),
  withClaims('iss with our address inside', 'issuer', () => ({
    iss: `http://evil.example/?${ADDRESS}/${POOL}`,
  })),
  withClaims('iss in other case', 'issuer', () => ({ iss: ISSUER.toLowerCase() })),
  withClaims('another client_id', 'client', () => ({ client_id: OTHER_CLIENT })),
  withClaims('client_id missing', 'client', () => ({ client_id: undefined })),
  withClaims('client_id as a list', 'client', () => ({ client_id: [CLIENT] })),
  withClaims('an access token with aud in place of client_id', 'client', () => ({
    client_id: undefined,
    aud: CLIENT,
  })),
  withIdClaims('another aud', 'client', () => ({ aud: OTHER_CLIENT })),
  withIdClaims('aud missing', 'client', () => ({ aud: undefined })),
  withIdClaims('aud as a list that holds ours', 'client', () => ({ aud: [CLIENT, OTHER_CLIENT] })),
  withIdClaims('an id token with client_id in place of aud', 'client', () => ({
    aud: undefined,
    client_id: CLIENT,
  })),
  withClaims('token_use missing', 'use', () => ({ token_use: undefined })),
  withClaims('token_use refresh', 'use', () => ({ token_use: 'refresh' })),
  withClaims('token_use in capitals', 'use', () => ({ token_use: 'ACCESS' })),
  withClaims('token_use as a list', 'use', () => ({ token_use: ['access'] })),
  withClaims('expired a second ago', 'expired', (now) => ({
    iat: now - 3601,
    auth_time: now - 3601,
    exp: now - 1,
  })),
  withClaims('expiring now', 'expired', (now) => ({ exp: now })),
  withClaims('exp missing', 'malformed', () => ({ exp: undefined })),
  withClaims('exp as text', 'malformed', (now) => ({ exp: String(now + 3600) })),
  withClaims('nbf in a second', 'not-yet', (now) => ({ nbf: now + 1 })),
  withClaims('nbf as text', 'malformed', (now) => ({ nbf: String(now) })),
  withClaims('issued in the future', 'not-yet', (now) => ({ iat: now + 60, exp: now + 7200 })),
  withClaims('iat missing', 'malformed', () => ({ iat: undefined })),
  withClaims('sub missing', 'malformed', () => ({ sub: undefined })),
  withClaims('sub empty', 'malformed', () => ({ sub: '' })),
  withClaims('sub that looks like an owner', 'malformed', () => ({ sub: `${SUB}::jane` })),
  withClaims('sub with a slash', 'malformed', () => ({ sub: 'a/b' })),
  withClaims('sub with a control character', 'malformed', () => ({ sub: 'a\u0000' })),
  withClaims('sub as an object', 'malformed', () => ({ sub: { toString: SUB } })),
  withClaims('a user that is not there', 'revoked', () => ({ sub: '00000000-0000-4000-8000-000000000000' })),
  withClaims('username missing', 'malformed', () => ({ username: undefined })),
  withClaims('groups as text', 'malformed', () => ({ 'cognito:groups': 'admins' })),
  withClaims('groups of numbers', 'malformed', () => ({ 'cognito:groups': [1] })),
  // JSON
  raw('a claim twice', (good) => good.replace('{', '{"sub":"someone-else",')),
  raw('a claim twice, once with an escape', (good) => good.replace('{', '{"\\u0073ub":"someone-else",')),
  raw('a claim twice, deeper', (good) => good.replace('{', '{"address":{"a":1,"a":2},')),
  raw('__proto__', (good) => good.replace('{', '{"__proto__":{"token_use":"access"},')),
  raw('__proto__ with an escape', (good) => good.replace('{', '{"__prot\\u006f__":{},')),
  raw('constructor', (good) => good.replace('{', '{"constructor":{"prototype":{}},')),
  raw('an array', (good) => `[${good}]`),
  raw('a text', () => '"text"'),
  raw('null', () => 'null'),
  raw('no JSON', () => '{"sub":'),
  raw('two documents', (good) => good + good),
  withHeader('alg twice', 'malformed', `{"alg":"none","kid":"${accessKey.kid}","alg":"RS256"}`),
  withHeader('a header that is no object', 'malformed', '[]'),
  // Text
  changed('a changed payload', 'signature', (_, [head, payload = '', mac]) => {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
    return `${head}.${part({ ...claims, username: 'admin' })}.${mac}`;
  }),
  changed(
    'a changed signature',
    'signature',
    (token) => token.slice(0, -9) + (token.at(-9) === 'A' ? 'B' : 'A') + token.slice(-8),
  ),
  changed('no signature', 'malformed', (_, [head, payload]) => `${head}.${payload}`),
  changed('an empty signature', 'malformed', (_, [head, payload]) => `${head}.${payload}.`),
  changed('a part more', 'malformed', (token) => `${token}.x`),
  changed('padding', 'malformed', (_, [head, payload, mac]) => `${head}=.${payload}.${mac}`),
  changed('base64 with + and /', 'malformed', (token) => `${token.slice(0, -2)}+/`),
  changed('another spelling of the last character', 'malformed', (token) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // 256 bytes leave four bits over in the last character: the decoder drops them.
    return token.slice(0, -1) + (alphabet[alphabet.indexOf(token.at(-1) ?? '') + 1] ?? '');
  }),
  changed('blanks inside', 'malformed', (token) => token.replace('.', ' .')),
  changed('a line end inside', 'malformed', (token) => token.replace('.', '.\n')),
  changed(
    'bytes that are no UTF-8',
    'malformed',
    (_, [head, , mac]) => `${head}.${Buffer.from('{"iss":"\xff"}', 'latin1').toString('base64url')}.${mac}`,
  ),
  changed('a list of two tokens', 'malformed', (token) => `${token},${token}`),
  changed('Bearer twice', 'malformed', (token) => `Bearer Bearer ${token}`),
  changed('another scheme', 'malformed', (token) => `Basic ${token}`),
  withClaims('a token above 16 KB', 'malformed', () => ({ padding: 'x'.repeat(13_000) })),
  ...[
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'undefined',
    'null',
    '..',
    '...',
    'a.b.c',
    'e30.e30.e30',
    '\u0000',
    '☃',
  ].map((text): Attack => ({
    name: `the text ${JSON.stringify(text)}`,
    refusal: text === 'e30.e30.e30' ? 'signature' : 'malformed',
    token: () => text,
  })),
];

describe('a token is refused', () => {
  test.each(ATTACKS)('$name', async ({ token, refusal }) => {
    const directory = testDirectory();
    const text = token(directory);
    const error: unknown = await directory.verifier.verify(text).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TokenError);
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: refusal });
    // Clear, and nothing of what the server knows or what the token says.
    const { message } = error as TokenError;
    expect(message.length).toBeLessThan(80);
    for (const secret of [SUB, 'jane', CLIENT, OTHER_CLIENT, POOL, ADDRESS, accessKey.kid])
      expect(message).not.toContain(secret);
    // Nor is it remembered as good when it comes again.
    await expect(directory.verifier.verify(text)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    // A good one still is.
    await expect(directory.verifier.verify(directory.access())).resolves.toMatchObject({ sub: SUB });
  });

  test('and neither jku nor x5u nor iss makes the server ask anybody', async () => {
    const evil = await localIssuer([foreignKey]);
    const { verifier, accessClaims: claims, asked } = testDirectory();
    const jwks = `${evil.url}/${POOL}/.well-known/jwks.json`;
    const foreign = (members: Claims, changes: Claims = {}) =>
      sign(foreignKey, claims(changes), { kid: foreignKey.kid, alg: 'RS256', ...members });
    const tokens = [
      foreign({ jku: jwks }),
      foreign({ x5u: jwks }),
      foreign({}, { iss: `${evil.url}/${POOL}` }),
    ];
    for (const token of tokens) await expect(verifier.verify(token)).rejects.toBeInstanceOf(TokenError);
    expect(evil.asked).toEqual([]);
    expect(asked.standings).toBe(0);
  });

  test('and strangers cannot make it read users or app clients', async () => {
    const { verifier, asked, accessClaims: claims } = testDirectory();
    for (let i = 0; i < 20; i++) {
      await expect(verifier.verify(sign(foreignKey, claims({ jti: `${i}` })))).rejects.toBeInstanceOf(
        TokenError,
      );
    }
    expect(asked).toMatchObject({ clients: 0, standings: 0 });
    // Nor the keys at their pace: the first use, and one look for the unknown id.
    expect(asked.jwks).toBeLessThanOrEqual(2);
  });

  test('the attacks are no attacks without the change: the same builders make good tokens', async () => {
    const { verifier, access, id } = testDirectory();
    expect(await verifier.verify(access())).toMatchObject({ sub: SUB, tokenUse: 'access' });
    expect(await verifier.verify(id())).toMatchObject({ sub: SUB, tokenUse: 'id' });
    expect(
      await verifier.verify(
        sign(idKey, idClaims({ issuer: ISSUER, clientId: CLIENT, sub: SUB, now: testDirectory().now() })),
      ),
    ).toBeDefined();
  });
});
