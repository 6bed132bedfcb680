import { createHmac, createSign, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/* Builders: keys, tokens in AWS's shape, and an issuer that serves its keys. */

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: {
    readonly kty: string;
    readonly n: string;
    readonly e: string;
    readonly [member: string]: string;
  };
}

export function makeKey(kid: string = randomUUID()): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return { kid, privateKey, publicKey, jwk: { kid, alg: 'RS256', use: 'sig', kty: 'RSA', n, e } };
}

export type Claims = Readonly<Record<string, unknown>>;

export const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A JWT of these parts: objects, or JSON as text. */
export function sign(
  key: SigningKey,
  claims: Claims | string,
  header: Claims | string = { kid: key.kid, alg: 'RS256' },
): string {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key.privateKey, 'base64url')}`;
}

/** The attack on verifiers that take the algorithm from the header: the public key as the secret of an HMAC. */
export function signWithPublicKey(key: SigningKey, claims: Claims): string {
  const text = `${part({ kid: key.kid, alg: 'HS256' })}.${part(claims)}`;
  const secret = key.publicKey.export({ format: 'pem', type: 'spki' });
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export interface TokenShape {
  readonly issuer: string;
  readonly clientId: string;
  readonly sub: string;
  /** Seconds. */
  readonly now: number;
}

/** Claims of a good access token; members set to undefined are left out. */
export function accessClaims(shape: TokenShape, changes: Claims = {}): Claims {
  const scope = 'aws.cognito.signin.user.admin';
  return {
    ...common(shape),
    client_id: shape.clientId,
    token_use: 'access',
    scope,
    username: 'jane',
    ...changes,
  };
}

/** Claims of a good id token. */
export function idClaims(shape: TokenShape, changes: Claims = {}): Claims {
  const email = 'jane@example.com';
  return {
    ...common(shape),
    aud: shape.clientId,
    token_use: 'id',
    'cognito:username': 'jane',
    email,
    ...changes,
  };
}

function common({ issuer, sub, now }: TokenShape): Claims {
  const ids = { origin_jti: 'origin-1', jti: 'jti-1', event_id: 'event-1' };
  return { sub, iss: issuer, ...ids, auth_time: now, iat: now, exp: now + 3600 };
}

export interface LocalIssuer {
  /** Address without a slash at the end. */
  readonly url: string;
  /** What it serves as keys; change it to rotate them. */
  keys: readonly object[];
  /** Overrides the answer. */
  answer: { readonly status?: number; readonly body?: string; readonly location?: string } | undefined;
  /** Paths that were asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** A server on loopback that has `/<anything>/.well-known/jwks.json`. Closed after the test. */
export async function localIssuer(keys: readonly SigningKey[], port = 0): Promise<LocalIssuer> {
  const server = createServer((request, response) => {
    issuer.asked.push(request.url ?? '');
    const { status = 200, body, location } = issuer.answer ?? {};
    if (location !== undefined) response.setHeader('location', location);
    response.statusCode = status;
    response.setHeader('content-type', 'application/json');
    response.end(body ?? JSON.stringify({ keys: issuer.keys }));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const issuer: LocalIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys: keys.map(({ jwk }) => jwk),
    answer: undefined,
    asked: [],
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  onTestFinished(() => issuer.close());
  return issuer;
}
