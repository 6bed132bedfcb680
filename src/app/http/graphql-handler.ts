import type { ApolloServer } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import type { FormattedExecutionResult } from 'graphql';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { uuid } from '../../base/ids.ts';
import { RockpoolError } from '../../base/errors.ts';
import { isObject, parseJson } from '../../base/json.ts';
import type { Log } from '../../base/log.ts';
import type { SignedRequest } from '../../auth/signed-request.ts';
import type { Caller } from '../../auth/caller.ts';
import { toAppSyncError } from '../../graphql/appsync-errors.ts';
import type { Context } from '../../graphql/context.ts';
import { toGraphQLError } from '../../graphql/errors.ts';
import { isNestedTooDeep } from '../../graphql/limits.ts';
import type { PreparedDocuments } from '../../graphql/prepared-documents.ts';
import type { Authenticator } from './authenticate.ts';
import { BodyTooLarge, readBody } from './body.ts';
import { allowAnyOrigin, answerPreflight, ANY_ORIGIN } from './cors.ts';
import { createJsonWriter } from './json-writer.ts';

/** Bodies above it are 413: room for 1 024 records and JSON's escapes. */
export const BODY_LIMIT = 8 * 1024 * 1024;

export interface GraphQLHandlerParts {
  readonly apollo: ApolloServer<Context>;
  readonly documents: PreparedDocuments;
  readonly authenticator: Authenticator;
  readonly contextOf: (caller: Caller, requestId: string, amplify: boolean) => Context;
  readonly log: Log;
}

/**
 * GraphQL over HTTP, before Fastify sees the request: the leanest way (docs/performance.md has what Fastify's own way
 * costs). Who is calling is settled first; without that nothing is parsed. Apollo parses, validates, negotiates and
 * refuses; a request whose document it has found good before is answered without it.
 */
export function createGraphQLHandler(parts: GraphQLHandlerParts) {
  const { apollo, documents, authenticator, contextOf, log } = parts;
  const json = createJsonWriter();
  /** What Apollo answers with, by what is asked for in `accept`. */
  const contentTypes = new Map<string, string>();
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'OPTIONS') return answerPreflight(request, response, 'GET,POST');
    const requestId = uuid();
    const amplify = isAmplify(request);
    const open = () => {
      allowAnyOrigin(response);
      response.setHeader('x-amzn-RequestId', requestId);
    };
    if (request.method !== 'POST' && request.method !== 'GET') {
      open();
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
        request: () => signedRequest(request, body),
      });
      const context = contextOf(caller, requestId, amplify);
      const asked = bodyOf(request, body);
      const contentType = contentTypes.get(request.headers.accept ?? '');
      const running = contentType === undefined || amplify ? undefined : documents.answer(asked, context);
      if (contentType !== undefined && running !== undefined)
        return answer(response, requestId, contentType, await running);
      open();
      await execute(request, response, asked, context);
    } catch (error) {
      if (response.headersSent || response.destroyed) return;
      open();
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

  /** All at once: header by header it costs as much again. */
  function answer(
    response: ServerResponse,
    requestId: string,
    contentType: string,
    result: FormattedExecutionResult,
  ): void {
    const body = json.write(result);
    const length = String(Buffer.byteLength(body));
    const own = ['x-amzn-RequestId', requestId, 'content-type', contentType, 'content-length', length];
    response.writeHead(200, [...ANY_ORIGIN, ...own]);
    response.end(body);
  }

  async function execute(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
    context: Context,
  ): Promise<void> {
    if (body === MALFORMED) {
      const malformed = new RockpoolError('BAD_USER_INPUT', 'The body is not JSON.');
      return answerError(response, context.amplify, 400, malformed, 'BAD_REQUEST');
    }
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    const url = request.url ?? '/';
    const question = url.indexOf('?');
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
    if (response.statusCode === 200)
      remember(request.headers.accept ?? '', answer.headers.get('content-type'));
    if (answer.body.kind === 'complete') {
      if (context.amplify && response.statusCode >= 300) refuseAmplify(response, answer.body.string);
      else response.end(answer.body.string);
      return;
    }
    for await (const chunk of answer.body.asyncIterator) response.write(chunk);
    response.end();
  }

  function remember(accept: string, contentType: string | undefined): void {
    if (contentType !== undefined && contentTypes.size < MOST_ACCEPTS) contentTypes.set(accept, contentType);
  }
}

/** Values of `accept` that are remembered. */
const MOST_ACCEPTS = 100;

function signedRequest(request: IncomingMessage, body: Buffer): SignedRequest {
  return {
    method: request.method ?? 'POST',
    url: request.url ?? '/',
    headers: request.headersDistinct,
    body,
  };
}

const MALFORMED: unique symbol = Symbol('malformed');

/** The body of a POST of JSON; undefined where there is none of it, MALFORMED where it is not JSON. */
function bodyOf(request: IncomingMessage, raw: Buffer): unknown {
  if (request.method !== 'POST' || raw.length === 0) return undefined;
  if (!/^application\/(json|x-amz-json-1\.1)\b/i.test(request.headers['content-type'] ?? ''))
    return undefined;
  const body = parseJson(raw.toString('utf8'));
  dropNullMembers(body);
  return body === undefined ? MALFORMED : body;
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
