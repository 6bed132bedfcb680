import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect } from 'vitest';
import { isObject } from '../../../../src/base/json.ts';
import { graphql, type GraphQLAnswer } from '../../../support/server.ts';

export type Headers = Readonly<Record<string, string>>;
export type Fields = Readonly<Record<string, unknown>>;

export const API_KEY: Headers = { 'x-api-key': 'da2-rockpool' };

/** The value of the one root field; fails the test when there were errors. */
export async function ask<T = Fields>(
  url: string,
  headers: Headers,
  query: string,
  variables: Fields = {},
): Promise<T> {
  const answer = await graphql(url, headers, query, variables);
  expect(answer.errors).toEqual([]);
  const [value] = Object.values(answer.data ?? {});
  return value as T;
}

/** The one error of a call that must fail: code, message and the rest of its extensions. */
export async function refused(
  url: string,
  headers: Headers,
  query: string,
  variables: Fields = {},
): Promise<Refusal> {
  return refusalOf(await graphql(url, headers, query, variables));
}

export interface Refusal {
  readonly status: number;
  readonly code: unknown;
  readonly message: string;
  readonly argument: unknown;
  readonly current: unknown;
}

export function refusalOf({ status, errors }: GraphQLAnswer): Refusal {
  expect(errors).toHaveLength(1);
  const [error] = errors;
  const { code, argument, current } = error?.extensions ?? {};
  return { status, code, message: error?.message ?? '', argument, current };
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const ROOT: Credentials = { accessKeyId: 'rockpool', secretAccessKey: 'rockpool-secret' };

/** A GraphQL call that AWS's own signer signed with the root credentials. */
export async function signedCall(
  url: string,
  query: string,
  variables: Fields = {},
  options: { readonly credentials?: Credentials; readonly service?: string; readonly sent?: string } = {},
): Promise<GraphQLAnswer> {
  const { credentials = ROOT, service = 'appsync' } = options;
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ query, variables });
  const signer = new SignatureV4({ service, region: 'us-east-1', credentials, sha256: Sha256 });
  const request = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    path: '/graphql',
    headers: { host: `${hostname}:${port}`, 'content-type': 'application/json' },
    body,
  });
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: request.headers,
    body: options.sent ?? body,
  });
  const answer: unknown = await response.json();
  if (!isObject(answer)) throw new Error('The answer is no JSON object.');
  return {
    status: response.status,
    data: answer['data'] as GraphQLAnswer['data'],
    errors: (answer['errors'] ?? []) as GraphQLAnswer['errors'],
    extensions: (answer['extensions'] ?? {}) as GraphQLAnswer['extensions'],
    headers: response.headers,
  };
}
