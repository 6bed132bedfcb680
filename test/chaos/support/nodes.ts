import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Environment } from '../../../src/app/config/environment.ts';
import { silentLog } from '../../../src/base/log.ts';
import { openDatabase, type Database } from '../../../src/database/connection.ts';
import { graphql, signedIn, testServer, type SignedIn, type TestServer } from '../../support/server.ts';

/** Two models under the two strategies: one with an owner, one with a list of them, both with a group that sees all. */
const MODELS = `
type Doc @model @conflict(strategy: AUTOMERGE)
  @auth(rules: [{ allow: owner }, { allow: groups, groups: ["editors"], operations: [read, update, delete] }]) {
  id: ID!  title: String!  body: String  tags: [String]  owner: String
}
type Task @model @conflict(strategy: OPTIMISTIC_CONCURRENCY)
  @auth(rules: [{ allow: owner, ownerField: "members" }, { allow: groups, groups: ["editors"], operations: [read] }]) {
  id: ID!  title: String!  body: String  members: [String]
}
`;

/** Somebody who signed in, with the ids that own what they make. */
export interface Person extends SignedIn {
  readonly sub: string;
  readonly identity: string;
}

/** Whole nodes on one Postgres, and a way past them into it. */
export interface Nodes {
  readonly nodes: readonly TestServer[];
  readonly first: TestServer;
  readonly urls: readonly string[];
  readonly database: Database;
  person(name: string): Promise<Person>;
}

/** They go with the test. */
export async function startNodes(count: number, environment: Environment = {}): Promise<Nodes> {
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-chaos-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const schema = join(folder, 'models.graphql');
  await writeFile(schema, MODELS);
  const first = await testServer({ SCHEMA: schema, ...environment });
  const nodes = [first];
  while (nodes.length < count) {
    nodes.push(await testServer({ SCHEMA: schema, ...environment, DATABASE_URL: first.databaseUrl }));
  }
  const database = openDatabase({ url: first.databaseUrl, log: silentLog, connections: 2 });
  onTestFinished(() => database.close());
  return {
    nodes,
    first,
    urls: nodes.map(({ url }) => url),
    database,
    person: (name) => personOf(first, database, name),
  };
}

async function personOf(server: TestServer, { sql }: Database, name: string): Promise<Person> {
  const who = await signedIn(server, name);
  const claims = JSON.parse(
    Buffer.from(who.accessToken.split('.')[1] ?? '', 'base64url').toString(),
  ) as Record<string, unknown>;
  const sub = String(claims['sub']);
  await graphql(server.url, who.headers, '{ datasets { nextToken } }');
  const [login] = await sql<{ identity: string }[]>`
    select identity_id as identity from rockpool.logins where subject = ${sub}`;
  return { ...who, sub, identity: login?.identity ?? '' };
}
