import { describe, expect, it } from 'vitest';
import { API_KEY } from './support/call.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();

const CREATE = `mutation Create($input: CreateBoardInput!) { createBoard(input: $input) { id title _version } }`;
const PULL = `query Pull($name: String!, $since: Long = 0) { pullDataset(name: $name, since: $since) { exists syncCount } }`;
const TWO = `query One { position } query Two { again: position __typename }`;

/** What of an answer is the same every time: ids of requests and positions are not. */
async function send(
  body: object,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly headers: object; readonly answer: unknown }> {
  const response = await fetch(`${shared.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const names = [...response.headers.keys()];
  const answer: unknown = JSON.parse(text, (key, value: unknown) =>
    ['position', 'requestId', 'again'].includes(key) ? typeof value : value,
  );
  const end = text.slice(-2);
  return {
    status: response.status,
    headers: { names, end, type: response.headers.get('content-type') },
    answer,
  };
}

describe('a request is answered the same the first time, the second, the third and the fourth', () => {
  it.each<[string, object, Record<string, string>?]>([
    ['a query', { query: '{ position }' }],
    ['a query with an operation of several', { query: TWO, operationName: 'Two' }],
    ['a name that no operation has', { query: TWO, operationName: 'Three' }],
    ['an empty name', { query: TWO, operationName: '' }],
    ['no name where there are several', { query: TWO }],
    ['null members', { query: '{ position }', variables: null, operationName: null, extensions: null }],
    ['variables that are a list', { query: '{ position }', variables: [] }],
    ['variables that are text', { query: '{ position }', variables: '{}' }],
    ['a name that is a number', { query: '{ position }', operationName: 1 }],
    ['a variable with its default', { query: PULL, variables: { name: 'a' } }],
    ['a variable that is missing', { query: PULL, variables: {} }],
    ['a variable that does not fit', { query: PULL, variables: { name: 'a', since: 'x' } }],
    ['a variable that nobody asked for', { query: PULL, variables: { name: 'a', more: { deep: [1] } } }],
    ['an argument outside what is allowed', { query: PULL, variables: { name: 'not allowed!' } }],
    ['a member that no input has', { query: CREATE, variables: { input: { title: 'a', nothing: 1 } } }],
    ['a field that may not be null', { query: CREATE, variables: { input: { id: 'same', title: null } } }],
    [
      'a mutation that is refused',
      { query: CREATE, variables: { input: { id: 'a', title: 'b', owner: 'x' } } },
    ],
    ['a document that is not valid', { query: '{ nothing }' }],
    ['a document that does not parse', { query: '{' }],
    ['a subscription', { query: 'subscription { datasetChanged { kind } }' }],
    ['extensions of no meaning', { query: '{ position }', extensions: { note: 1 } }],
    ['another content type', { query: '{ position }' }, { accept: 'application/graphql-response+json' }],
    ['errors in another content type', { query: PULL }, { accept: 'application/graphql-response+json' }],
    ['a content type that there is not', { query: '{ position }' }, { accept: 'image/png' }],
    ['an Amplify client', { query: PULL }, { 'x-amz-user-agent': 'aws-amplify/6' }],
    [
      'a fragment and a condition',
      {
        query: 'query Q($x: Boolean!) { position @skip(if: $x) ...F } fragment F on Query { __typename }',
        variables: { x: true },
      },
    ],
  ])('%s', async (_name, body, more = {}) => {
    for (const who of [API_KEY, { authorization: (await shared.person('rae')).accessToken }]) {
      const answers = [];
      for (let time = 0; time < 4; time++) answers.push(await send(body, { ...who, ...more }));
      expect(answers.slice(1)).toEqual([answers[0], answers[0], answers[0]]);
    }
  });

  it('and a mutation runs once each time', async () => {
    const { accessToken: authorization } = await shared.person('rae');
    const ids = [];
    for (let time = 0; time < 5; time++) {
      const { answer } = await send(
        { query: CREATE, variables: { input: { title: 'one' } } },
        { authorization },
      );
      expect(answer).toMatchObject({ data: { createBoard: { title: 'one', _version: 1 } } });
      ids.push((answer as { data: { createBoard: { id: string } } }).data.createBoard.id);
    }
    expect(new Set(ids).size).toBe(5);
    const { answer } = await send(
      { query: '{ listBoards(limit: 1000) { items { id } } }' },
      { authorization },
    );
    const { items } = (answer as { data: { listBoards: { items: { id: string }[] } } }).data.listBoards;
    expect(items.map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  it('and somebody else, asking the same, gets what is theirs', async () => {
    const ana = { authorization: (await shared.person('ana')).accessToken };
    const ben = { authorization: (await shared.person('ben')).accessToken };
    const push = `mutation { pushDataset(input: { name: "mine", patches: [
      { op: REPLACE, key: "k", value: "v", syncCount: 0 }] }) { __typename } }`;
    await send({ query: push }, ana);
    for (let time = 0; time < 4; time++) {
      const asked = { query: PULL, variables: { name: 'mine' } };
      expect(await send(asked, ana)).toMatchObject({ answer: { data: { pullDataset: { exists: true } } } });
      expect(await send(asked, ben)).toMatchObject({ answer: { data: { pullDataset: { exists: false } } } });
      expect(await send(asked, {})).toMatchObject({ status: 401 });
    }
  });
});
