import type { ApolloServer } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { uuid } from '../../base/ids.ts';
import { RockpoolError } from '../../base/errors.ts';
import { isObject, parseJson } from '../../base/json.ts';
import type { Log } from '../../base/log.ts';
import type { Caller } from '../../auth/caller.ts';
import { toAppSyncError } from '../../graphql/appsync-errors.ts';
import type { Context } from '../../graphql/context.ts';
import { toGraphQLError } from '../../graphql/errors.ts';
import { isNestedTooDeep } from '../../graphql/limits.ts';
import type { Authenticator } from './authenticate.ts';
import { BodyTooLarge, readBody } from './body.ts';
import { allowAnyOrigin, answerPreflight } from './cors.ts';

/** Bodies above it are 413: room for 1 024 records and JSON's escapes. */
export const BODY_LIMIT = 8 * 1024 * 1024;

export interface GraphQLHandlerParts {
  readonly apollo: ApolloServer<Context>;
  readonly authenticator: Authenticator;
  readonly contextOf: (caller: Caller, requestId: string, amplify: boolean) => Context;
  readonly log: Log;
}

/**
 * GraphQL over HTTP, before Fastify sees the request: the leanest way to Apollo (docs/performance.md has what
 * Fastify's own way costs). Who is calling is settled first; without that nothing is parsed.
 */
export function createGraphQLHandler(parts: GraphQLHandlerParts) {
  const { apollo, authenticator, contextOf, log } = parts;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'OPTIONS') return answerPreflight(request, response, 'GET,POST');
    const requestId = uuid();
    const amplify = isAmplify(request);
    allowAnyOrigin(response);
    response.setHeader('x-amzn-RequestId', requestId);
    if (request.method !== 'POST' && request.method !== 'GET') {
      response.setHeader('allow', 'GET, POST');
      return answerError(
        response,
        amplify,
        405,
        new RockpoolError('BAD_USER_INPUT', 'Use GET or POST.'),
        'BAD_REQUEST',
      );
    }
    try {
      const body = await readBody(request, BODY_LIMIT);
      const caller = await authenticator.authenticate({
        authorization: request.headers.authorization,
        apiKey: single(request.headers['x-api-key']),
        request: { method: request.method, url: request.url ?? '/', headers: request.headersDistinct, body },
      });
      await execute(request, response, body, contextOf(caller, requestId, amplify));
    } catch (error) {
      if (response.headersSent || response.destroyed) return;
      if (error instanceof BodyTooLarge) {
        response.setHeader('connection', 'close');
        const tooLarge = new RockpoolError(
          'BAD_USER_INPUT',
          `The body is larger than the ${BODY_LIMIT} bytes allowed.`,
        );
        return answerError(response, amplify, 413, tooLarge, 'BAD_REQUEST');
      }
      const shown = toGraphQLError(error, { requestId, log });
      const code = String(shown.extensions['code']);
      answerError(response, amplify, STATUS[code] ?? 500, shown, code);
    }
  };

  async function execute(
    request: IncomingMessage,
    response: ServerResponse,
    raw: Buffer,
    context: Context,
  ): Promise<void> {
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    const url = request.url ?? '/';
    const question = url.indexOf('?');
    const isJson = /^application\/(json|x-amz-json-1\.1)\b/i.test(request.headers['content-type'] ?? '');
    let body: unknown;
    if (request.method === 'POST' && isJson && raw.length > 0) {
      body = parseJson(raw.toString('utf8'));
      if (body === undefined) {
        const malformed = new RockpoolError('BAD_USER_INPUT', 'The body is not JSON.');
        return answerError(response, context.amplify, 400, malformed, 'BAD_REQUEST');
      }
      dropNullMembers(body);
    }
    const search = question < 0 ? '' : url.slice(question);
    if (isNestedTooDeep(documentIn(body, search))) {
      const tooDeep = new RockpoolError('BAD_USER_INPUT', 'The document is nested too deep.');
      return answerError(response, context.amplify, 400, tooDeep, 'GRAPHQL_PARSE_FAILED');
    }
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? 'POST',
        headers,
        search,
        body,
      },
      context: () => Promise.resolve(context),
    });
    for (const [name, value] of answer.headers) response.setHeader(name, value);
    response.statusCode = answer.status ?? 200;
    if (answer.body.kind === 'complete') {
      if (context.amplify && response.statusCode >= 300) refuseAmplify(response, answer.body.string);
      else response.end(answer.body.string);
      return;
    }
    for await (const chunk of answer.body.asyncIterator) response.write(chunk);
    response.end();
  }
}

function documentIn(body: unknown, search: string): string {
  const query = isObject(body) ? body['query'] : new URLSearchParams(search).get('query');
  return typeof query === 'string' ? query : '';
}

/** GraphQL over HTTP lets optional members be null; Apollo wants them left out. */
function dropNullMembers(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const members = body as Record<string, unknown>;
  for (const name of ['variables', 'operationName', 'extensions']) {
    if (members[name] === null) delete members[name];
  }
}

const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNAVAILABLE: 503,
  BAD_USER_INPUT: 400,
};

const AMPLIFY_TYPES: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'UnauthorizedException',
  BAD_REQUEST: 'MalformedHttpRequestException',
  UNAVAILABLE: 'ServiceUnavailable',
};

function answerError(
  response: ServerResponse,
  amplify: boolean,
  status: number,
  error: { readonly message: string },
  code: string,
): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  const formatted = { message: error.message, extensions: { code, ...extensionsIn(error) } };
  if (!amplify) {
    response.end(JSON.stringify({ errors: [formatted] }));
    return;
  }
  const shown = toAppSyncError({ message: formatted.message, extensions: formatted.extensions });
  endAmplify(response, AMPLIFY_TYPES[code] ?? 'InternalFailure', shown.message);
}

/** A request that Apollo refused as a whole: its first error in the form in which Amplify reads it. */
function refuseAmplify(response: ServerResponse, body: string): void {
  const answer = parseJson(body);
  const [error] = isObject(answer) && Array.isArray(answer['errors']) ? (answer['errors'] as unknown[]) : [];
  const { message, errorType, extensions } = isObject(error) ? error : {};
  const code = isObject(extensions) ? String(extensions['code']) : '';
  const type = typeof errorType === 'string' ? errorType : (AMPLIFY_TYPES[code] ?? 'BadRequestException');
  endAmplify(response, type, String(message));
}

/** Amplify reads the message of a failed request from the top of the body, and the name from a header. */
function endAmplify(response: ServerResponse, errorType: string, message: string): void {
  response.setHeader('x-amzn-errortype', errorType);
  response.removeHeader('content-length');
  response.end(JSON.stringify({ message, errors: [{ errorType, message }] }));
}

function extensionsIn(error: object): Record<string, unknown> {
  const extensions = 'extensions' in error ? error.extensions : undefined;
  return typeof extensions === 'object' && extensions !== null ? (extensions as Record<string, unknown>) : {};
}

function isAmplify(request: IncomingMessage): boolean {
  return (single(request.headers['x-amz-user-agent']) ?? '').startsWith('aws-amplify/');
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
