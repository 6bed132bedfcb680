import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSignatureVerifier, type SignedRequest } from '../../src/auth/sigv4.ts';
import { codeOf, setup, sha256, signed, type Shape } from './signed.ts';

describe("what AWS's signer signs", () => {
  const { verifier } = setup();

  test.each<[string, Shape]>([
    ['a GraphQL request', {}],
    ['without a hash of the body', { applyChecksum: false }],
    ['an empty body', { body: '' }],
    ['a GET', { method: 'GET', body: '', query: { query: '{ x }' } }],
    ['the root', { path: '/', headers: { 'x-amz-target': 'AWSCognitoIdentityProviderService.ListUsers' } }],
    ['an encoded path', { path: '/identitypools/us-east-1%3A1/identities/us-east-1%3A2/datasets/a%20b' }],
    ['a raw path', { path: "/identitypools/us-east-1:1/identities/us-east-1:2/datasets/it's(*)!" }],
    ['a slash at the end', { path: '/graphql/' }],
    ['an encoded slash and an encoded percent sign', { path: '/a%2Fb/%25/c' }],
    ['a query out of order', { query: { b: '2', a: '1', 'a-': '3', A: '0' } }],
    ['a name that comes more than once', { query: { a: ['2', '1', ''] } }],
    ['odd characters in the query', { query: { 'ü ': '+ &=~%é☃', empty: '' } }],
    ['blanks in a header', { headers: { 'x-amz-meta': '  a   b \t c  ' } }],
    ['an empty header', { headers: { 'x-amz-meta': '' } }],
    ['a session token', { sessionToken: 'token/with+odd=characters' }],
    ['text beyond ASCII in the body', { body: '{"ü":"☃"}' }],
  ])('holds: %s', async (_, shape) => {
    expect(verifier.verify(await signed(shape), 'appsync')).toEqual({ accessKeyId: 'rockpool' });
  });

  test('holds whatever path, query, headers and body are', async () => {
    const segment = fc.stringMatching(/^(?:[A-Za-z0-9_~!$&'()*+,;=:@-]|\.x|%[2-7][0-9A-F]){1,6}$/);
    const word = fc
      .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
      .filter((text) => text.isWellFormed() && text !== '__proto__');
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
          path: fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
          query: fc.dictionary(
            word,
            fc.oneof(fc.string({ maxLength: 8 }), fc.array(word, { minLength: 1, maxLength: 3 })),
            { maxKeys: 4 },
          ),
          headers: fc.dictionary(fc.stringMatching(/^x-[a-z]{1,5}$/), fc.stringMatching(/^[ -~\t]{0,12}$/), {
            maxKeys: 3,
          }),
          body: fc.string({ unit: 'grapheme' }),
          applyChecksum: fc.boolean(),
          sessionToken: fc.option(fc.stringMatching(/^[\w/+=]{1,20}$/), { nil: undefined }),
        }),
        async (shape) => {
          const { sessionToken, ...rest } = shape;
          const request = await signed({ ...rest, ...(sessionToken === undefined ? {} : { sessionToken }) });
          expect(verifier.verify(request, 'appsync')).toEqual({ accessKeyId: 'rockpool' });
          expect(
            codeOf(() =>
              verifier.verify(
                { ...request, body: Buffer.concat([request.body, Buffer.from('x')]) },
                'appsync',
              ),
            ),
          ).toBe('mismatch');
          expect(
            codeOf(() => verifier.verify({ ...request, url: request.url.replace('/', '/x') }, 'appsync')),
          ).toBe('mismatch');
        },
      ),
      { numRuns: 150 },
    );
  });

  test('holds over a real connection, with the headers as Node hands them over', async () => {
    const seen: {
      method: string;
      url: string;
      headers: IncomingHttpHeaders;
      distinct: SignedRequest['headers'];
    }[] = [];
    const server = createServer((request, response) => {
      seen.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        distinct: request.headersDistinct,
      });
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const shape = {
      path: '/graphql/a:b%20c',
      query: { b: 'ü', a: "'" },
      headers: { host: `127.0.0.1:${port}`, 'x-amz-meta': ' a  b' },
    };
    const request = await signed(shape);
    const { method, url } = request;
    const outgoing = httpRequest({
      port,
      host: '127.0.0.1',
      method,
      path: url,
      headers: request.headers as Record<string, string>,
    });
    outgoing.end(request.body);
    const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
    response.resume();
    const [arrived] = seen;
    expect(arrived).toBeDefined();
    if (arrived === undefined) return;
    for (const headers of [arrived.headers, arrived.distinct]) {
      expect(
        verifier.verify({ method: arrived.method, url: arrived.url, headers, body: request.body }, 'appsync'),
      ).toBeDefined();
    }
  });
});

