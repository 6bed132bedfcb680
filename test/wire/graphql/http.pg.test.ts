import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { graphql } from '../../support/server.ts';
import { API_KEY, ROOT, signedCall } from './support/call.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();
const JSON_TYPE = { 'content-type': 'application/json' };
async function post(body: string | Buffer, headers: Record<string, string> = { ...JSON_TYPE, ...API_KEY }) {
  const response = await fetch(`${shared.url}/graphql`, { method: 'POST', headers, body });
  return shown(response);
}
async function shown(response: Response) {
  const answer = (await response.json()) as {
    data?: Record<string, unknown> | null;
    errors?: { message: string; extensions?: Record<string, unknown> }[];
    extensions?: Record<string, unknown>;
  };
  return {
    status: response.status,
    answer,
    code: answer.errors?.[0]?.extensions?.['code'],
    headers: response.headers,
  };
}

describe('who is calling comes first', () => {
  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['an empty token', { authorization: '' }],
    ['a token that is none', { authorization: 'Bearer nonsense' }],
    ['another API key', { 'x-api-key': 'da2-other' }],
    ['an empty API key', { 'x-api-key': '' }],
    ['another API key beside a token', { 'x-api-key': 'da2-other', authorization: 'nonsense' }],
    ['a signature without its parts', { authorization: 'AWS4-HMAC-SHA256 Credential=rockpool' }],
  ])('with %s the answer is 401 and nothing is executed', async (_name, headers) => {
    const {
      status,
      code,
      answer,
      headers: sent,
    } = await post(JSON.stringify({ query: '{ position }' }), {
      ...JSON_TYPE,
      ...headers,
    });
    expect({ status, code }).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    expect(answer.errors).toHaveLength(1);
    expect(answer).not.toHaveProperty('data');
    expect(sent.get('content-type')).toMatch(/^application\/json/);
    expect(sent.get('access-control-allow-origin')).toBe('*');
  });

  it('even when the document is wrong', async () => {
    for (const body of ['{', JSON.stringify({ query: '{ nothing }' }), JSON.stringify({ query: '{' })])
      expect(await post(body, JSON_TYPE)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('a signature by the root credentials holds, for this body and this service alone', async () => {
    const query = '{ position }';
    expect((await signedCall(shared.url, query)).errors).toEqual([]);
    const wrong = [
      { credentials: { ...ROOT, secretAccessKey: 'guessed' } },
      { credentials: { ...ROOT, accessKeyId: 'somebody' } },
      { service: 'execute-api' },
      { sent: JSON.stringify({ query: '{ __typename }', variables: {} }) },
    ];
    for (const options of wrong) {
      const answer = await signedCall(shared.url, query, {}, options);
      expect(answer).toMatchObject({ status: 401, data: undefined });
      expect(answer.errors[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
    }
  });

  it('a token is taken with and without Bearer, and as an id token', async () => {
    const { accessToken, idToken } = await shared.person('tess');
    for (const authorization of [accessToken, `Bearer ${accessToken}`, idToken, `bearer ${idToken}`])
      expect(
        (await graphql(shared.url, { authorization }, '{ datasets { items { name } } }')).errors,
      ).toEqual([]);
  });
});

describe('a body', () => {
  it.each<[string, string]>([
    ['that is no JSON', '{"query":'],
    ['that is empty', ''],
    ['that is a list (batches are not served)', '[{"query":"{ position }"}]'],
    ['that is a text', '"{ position }"'],
    ['that is null', 'null'],
    ['without a query', '{}'],
    ['with a query that is none', '{"query":{"a":1}}'],
    ['with an empty query', '{"query":""}'],
    ['with variables that are no object', '{"query":"{ position }","variables":"x"}'],
    ['with variables that are a list', '{"query":"{ position }","variables":[]}'],
    ['with an operation name that is none', '{"query":"{ position }","operationName":5}'],
    ['with extensions that are none', '{"query":"{ position }","extensions":"x"}'],
  ])('%s is BAD_REQUEST', async (_name, body) => {
    expect(await post(body)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  it('may have members that nobody knows, and null where a member may be left out', async () => {
    const body = {
      query: '{ position }',
      variables: null,
      operationName: null,
      extensions: null,
      other: [1],
    };
    const { status, answer } = await post(JSON.stringify(body));
    expect({ status, errors: answer.errors }).toEqual({ status: 200, errors: undefined });
  });

  it('may name a prototype: it is a name as any other', async () => {
    const { answer, code } = await post(
      '{"query":"query ($v: String!) { dataset(name: $v) { name } }","variables":{"__proto__":{"v":"x"}}}',
    );
    expect(code).toBe('BAD_USER_INPUT');
    expect(answer.errors?.[0]?.message).toContain('$v');
  });

  it('above 8 MiB is 413, whether it says so before or not', async () => {
    const tooLarge = Buffer.alloc(8 * 1024 * 1024 + 1, ' ');
    const chunked = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < tooLarge.length; at += 1 << 20)
          controller.enqueue(tooLarge.subarray(at, at + (1 << 20)));
        controller.close();
      },
    });
    expect(await post(tooLarge)).toMatchObject({ status: 413, code: 'BAD_REQUEST' });
    const response = await fetch(`${shared.url}/graphql`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...API_KEY },
      body: chunked,
      duplex: 'half',
    } as RequestInit);
    expect(await shown(response)).toMatchObject({ status: 413, code: 'BAD_REQUEST' });
    const largest = `${' '.repeat(8 * 1024 * 1024 - 24)}{"query":"{ position }"}`;
    expect(Buffer.byteLength(largest)).toBe(8 * 1024 * 1024);
    expect((await post(largest)).status).toBe(200);
  });

  it('that breaks off leaves the server as it was', async () => {
    const { port } = new URL(shared.url);
    await new Promise<void>((resolve) => {
      const broken = httpRequest({
        port,
        path: '/graphql',
        method: 'POST',
        headers: { ...JSON_TYPE, ...API_KEY, 'content-length': '100' },
      });
      broken.on('error', () => resolve());
      broken.write('{"query":');
      broken.on('socket', (socket) => socket.once('connect', () => setImmediate(() => broken.destroy())));
    });
    expect((await graphql(shared.url, API_KEY, '{ position }')).status).toBe(200);
  });
});

