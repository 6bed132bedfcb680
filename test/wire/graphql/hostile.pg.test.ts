import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../src/base/errors.ts';
import { graphql, type GraphQLAnswer } from '../../support/server.ts';
import { API_KEY, ask } from './support/call.ts';
import { liveClient } from './support/live.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();

/** The closed list of codes, with Apollo's own. */
const CODES: ReadonlySet<unknown> = new Set([
  ...ERROR_CODES,
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

const FAULT = 'INTERNAL_SERVER_ERROR';

/** Whether it was a clear answer: data, or errors of the list and no fault of the server. */
function expectClear({ status, data, errors }: GraphQLAnswer): void {
  expect(status).toBeLessThan(500);
  for (const { extensions, message } of errors) {
    expect(CODES).toContain(extensions?.['code']);
    expect(extensions?.['code'], message).not.toBe(FAULT);
    expect(extensions).not.toHaveProperty('stacktrace');
  }
  expect(data !== undefined || errors.length > 0).toBe(true);
}

/** The server lives and serves, and nothing made it busy. */
afterEach(async () => {
  expect(await ask(shared.url, API_KEY, '{ position }')).toEqual(expect.any(String));
});

const inline = (levels: number, inner: string) => `${'... { '.repeat(levels)}${inner}${' }'.repeat(levels)}`;
const doubling = (levels: number, end: string) =>
  `{ ...F0 } ${Array.from({ length: levels }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')}
   fragment F${levels} on Query { ${end} }`;

describe('a hostile document costs no more than a good one', () => {
  it.each<[string, string]>([
    ['a field again and again', `{ ${'position '.repeat(19_000)} }`],
    ['an alias again and again', `{ ${'a: position '.repeat(6000)} }`],
    ['many aliases', `{ ${Array.from({ length: 300 }, (_, i) => `a${i}: position`).join(' ')} }`],
    ['many root fields', `{ ${'position '.repeat(101)} }`],
    ['the same selection again and again', `{ ${'datasets { items { name } } '.repeat(2500)} }`],
    [
      'the same field with other arguments',
      `{ ${Array.from({ length: 2000 }, (_, i) => `datasets(limit: ${i}) { nextToken }`).join(' ')} }`,
    ],
    ['fragments that double', doubling(40, 'position')],
    ['fragments that double and end in themselves', doubling(40, '...F0')],
    ['fragments that double and end nowhere', doubling(40, '...Nowhere')],
    ['fragments in a circle', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A position }'],
    [
      'a long chain of fragments',
      `{ ...F0 } ${Array.from({ length: 2500 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} }`).join(' ')} fragment F2500 on Query { position }`,
    ],
    ['too many tokens', `{ ${'position '.repeat(30_000)} }`],
    ['a very long name', `{ ${'x'.repeat(1_000_000)} }`],
    ['a very long text', `{ dataset(name: "${'x'.repeat(1_000_000)}") { name } }`],
    ['many directives', `{ position ${'@skip(if: false) '.repeat(3000)} }`],
    ['many unknown directives', `{ position ${'@nothing '.repeat(9000)} }`],
    [
      'many variables',
      `query (${Array.from({ length: 3000 }, (_, i) => `$v${i}: Int`).join(' ')}) { position }`,
    ],
    ['many operations', Array.from({ length: 3000 }, (_, i) => `query Q${i} { position }`).join(' ')],
    [
      'introspection of a depth',
      `{ __schema { types { ${'ofType: fields { type { '.repeat(0)}name fields { type { ${'ofType { '.repeat(30)}name${' }'.repeat(30)} } } } } }`,
    ],
  ])('%s', async (_name, query) => {
    const began = performance.now();
    const answer = await graphql(shared.url, API_KEY, query);
    expectClear(answer);
    // A bound for a fault that takes minutes, not a measurement.
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it.each([10, 100, 500, 1000, 2000, 4000])(
    'nested %d deep: inline fragments, lists, objects',
    async (levels) => {
      const { headers } = await shared.person('hugo');
      const filter = (inner: string) => `${'{ and: [ '.repeat(levels)}${inner}${' ] }'.repeat(levels)}`;
      for (const query of [
        `{ ${inline(levels, 'position')} }`,
        `{ ${'a { '.repeat(levels)}b${' }'.repeat(levels)} }`,
        `{ listBoards(filter: ${filter('{ title: { eq: "a" } }')}) { nextToken } }`,
        `{ dataset(name: ${'['.repeat(levels)}1${']'.repeat(levels)}) { name } }`,
        `query ($v: ${'['.repeat(levels)}Int${']'.repeat(levels)}) { position }`,
      ]) {
        expectClear(await graphql(shared.url, headers, query));
      }
    },
  );

  it.each([10, 63, 65, 1000, 20_000])('variables nested %d deep', async (levels) => {
    const { headers } = await shared.person('hugo');
    let filter = '{"title":{"eq":"a"}}';
    for (let level = 0; level < levels / 2; level++) filter = `{"not":${filter}}`;
    const list = '['.repeat(levels) + ']'.repeat(levels);
    const query =
      'query ($f: ModelBoardFilterInput, $n: String) { listBoards(filter: $f, nextToken: $n) { nextToken } }';
    // Twice: the second time it is compiled.
    for (const _time of [1, 2]) {
      for (const variables of [`{"f":${filter}}`, `{"n":${list}}`, `{"other":${list}}`]) {
        const response = await fetch(`${shared.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
        });
        const body = (await response.json()) as Pick<GraphQLAnswer, 'data' | 'errors'>;
        expectClear({
          status: response.status,
          data: body.data,
          errors: body.errors ?? [],
          extensions: {},
          headers: response.headers,
        });
      }
    }
  });
});

