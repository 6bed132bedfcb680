import {
  AdminAddUserToGroupCommand,
  AdminDisableUserCommand,
  AdminRemoveUserFromGroupCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createClient, type Client } from 'graphql-ws';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { cognito, graphql, signedIn, testServer, type SignedIn, type TestServer } from '../support/server.ts';
import { listen, type Listening } from './support/listen.ts';

/** Two whole nodes on one Postgres, called as apps call them. */
let one: TestServer;
let two: TestServer;
let root: CognitoIdentityProviderClient;
let ana: SignedIn;
let bob: SignedIn;

const MODELS = `
type Post @model @auth(rules: [{ allow: owner }, { allow: groups, groups: ["editors"] }]) { id: ID!  title: String! }
type Secret @model @auth(rules: [{ allow: groups, groups: ["editors"] }]) { id: ID!  text: String }
`;

beforeAll(async () => {
  const schema = join(await mkdtemp(join(tmpdir(), 'rockpool-models-')), 'models.graphql');
  await writeFile(schema, MODELS);
  one = await testServer({ SCHEMA: schema });
  two = await testServer({ SCHEMA: schema, DATABASE_URL: one.databaseUrl });
  root = new CognitoIdentityProviderClient({
    region: one.region,
    endpoint: one.url,
    credentials: { accessKeyId: 'rockpool', secretAccessKey: 'rockpool-secret' },
  });
  await root.send(new CreateGroupCommand({ UserPoolId: one.ids.userPoolId, GroupName: 'editors' }));
  ana = await signedIn(one, 'ana');
  bob = await signedIn(two, 'bob');
});

function client(server: TestServer, who: SignedIn, closed: number[] = []): Client {
  const made = createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: who.accessToken },
    retryAttempts: 0,
    on: { closed: (event) => void closed.push((event as { code: number }).code) },
  });
  onTestFinished(async () => {
    await made.dispose();
  });
  return made;
}

async function position(server: TestServer, who: SignedIn): Promise<string> {
  return String((await graphql(server.url, who.headers, '{ position }')).data?.['position']);
}

async function push(
  server: TestServer,
  who: SignedIn,
  name: string,
  key: string,
  syncCount = 0,
): Promise<void> {
  const answer = await graphql(
    server.url,
    who.headers,
    'mutation ($input: PushDatasetInput!) { pushDataset(input: $input) { __typename } }',
    { input: { name, deviceId: 'phone', patches: [{ op: 'REPLACE', key, value: 'v', syncCount }] } },
  );
  expect(answer.data).toEqual({ pushDataset: { __typename: 'DatasetPushed' } });
}

async function createPost(server: TestServer, who: SignedIn, title: string): Promise<string> {
  const answer = await graphql(
    server.url,
    who.headers,
    'mutation ($input: CreatePostInput!) { createPost(input: $input) { id } }',
    { input: { title } },
  );
  const { createPost } = answer.data as { createPost: { id: string } };
  return createPost.id;
}

async function update(server: TestServer, who: SignedIn, input: Record<string, unknown>): Promise<void> {
  const query = 'mutation ($input: UpdatePostInput!) { updatePost(input: $input) { id } }';
  expect((await graphql(server.url, who.headers, query, { input })).errors).toEqual([]);
}

const titles = (listening: Listening) =>
  listening
    .values()
    .map(({ kind, item }) => `${String(kind)} ${(item as { title: string } | null)?.title ?? '-'}`);
const POSTS =
  'subscription ($p: String) { onChangePost(after: $p) { kind id item { title owner _version } } }';

test('a push on one node reaches the user’s device on the other, and a position is good on both', async () => {
  const query =
    'subscription { datasetChanged(name: "wire") { kind name deviceId records { key syncCount lastModifiedAt } } }';
  const first = listen(client(two, ana), query, {}, { after: await position(one, ana) });
  await push(one, ana, 'wire', 'a');
  await push(two, bob, 'wire', 'b');
  await first.received(1);
  expect(first.values()).toMatchObject([
    { kind: 'CHANGED', name: 'wire', deviceId: 'phone', records: [{ key: 'a', syncCount: 1 }] },
  ]);
  first.stop();
  await push(one, ana, 'wire', 'c');
  await graphql(one.url, ana.headers, 'mutation { deleteDataset(name: "wire") { name } }');
  const again = listen(client(one, ana), query, {}, { after: first.results[0]?.extensions?.position });
  await again.received(2);
  expect(again.values().map(({ kind }) => kind)).toEqual(['CHANGED', 'DELETED']);
});

