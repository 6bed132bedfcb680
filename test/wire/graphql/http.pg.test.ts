import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { graphql } from '../../support/server.ts';
import { API_KEY, refused, ROOT, signedCall } from './support/call.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();
const JSON_TYPE = { 'content-type': 'application/json' };

async function post(body: BodyInit, headers: Record<string, string> = { ...JSON_TYPE, ...API_KEY }) {
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

describe('a document', () => {
  it.each<[string, string, string]>([
    ['that does not parse', '{ position', 'GRAPHQL_PARSE_FAILED'],
    ['with an unknown field', '{ positron }', 'GRAPHQL_VALIDATION_FAILED'],
    ['with an unknown argument', '{ datasets(count: 1) { nextToken } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['with a value of another type', '{ datasets(limit: "x") { nextToken } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['without an argument that it needs', '{ dataset { name } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['without a selection where one is needed', '{ datasets }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'with several operations and no name',
      'query A { position } query B { position }',
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['with a subscription', 'subscription { datasetChanged { kind } }', 'BAD_REQUEST'],
    [
      'that is nested too deep',
      `{ ${'datasets { items { '.repeat(1)}${'name '}} } ${'}'.repeat(0)} }`.replace('name', `...F`) +
        ` fragment F on Dataset { ${'... on Dataset { '.repeat(3000)} name ${'}'.repeat(3000)} }`,
      'GRAPHQL_PARSE_FAILED',
    ],
  ])('%s is refused', async (_name, query, code) => {
    const { status, answer, code: found } = await post(JSON.stringify({ query }));
    expect({ status, code: found }).toEqual({ status: 400, code });
    expect(answer).not.toHaveProperty('data');
  });

  it('is run by its operation name, and a name that it lacks is refused', async () => {
    const query = 'query A { a: position } query B { b: position }';
    const named = await post(JSON.stringify({ query, operationName: 'B' }));
    expect(Object.keys(named.answer.data ?? {})).toEqual(['b']);
    const unknown = await post(JSON.stringify({ query, operationName: 'C' }));
    expect(unknown).toMatchObject({ status: 400, code: 'OPERATION_RESOLUTION_FAILURE' });
  });

  it.each<[string, Record<string, unknown>, string | undefined]>([
    ['is missing', {}, 'input'],
    ['is null', { input: null }, 'input'],
    ['is of another type', { input: 'x' }, 'input'],
    ['lacks a member', { input: { name: 'a' } }, 'input.patches'],
    ['has an unknown member', { input: { name: 'a', patches: [], more: 1 } }, 'input.more'],
    ['has a member of another type', { input: { name: 5, patches: [] } }, 'input.name'],
    [
      'has a wrong member deep inside',
      {
        input: {
          name: 'a',
          patches: [
            { op: 'REPLACE', key: 'k', syncCount: 0 },
            { op: 'APPEND', key: 'k', syncCount: 0 },
          ],
        },
      },
      'input.patches.1.op',
    ],
    [
      'has a count with a fraction',
      { input: { name: 'a', patches: [{ op: 'REMOVE', key: 'k', syncCount: 1.5 }] } },
      'input.patches.0.syncCount',
    ],
    [
      'has a count above what is exact',
      { input: { name: 'a', patches: [{ op: 'REMOVE', key: 'k', syncCount: 2 ** 53 }] } },
      'input.patches.0.syncCount',
    ],
    [
      'has a time that is none',
      {
        input: {
          name: 'a',
          patches: [{ op: 'REMOVE', key: 'k', syncCount: 0, deviceLastModifiedAt: 'noon' }],
        },
      },
      'input.patches.0.deviceLastModifiedAt',
    ],
  ])('whose variable %s is BAD_USER_INPUT, which names it', async (_name, variables, argument) => {
    const { headers } = await shared.person('tess');
    const query = 'mutation ($input: PushDatasetInput!) { pushDataset(input: $input) { __typename } }';
    // Twice: what is compiled at the second time answers as before.
    for (const _time of [1, 2]) {
      expect(await refused(shared.url, headers, query, variables)).toMatchObject({
        status: 400,
        code: 'BAD_USER_INPUT',
        argument,
      });
    }
  });
});

describe('other ways to ask', () => {
  const get = (parameters: Record<string, string>, headers = {}) =>
    fetch(`${shared.url}/graphql?${new URLSearchParams(parameters).toString()}`, {
      headers: { ...API_KEY, ...headers },
    });

  it('a query may come by GET, a mutation may not', async () => {
    expect((await shown(await get({ query: '{ position }' }))).status).toBe(200);
    const response = await get({ query: 'mutation { deleteDataset(name: "a") { name } }' });
    expect(await shown(response)).toMatchObject({ status: 405, code: 'BAD_REQUEST' });
  });

  it('other methods are 405', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(`${shared.url}/graphql`, { method, headers: API_KEY });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, POST');
    }
  });

  it('a query may be persisted by its digest', async () => {
    const query = '{ position }';
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(query))).toString('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash: digest } };
    const before = await post(JSON.stringify({ extensions }));
    expect(before.code).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect((await post(JSON.stringify({ query, extensions }))).status).toBe(200);
    expect((await post(JSON.stringify({ extensions }))).answer.data).toHaveProperty('position');
    const forged = { persistedQuery: { version: 1, sha256Hash: digest.replace(/^./, 'z') } };
    expect(await post(JSON.stringify({ query, extensions: forged }))).toMatchObject({ status: 400 });
  });

  it('a form that a browser sends by itself is not executed', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const response = await fetch(`${shared.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{"query":"{ position }"}',
      });
      expect(response.status).toBe(401);
      // With credentials in a header it is no simple request any more, and still no JSON.
      const { status, answer } = await post('{"query":"{ position }"}', { 'content-type': type, ...API_KEY });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(answer).not.toHaveProperty('data');
    }
  });

  it('a browser of any origin may ask: the preflight allows what it asks for', async () => {
    const response = await fetch(`${shared.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-amz-user-agent,x-own-thing',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toMatch(/POST/);
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'authorization,content-type,x-amz-user-agent,x-own-thing',
    );
    expect(response.headers.has('access-control-allow-credentials')).toBe(false);
    const answer = await post('{"query":"{ position }"}', {
      ...JSON_TYPE,
      ...API_KEY,
      origin: 'https://app.example',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-amzn-RequestId');
  });
});

describe('the answer to a query', () => {
  it('carries a position, and that of a mutation does not', async () => {
    const { headers } = await shared.person('tess');
    for (const query of [
      '{ position }',
      '{ datasets { items { name } } }',
      '{ listBoards { items { id } } }',
    ]) {
      for (const _time of [1, 2]) {
        const { extensions } = await graphql(shared.url, headers, query);
        expect(extensions['position']).toEqual(expect.any(String));
      }
    }
    const mutation = 'mutation { deleteDataset(name: "none") { name } }';
    expect((await graphql(shared.url, headers, mutation)).extensions).not.toHaveProperty('position');
  });

  it('asks for the position itself with any credentials', async () => {
    const { headers } = await shared.person('tess');
    for (const credentials of [headers, API_KEY]) {
      const { data, extensions } = await graphql(shared.url, credentials, '{ position }');
      expect(data?.['position']).toBe(extensions['position']);
    }
    expect((await signedCall(shared.url, '{ position }')).data?.['position']).toEqual(expect.any(String));
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