describe('input that nobody thought of', () => {
  it('gets a clear answer, whatever the variables are', async () => {
    const { headers } = await shared.person('hugo');
    const odd = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(
        '',
        '\u0000',
        '\ud800',
        '__proto__',
        "'; drop table board; --",
        '%',
        '_',
        '\\',
        'a'.repeat(300),
      ),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.jsonValue({ maxDepth: 3 }),
    );
    const documents = [
      'query ($a: String!) { dataset(name: $a) { name } }',
      'query ($a: String!, $b: Long, $c: Int, $d: String) { pullDataset(name: $a, since: $b, limit: $c, nextToken: $d) { exists } }',
      'query ($c: Int, $d: String) { datasets(limit: $c, nextToken: $d) { nextToken } }',
      'mutation ($a: String!, $d: ID) { deleteDataset(name: $a, deviceId: $d) { name } }',
      'mutation ($a: String!, $b: Long!, $c: String, $d: String!) { pushDataset(input: { name: $a, patches: [{ op: REPLACE, key: $d, value: $c, syncCount: $b }] }) { __typename } }',
      'query ($a: ID!) { getBoard(id: $a) { id } }',
      'query ($a: String, $b: AWSTimestamp, $c: Int) { syncBoards(nextToken: $a, lastSync: $b, limit: $c) { nextToken } }',
      'query ($a: ModelBoardFilterInput) { listBoards(filter: $a) { nextToken } }',
      'query ($a: String, $b: String) { listBoards(filter: { title: { between: [$a, $b] }, owner: { beginsWith: $a, contains: $b } }) { nextToken } }',
      'mutation ($a: ID, $d: String!) { createBoard(input: { id: $a, title: $d }) { id } }',
      'mutation ($a: ID!, $c: String, $b: Int) { updateBoard(input: { id: $a, title: $c, _version: $b }) { id } }',
      'mutation ($a: ID!, $b: Int) { deleteBoard(input: { id: $a, _version: $b }) { id } }',
      'mutation ($a: CreateNoteInput!) { createNote(input: $a) { id } }',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...documents),
        fc.record({ a: odd, b: odd, c: odd, d: odd }, { requiredKeys: [] }),
        async (query, variables) => expectClear(await graphql(shared.url, headers, query, variables)),
      ),
      { numRuns: 300 },
    );
  });

  it('gets a clear answer, whatever the document is', async () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      ':',
      '!',
      '$',
      '...',
      '@',
      '"',
      '"""',
      'query',
      'mutation',
      'subscription',
      'fragment',
      'on',
      'position',
      'dataset',
      'name',
      'Query',
      '1',
      '-',
      '1e999',
      'null',
      'true',
      '#',
      '\\u{1F600}',
      '\u0000',
      ',',
      '&',
      '|',
      '=',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 12 }), async (tokens) => {
        expectClear(await graphql(shared.url, API_KEY, tokens.join(' ')));
      }),
      { numRuns: 200 },
    );
  });

  it('gets a clear answer over a socket too', async () => {
    const { headers } = await shared.person('hugo');
    const client = liveClient(shared.url, headers);
    const documents = [
      doubling(40, '...F0'),
      `{ ${inline(1000, 'position')} }`,
      `{ ${'position '.repeat(19_000)} }`,
      `subscription { datasetChanged { ${'... { '.repeat(3000)} kind ${'} '.repeat(3000)} } }`,
      'subscription { datasetChanged { kind } onChangeBoard { kind } }',
      'subscription { nothing }',
      'subscription',
    ];
    for (const query of documents) {
      const end = await client.subscribe(query).ended();
      expect(end).toMatchObject({ kind: 'error' });
      if (end.kind === 'error')
        for (const { extensions } of end.errors) expect(CODES).toContain(extensions?.['code']);
    }
    let filter: Record<string, unknown> = { title: { eq: 'a' } };
    for (let level = 0; level < 1000; level++) filter = { and: [filter] };
    const deep = client.subscribe(
      'subscription ($f: ModelSubscriptionBoardFilterInput) { onChangeBoard(filter: $f) { kind } }',
      { f: filter },
    );
    expect(await deep.ended()).toMatchObject({
      kind: 'error',
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
    // The socket is as good as before.
    const [value] = await client.subscribe('{ position }').received(1);
    expect(value).toEqual(expect.any(String));
  });
});