describe('what is not there yet', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/graphql/realtime'],
    ['POST', '/graphql/'],
    ['POST', '/event'],
    ['GET', '/oauth2/token'],
    ['POST', '/oauth2/token'],
    ['GET', '/login'],
    ['GET', '/console'],
    ['GET', '/identitypools'],
    ['POST', '/identitypools/us-east-1%3A00000000-0000-4000-8000-000000000001/identities/x/datasets/y'],
  ])('%s %s is a clear 404', async (method, path) => {
    const response = await fetch(shared.url + path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ message: `There is nothing at ${method} ${path}.` });
  });

  it.each([
    'AWSCognitoIdentityService.GetId',
    'AWSCognitoIdentityProviderService.AdminListDevices',
    'AWSCognitoIdentityProviderService.nonsense',
    'com.amazonaws.cognito.sync.model.AWSCognitoSyncService.ListRecords',
    'Nonsense',
  ])('%s is an operation that nobody knows', async (target) => {
    const response = await fetch(shared.url, {
      method: 'POST',
      headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
      body: '{}',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
  });

  it.each(['Action=AssumeRole&Version=2011-06-15', 'Action=GetRole&Version=2010-05-08'])(
    '%s too',
    async (body) => {
      const response = await fetch(shared.url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('UnknownOperationException');
    },
  );

  it('a WebSocket elsewhere is refused in the handshake', async () => {
    const { WebSocket } = await import('ws');
    for (const path of ['/graphql/realtime', '/event/realtime', '/']) {
      const socket = new WebSocket(`${shared.url.replace('http', 'ws')}${path}`, 'graphql-ws');
      const refusal = await new Promise<string>((resolve) =>
        socket.on('error', (error) => resolve(error.message)),
      );
      expect(refusal).toContain('404');
    }
  });
});

describe('operations', () => {
  it('answers /livez, /readyz and /metrics', async () => {
    for (const path of ['/livez', '/readyz']) expect((await fetch(shared.url + path)).status).toBe(200);
    const metrics = await fetch(`${shared.url}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await metrics.text()).toContain('rockpool_journal_lag_entries');
  });

  it('serves the keys and the discovery of its pool, and no others', async () => {
    const { userPoolId } = shared.server.ids;
    for (const document of ['jwks.json', 'openid-configuration']) {
      const response = await fetch(`${shared.url}/${userPoolId}/.well-known/${document}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      const unknown = await fetch(`${shared.url}/us-east-1_Nothing01/.well-known/${document}`);
      expect(unknown.status).toBe(404);
    }
  });
});
