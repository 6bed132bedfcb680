import { createHash, createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import { equalSecrets } from './equal.ts';
import { SignatureError } from './signature-error.ts';
import type { SignedRequest } from './signed-request.ts';
import { parseAuthorization, type Authorization } from './sigv4-authorization.ts';
import { canonicalHeaders, canonicalPath, canonicalQuery } from './sigv4-canonical.ts';

export { SignatureError, type SignatureFault } from './signature-error.ts';
export type { SignedRequest } from './signed-request.ts';

export interface SignatureVerifierOptions {
  /** The only region that a scope may name: clients sign for the region that they are configured with. */
  readonly region: string;
  /** The secret of an access key, undefined for one that is not known. Temporary keys come with their session token. */
  readonly lookup: (accessKeyId: string, sessionToken: string | undefined) => string | undefined;
  readonly clock: Clock;
}

export interface SignatureVerifier {
  /** Whose signature it is, for `service` as AWS spells it in scopes. Throws SignatureError. */
  verify(request: SignedRequest, service: string): { readonly accessKeyId: string };
}

/** A signature is good for five minutes before and after its time, as on AWS. */
const SKEW_MS = 5 * 60 * 1000;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** AWS Signature Version 4 in its header form. */
export function createSignatureVerifier({
  region,
  lookup,
  clock,
}: SignatureVerifierOptions): SignatureVerifier {
  const signingKeys = new LRUCache<string, { readonly secret: string; readonly key: Buffer }>({ max: 100 });

  /** The same for all requests of a key, day and service: four HMACs are saved. */
  function signingKey(secret: string, { accessKeyId, scope }: Authorization): Buffer {
    const name = `${accessKeyId}/${scope.date}/${scope.region}/${scope.service}`;
    const known = signingKeys.get(name);
    if (known?.secret === secret) return known.key;
    const parts = [scope.date, scope.region, scope.service, 'aws4_request'];
    const key = parts.reduce<Buffer>((from, part) => hmac(from, part), Buffer.from(`AWS4${secret}`));
    signingKeys.set(name, { secret, key });
    return key;
  }

  return {
    verify(request, service) {
      const authorization = parseAuthorization(request.headers);
      const { accessKeyId, scope, signedHeaders, signature, time } = authorization;
      checkScope(authorization, region, service);
      checkTime(time, clock.now());
      const secret = lookup(accessKeyId, one(request.headers['x-amz-security-token']));
      if (secret === undefined)
        throw new SignatureError('unknown-key', 'The access key or the security token is not valid.');
      const question = request.url.indexOf('?');
      const canonicalRequest = [
        request.method,
        canonicalPath(question < 0 ? request.url : request.url.slice(0, question)),
        canonicalQuery(question < 0 ? '' : request.url.slice(question + 1)),
        canonicalHeaders(request.headers, signedHeaders),
        signedHeaders.join(';'),
        payloadHash(request),
      ].join('\n');
      const scopeText = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
      const toSign = `AWS4-HMAC-SHA256\n${time}\n${scopeText}\n${sha256(canonicalRequest)}`;
      const expected = hmac(signingKey(secret, authorization), toSign).toString('hex');
      if (!equalSecrets(signature, expected)) throw mismatch();
      return { accessKeyId };
    },
  };
}

function checkScope({ scope, time }: Authorization, region: string, service: string): void {
  const wrong = (what: string) =>
    new SignatureError('scope', `The credential scope of the signature ${what}.`);
  if (scope.terminator !== 'aws4_request') throw wrong("does not end in 'aws4_request'");
  if (scope.service !== service)
    throw wrong(`names service '${shown(scope.service)}': sign for '${service}'`);
  if (scope.region !== region)
    throw wrong(`names region '${shown(scope.region)}': this server is in '${region}'`);
  if (scope.date !== time.slice(0, 8)) throw wrong('has another date than the request');
}

function checkTime(time: string, now: number): void {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(time) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const ours = new Date(now).toISOString();
  if (Number.isNaN(at))
    throw new SignatureError('incomplete', `The date of the request, ${time}, does not exist.`);
  if (at < now - SKEW_MS) {
    throw new SignatureError(
      'expired',
      `Signature expired: ${time} is more than 5 minutes before the server's time, ${ours}.`,
    );
  }
  if (at > now + SKEW_MS) {
    throw new SignatureError(
      'expired',
      `Signature not yet current: ${time} is more than 5 minutes after the server's time, ${ours}.`,
    );
  }
}

/** The hash that was signed. Where a header names it, the body must have it; without the header we hash ourselves. */
function payloadHash({ method, headers, body }: SignedRequest): string {
  const named = headers['x-amz-content-sha256'];
  if (named === undefined) return sha256(body);
  const hash = one(named);
  if (hash === undefined || !SHA256_HEX.test(hash)) {
    throw new SignatureError(
      'incomplete',
      'x-amz-content-sha256 must be the SHA-256 of the body in hex: it has to be signed.',
    );
  }
  // An old client for game engines names the hash of `{}` on GET, and sends nothing.
  const nothing = body.length === 0 && (method === 'GET' || method === 'HEAD');
  if (!nothing && hash !== sha256(body))
    throw mismatch('The body does not have the SHA-256 that x-amz-content-sha256 names.');
  return hash;
}

function mismatch(
  reason = 'Check the secret access key, and that nothing changed the request on its way.',
): SignatureError {
  return new SignatureError(
    'mismatch',
    `The request signature we calculated does not match the signature you provided. ${reason}`,
  );
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

function one(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return value.length === 1 ? value[0] : undefined;
}

/** What a stranger wrote, cut to what an error may hold. */
function shown(text: string): string {
  return text.replaceAll(/[^\w-]/g, '').slice(0, 40);
}