test('an item is heard by those who may see it, with its owner as reads show it, on every node', async () => {
  const p = await position(one, ana);
  const [hers, his] = [listen(client(two, ana), POSTS, { p }), listen(client(one, bob), POSTS, { p })];
  const id = await createPost(one, ana, 'hers');
  await createPost(two, bob, 'his');
  await Promise.all([hers.received(1), his.received(1)]);
  await update(two, ana, { id, title: 'still hers', _version: 1 });
  const deletion = 'mutation ($id: ID!) { deletePost(input: { id: $id }) { id } }';
  await graphql(one.url, ana.headers, deletion, { id });
  await hers.received(3);
  expect(titles(hers)).toEqual(['CREATED hers', 'UPDATED still hers', 'DELETED still hers']);
  expect(titles(his)).toEqual(['CREATED his']);
  expect(hers.values()[0]?.['item']).toMatchObject({ owner: 'ana', _version: 1 });
});

describe('when rights change, on every node within 5 s', () => {
  const member = () => ({ UserPoolId: one.ids.userPoolId, Username: 'ana', GroupName: 'editors' });

  test('groups: RESYNC and the new rights, or an end with FORBIDDEN', async () => {
    const before = await position(two, ana);
    const socket = client(two, ana);
    const posts = listen(socket, POSTS);
    const none = listen(socket, 'subscription { onChangeSecret { kind } }');
    await expect.poll(() => none.errors).toMatchObject([[{ extensions: { code: 'FORBIDDEN' } }]]);
    await root.send(new AdminAddUserToGroupCommand(member()));
    await posts.received(1);
    await createPost(one, bob, 'seen as an editor');
    await posts.received(2);
    expect(titles(posts)).toEqual(['RESYNC -', 'CREATED seen as an editor']);
    const secrets = listen(socket, 'subscription { onChangeSecret { kind } }');
    const stale = listen(client(one, ana), POSTS, { p: before });
    await stale.received(1);
    expect(titles(stale)[0]).toBe('RESYNC -');

    const changed = Date.now();
    await root.send(new AdminRemoveUserFromGroupCommand(member()));
    await expect
      .poll(() => secrets.errors, { timeout: 5000 })
      .toMatchObject([[{ extensions: { code: 'FORBIDDEN' } }]]);
    expect(Date.now() - changed).toBeLessThan(5000);
    await posts.received(3);
    await createPost(two, bob, 'not hers to see');
    await createPost(two, ana, 'hers');
    await posts.received(4);
    expect(titles(posts).slice(2)).toEqual(['RESYNC -', 'CREATED hers']);
  });

  test('sign-out: 4403, at the door too', async () => {
    const eve = await signedIn(one, 'eve');
    const closed: number[] = [];
    const socket = client(two, eve, closed);
    const posts = listen(socket, POSTS, { p: await position(two, eve) });
    await createPost(one, eve, 'mine');
    await posts.received(1);
    await cognito(one.url, 'GlobalSignOut', { AccessToken: eve.accessToken });
    await expect.poll(() => closed, { timeout: 5000 }).toEqual([4403]);
    listen(client(two, eve, closed), POSTS);
    await expect.poll(() => closed).toEqual([4403, 4403]);
  });

  test('disabled: 4403', async () => {
    const fay = await signedIn(two, 'fay');
    const closed: number[] = [];
    const posts = listen(client(two, fay, closed), POSTS, { p: await position(two, fay) });
    await createPost(one, fay, 'mine');
    await posts.received(1);
    await root.send(new AdminDisableUserCommand({ UserPoolId: one.ids.userPoolId, Username: 'fay' }));
    await expect.poll(() => closed, { timeout: 5000 }).toEqual([4403]);
  });
});

test('mutations and queries run over the socket, and hear their own events', async () => {
  const socket = client(one, bob);
  const posts = listen(socket, POSTS, { p: await position(one, bob) });
  const made = listen(socket, 'mutation { createPost(input: { title: "by socket" }) { title owner } }');
  await posts.received(1);
  expect(made.results).toMatchObject([{ data: { createPost: { title: 'by socket', owner: 'bob' } } }]);
  const query = listen(socket, '{ position }');
  await expect.poll(() => query.completed()).toBe(true);
  expect(query.results[0]?.extensions?.position).toBe(query.results[0]?.data?.['position']);
  expect(titles(posts)).toEqual(['CREATED by socket']);
});