describe("vectors of AWS's documentation", () => {
  const { verifier } = setup(Date.parse('2015-08-30T12:36:00Z'));
  /** Region us-east-1, service `service`, headers host and x-amz-date, no body. */
  const vector = (url: string, signature: string, headers: SignedRequest['headers'] = {}): SignedRequest => {
    const names = ['host', ...Object.keys(headers), 'x-amz-date'].sort().join(';');
    return {
      method: 'GET',
      url,
      headers: {
        host: 'example.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        ...headers,
        authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
      },
      body: Buffer.alloc(0),
    };
  };

  test.each<[string, SignedRequest]>([
    ['vanilla', vector('/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31')],
    [
      'query in order',
      vector(
        '/?Param2=value2&Param1=value1',
        'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
      ),
    ],
    [
      'a header that comes three times',
      vector('/', 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea', {
        'my-header1': ['value2', 'value2', 'value1'],
      }),
    ],
  ])('%s', (_, request) => {
    expect(verifier.verify(request, 'service')).toEqual({ accessKeyId: 'AKIDEXAMPLE' });
  });
});

describe('what clients do differently', () => {
  const { verifier, lookups, clock } = setup();

  test.each(['20260301T120000Z', 'Sun, 01 Mar 2026 12:00:00 GMT'])(
    'a Date header in place of x-amz-date: %s',
    (date) => {
      const canonical = `GET\n/\n\ndate:${date}\nhost:h\n\ndate;host\n${sha256('')}`;
      const scope = '20260301/us-east-1/appsync/aws4_request';
      const key = scope
        .split('/')
        .reduce<Buffer | string>(
          (from, part) => createHmac('sha256', from).update(part).digest(),
          'AWS4rockpool-secret',
        );
      const toSign = `AWS4-HMAC-SHA256\n20260301T120000Z\n${scope}\n${sha256(canonical)}`;
      const request = (signedHeaders: string): SignedRequest => ({
        method: 'GET',
        url: '/',
        headers: {
          date,
          host: 'h',
          authorization: `AWS4-HMAC-SHA256 Credential=rockpool/${scope}, SignedHeaders=${signedHeaders}, Signature=${createHmac('sha256', key).update(toSign).digest('hex')}`,
        },
        body: Buffer.alloc(0),
      });
      expect(codeOf(() => verifier.verify(request('date;host'), 'appsync'))).toBe('accepted');
      expect(codeOf(() => verifier.verify(request('host'), 'appsync'))).toBe('incomplete');
    },
  );

  test('an old client names the hash of {} on a GET without a body, and only there', async () => {
    const hash = { 'x-amz-content-sha256': sha256('{}') };
    const get = await signed({ method: 'GET', body: '', headers: hash });
    expect(codeOf(() => verifier.verify(get, 'appsync'))).toBe('accepted');
    expect(codeOf(() => verifier.verify({ ...get, body: Buffer.from('x') }, 'appsync'))).toBe('mismatch');
    const post = await signed({ method: 'POST', body: '', headers: hash });
    expect(codeOf(() => verifier.verify(post, 'appsync'))).toBe('mismatch');
  });

  test('parts without blanks after the commas', async () => {
    const request = await signed();
    const authorization = String(request.headers['authorization']).replaceAll(', ', ',');
    expect(
      codeOf(() =>
        verifier.verify({ ...request, headers: { ...request.headers, authorization } }, 'appsync'),
      ),
    ).toBe('accepted');
  });

  test('a plus sign for a blank in the query', async () => {
    const request = await signed({ query: { q: 'a b' } });
    expect(codeOf(() => verifier.verify({ ...request, url: '/graphql?q=a+b' }, 'appsync'))).toBe('accepted');
    expect(codeOf(() => verifier.verify({ ...request, url: '/graphql?q=a%2Bb' }, 'appsync'))).toBe(
      'mismatch',
    );
  });

  test('a session token goes to whoever knows the keys', async () => {
    lookups.length = 0;
    verifier.verify(await signed({ sessionToken: 'temporary' }), 'appsync');
    expect(lookups).toEqual(['temporary']);
  });

  test('a secret that changes is noticed though the signing key of the day is remembered', async () => {
    let secret = 'one';
    const changing = createSignatureVerifier({ region: 'us-east-1', lookup: () => secret, clock });
    const [one, two] = [await signed({ secretAccessKey: 'one' }), await signed({ secretAccessKey: 'two' })];
    expect(codeOf(() => changing.verify(one, 'appsync'))).toBe('accepted');
    secret = 'two';
    expect(codeOf(() => changing.verify(one, 'appsync'))).toBe('mismatch');
    expect(codeOf(() => changing.verify(two, 'appsync'))).toBe('accepted');
  });
});
