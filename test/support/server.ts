import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { resolveConfig } from '../../src/app/config/config.ts';
import type { Environment } from '../../src/app/config/environment.ts';
import { createServer, type RockpoolServer } from '../../src/app/server.ts';
import { isObject } from '../../src/base/json.ts';
import { silentLog, type Log } from '../../src/base/log.ts';
import { testDatabase } from './database.ts';

export interface TestServer extends RockpoolServer {
  /** URL of its database: another server on it is another node. */
  readonly databaseUrl: string;
}

/** A whole server on a free port over a database of its own. It goes with the test, or the file. */
export async function testServer(environment: Environment = {}, log: Log = silentLog): Promise<TestServer> {
  const databaseUrl = environment.DATABASE_URL ?? (await testDatabase()).url;
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-server-'));
  const config = resolveConfig(
    { PORT: '0', DATA_DIR: folder, ...environment, DATABASE_URL: databaseUrl },
    false,
  );
  const server = await createServer(config, { log });
  atTheEnd(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return { ...server, databaseUrl };
}

function atTheEnd(work: () => Promise<void>): void {
  try {
    onTestFinished(work);
  } catch {
    // In `beforeAll`: the process of the file ends soon after, and its database is dropped by force.
  }
}

export interface GraphQLAnswer {
  readonly status: number;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
  readonly extensions: Record<string, unknown>;
  readonly headers: Headers;
}

/** One GraphQL call over HTTP. */
export async function graphql(
  url: string,
  headers: Readonly<Record<string, string>>,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<GraphQLAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const body: unknown = await response.json();
  if (!isObject(body)) throw new Error('The answer is no JSON object.');
  return {
    status: response.status,
    data: body['data'] as GraphQLAnswer['data'],
    errors: (body['errors'] ?? []) as GraphQLAnswer['errors'],
    extensions: (body['extensions'] ?? {}) as Record<string, unknown>,
    headers: response.headers,
  };
}

export interface SignedIn {
  readonly username: string;
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
  readonly headers: { readonly authorization: string };
}

/** Signs somebody up over the wire, as an app would, and in. */
export async function signedIn(server: TestServer, username: string): Promise<SignedIn> {
  const { url, ids } = server;
  const password = 'Correct-horse-1';
  const email = `${username}@example.com`;
  const call = (operation: string, body: object) =>
    cognito(url, operation, { ClientId: ids.clientId, ...body });
  await call('SignUp', {
    Username: username,
    Password: password,
    UserAttributes: [{ Name: 'email', Value: email }],
  });
  const outbox = (await (await fetch(`${url}/dev/outbox?to=${email}`)).json()) as { code: string }[];
  await call('ConfirmSignUp', { Username: username, ConfirmationCode: outbox[0]?.code });
  const answer = await call('InitiateAuth', {
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  const tokens = answer['AuthenticationResult'] as Record<'AccessToken' | 'IdToken' | 'RefreshToken', string>;
  return {
    username,
    accessToken: tokens.AccessToken,
    idToken: tokens.IdToken,
    refreshToken: tokens.RefreshToken,
    headers: { authorization: tokens.AccessToken },
  };
}

/** One call of the user pools' wire; throws with the error's name and message. */
export async function cognito(
  url: string,
  operation: string,
  body: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${String(answer['__type'])}: ${String(answer['message'])}`);
  return answer;
}
