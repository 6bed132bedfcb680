import { describe, expect, it } from 'vitest';
import { graphql } from '../../support/server.ts';
import { API_KEY, refused, signedCall } from './support/call.ts';
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
