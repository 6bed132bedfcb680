import { createHash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { manualClock } from '../../src/base/clock.ts';
import { createSignatureVerifier, SignatureError, type SignedRequest } from '../../src/auth/sigv4.ts';

/* Builders: requests that AWS's own signer signed, and a verifier that stands at the same time. */

export const NOW = Date.parse('2026-03-01T12:00:00Z');
const KEYS: Readonly<Record<string, string>> = {
  rockpool: 'rockpool-secret',
  AKIDEXAMPLE: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
export const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

export function setup(at = NOW) {
  const clock = manualClock(at);
  const lookups: (string | undefined)[] = [];
  const verifier = createSignatureVerifier({
    region: 'us-east-1',
    lookup: (accessKeyId, sessionToken) => {
      lookups.push(sessionToken);
      return Object.hasOwn(KEYS, accessKeyId) ? KEYS[accessKeyId] : undefined;
    },
    clock,
  });
  return { clock, lookups, verifier };
}

export interface Shape {
  readonly method?: string;
  /** As a client hands it to the signer: its path as it goes on the wire. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly service?: string;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly at?: number;
  readonly applyChecksum?: boolean;
}

/** Percent-encoding as AWS's clients write queries on the wire. */
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** What goes over the wire when AWS's own signer signs it. */
export async function signed(shape: Shape = {}): Promise<SignedRequest> {
  const { method = 'POST', path = '/graphql', query = {}, headers = {}, body = '{"query":"{ x }"}' } = shape;
  const { accessKeyId = 'rockpool', secretAccessKey = 'rockpool-secret', sessionToken } = shape;
  const signer = new SignatureV4({
    service: shape.service ?? 'appsync',
    region: shape.region ?? 'us-east-1',
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: Sha256,
    applyChecksum: shape.applyChecksum ?? true,
  });
  const result = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: 'localhost',
      path,
      query: { ...query },
      headers: { host: 'localhost:4000', 'content-type': 'application/json', ...headers },
      body,
    },
    { signingDate: new Date(shape.at ?? NOW) },
  );
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((each) => `${encode(name)}=${encode(each)}`),
  );
  return {
    method,
    url: pairs.length === 0 ? path : `${path}?${pairs.join('&')}`,
    headers: Object.fromEntries(
      Object.entries(result.headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: Buffer.from(body),
  };
}

export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof SignatureError) return error.code;
    throw error;
  }
  return 'accepted';
}

/** The signature's own parts, with one of them changed. */
export function change(request: SignedRequest, from: string | RegExp, to: string): SignedRequest {
  const authorization = String(request.headers['authorization']);
  const changed = authorization.replace(from, to);
  if (changed === authorization) throw new Error('nothing changed');
  return { ...request, headers: { ...request.headers, authorization: changed } };
}

export const without = (request: SignedRequest, name: string): SignedRequest => ({
  ...request,
  headers: Object.fromEntries(Object.entries(request.headers).filter(([each]) => each !== name)),
});
