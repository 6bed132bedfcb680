import { describe, expect, test } from 'vitest';
import type { SignedRequest } from '../../src/auth/sigv4.ts';
import { change, codeOf, NOW, setup, sha256, signed, without } from './signed.ts';

describe('a request is refused', () => {
  const { verifier } = setup();

  test.each<[string, string, (request: SignedRequest) => SignedRequest]>([
    ['no authorization', 'missing', (r) => without(r, 'authorization')],
    ['an empty authorization', 'missing', (r) => ({ ...r, headers: { ...r.headers, authorization: '' } })],
    ['a bearer token', 'incomplete', (r) => ({ ...r, headers: { ...r.headers, authorization: 'Bearer x' } })],
    [
      'two authorizations',
      'incomplete',
      (r) => ({ ...r, headers: { ...r.headers, authorization: [String(r.headers['authorization']), 'x'] } }),
    ],
    ['another algorithm', 'incomplete', (r) => change(r, 'AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1')],
    [
      'the asymmetric algorithm',
      'incomplete',
      (r) => change(r, 'AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
    ],
    ['no credential', 'incomplete', (r) => change(r, /Credential=[^,]*, /, '')],
    ['an empty signature', 'incomplete', (r) => change(r, /Signature=.*$/, 'Signature=')],
    ['no signed headers', 'incomplete', (r) => change(r, /SignedHeaders=[^,]*, /, '')],
    ['a part twice', 'incomplete', (r) => change(r, /$/, ', Signature=00')],
    ['an unknown part', 'incomplete', (r) => change(r, /$/, ', Expires=1')],
    ['a credential that is too short', 'incomplete', (r) => change(r, '/aws4_request', '')],
    ['a credential that is too long', 'incomplete', (r) => change(r, 'Credential=', 'Credential=x/')],
    ['host not signed', 'incomplete', (r) => change(r, ';host', '')],
    ['the date not signed', 'incomplete', (r) => change(r, ';x-amz-date', '')],
    [
      'a target that is not signed',
      'incomplete',
      (r) => ({ ...r, headers: { ...r.headers, 'x-amz-target': 'Service.Operation' } }),
    ],
    [
      'a session token that is not signed',
      'incomplete',
      (r) => ({ ...r, headers: { ...r.headers, 'x-amz-security-token': 't' } }),
    ],
    ['headers out of order', 'incomplete', (r) => change(r, 'content-type;host', 'host;content-type')],
    ['a header named twice', 'incomplete', (r) => change(r, ';host', ';host;host')],
    ['a header in capitals', 'incomplete', (r) => change(r, ';host', ';Host')],
    ['a signed header that is gone', 'incomplete', (r) => without(r, 'content-type')],
    ['a signed header of Object', 'incomplete', (r) => change(r, 'content-type;', '__proto__;content-type;')],
    ['no date', 'incomplete', (r) => without(r, 'x-amz-date')],
    [
      'a date in another form',
      'incomplete',
      (r) => ({ ...r, headers: { ...r.headers, 'x-amz-date': '2026-03-01T12:00:00Z' } }),
    ],
    [
      'a date that does not exist',
      'incomplete',
      (r) => ({
        ...change(r, '/20260301/', '/20261301/'),
        headers: { ...change(r, '/20260301/', '/20261301/').headers, 'x-amz-date': '20261301T120000Z' },
      }),
    ],
    [
      'an unsigned payload',
      'incomplete',
      (r) => ({ ...r, headers: { ...r.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
    ],
    ['another service', 'scope', (r) => change(r, '/appsync/', '/cognito-idp/')],
    ['another region', 'scope', (r) => change(r, '/us-east-1/', '/eu-west-1/')],
    ['another day', 'scope', (r) => change(r, '/20260301/', '/20260228/')],
    ['another end of the scope', 'scope', (r) => change(r, 'aws4_request', 'aws5_request')],
    ['an unknown key', 'unknown-key', (r) => change(r, 'Credential=rockpool', 'Credential=nobody')],
    [
      'a key named like a member of Object',
      'unknown-key',
      (r) => change(r, 'Credential=rockpool', 'Credential=constructor'),
    ],
    ['a key of somebody else', 'mismatch', (r) => change(r, 'Credential=rockpool', 'Credential=AKIDEXAMPLE')],
    [
      'a changed signature',
      'mismatch',
      (r) =>
        change(
          r,
          /Signature=./,
          (r.headers['authorization'] as string).includes('Signature=0') ? 'Signature=1' : 'Signature=0',
        ),
    ],
    ['a signature cut short', 'mismatch', (r) => change(r, /.$/, '')],
    [
      'a signature that is no hex',
      'mismatch',
      (r) => change(r, /Signature=.*/, `Signature=${'z'.repeat(64)}`),
    ],
    ['another method', 'mismatch', (r) => ({ ...r, method: 'PUT' })],
    ['another path', 'mismatch', (r) => ({ ...r, url: '/other' })],
    ['a path that leads to the same place', 'mismatch', (r) => ({ ...r, url: '/x/../graphql' })],
    ['an empty segment more', 'mismatch', (r) => ({ ...r, url: '//graphql' })],
    ['a slash more', 'mismatch', (r) => ({ ...r, url: '/graphql/' })],
    ['a query more', 'mismatch', (r) => ({ ...r, url: '/graphql?x=1' })],
    ['another host', 'mismatch', (r) => ({ ...r, headers: { ...r.headers, host: 'localhost:4001' } })],
    ['a host without its port', 'mismatch', (r) => ({ ...r, headers: { ...r.headers, host: 'localhost' } })],
    [
      'another value of a signed header',
      'mismatch',
      (r) => ({ ...r, headers: { ...r.headers, 'content-type': 'text/plain' } }),
    ],
    [
      'a signed header twice',
      'mismatch',
      (r) => ({ ...r, headers: { ...r.headers, 'content-type': ['application/json', 'text/plain'] } }),
    ],
    [
      'another time of that day',
      'mismatch',
      (r) => ({ ...r, headers: { ...r.headers, 'x-amz-date': '20260301T120001Z' } }),
    ],
    ['another body', 'mismatch', (r) => ({ ...r, body: Buffer.from('{"query":"{ y }"}') })],
    [
      'another body with its own hash',
      'mismatch',
      (r) => ({
        ...r,
        body: Buffer.from('y'),
        headers: { ...r.headers, 'x-amz-content-sha256': sha256('y') },
      }),
    ],
    ['no body', 'mismatch', (r) => ({ ...r, body: Buffer.alloc(0) })],
  ])('%s', async (_, code, tamper) => {
    const request = await signed();
    expect(codeOf(() => verifier.verify(request, 'appsync'))).toBe('accepted');
    expect(codeOf(() => verifier.verify(tamper(request), 'appsync'))).toBe(code);
  });

  test('when the secret was another one', async () => {
    const request = await signed({ secretAccessKey: 'rockpool-secret2' });
    expect(codeOf(() => verifier.verify(request, 'appsync'))).toBe('mismatch');
  });

  test.each([
    ['five minutes old', -300_000, 'accepted'],
    ['older', -301_000, 'expired'],
    ['five minutes ahead', 300_000, 'accepted'],
    ['further ahead', 301_000, 'expired'],
  ])('or not, by its age: %s', async (_, offset, code) => {
    const request = await signed({ at: NOW + offset });
    expect(codeOf(() => verifier.verify(request, 'appsync'))).toBe(code);
  });

  test('in words that name what was expected, and quote no more of the request than a name', async () => {
    const message = (request: SignedRequest): string => {
      try {
        verifier.verify(request, 'appsync');
      } catch (error) {
        return String((error as Error).message);
      }
      return '';
    };
    const request = await signed();
    expect(message(change(request, '/us-east-1/', '/eu-west-1/'))).toBe(
      "The credential scope of the signature names region 'eu-west-1': this server is in 'us-east-1'.",
    );
    expect(message(change(request, '/us-east-1/', '/<script>\n/'))).not.toContain('<');
    expect(message(await signed({ service: 'execute-api' }))).toContain("sign for 'appsync'");
    expect(message(await signed({ at: NOW - 1e6 }))).toContain('Signature expired: 20260301T114320Z');
    expect(message(await signed({ at: NOW + 1e6 }))).toContain('Signature not yet current');
    expect(message(await signed({ secretAccessKey: 'x' }))).toContain(
      'signature we calculated does not match',
    );
    for (const text of [message(change(request, /Signature=./, 'Signature=x'))]) {
      expect(text).not.toMatch(/[0-9a-f]{32}/);
    }
  });
});
