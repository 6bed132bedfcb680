/**
 * `/graphql` served in several ways over resolvers that answer at once from memory, so that what is left is the way
 * itself. Run by the bench as a process of its own: `graphql-ways.ts <way>`.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import Fastify from 'fastify';
import { getVariableValues, parse, validate, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { createGraphQLHandler } from '../src/app/http/graphql-handler.ts';
import { silentLog } from '../src/base/log.ts';
import { toRecords } from '../src/datasets/pull.ts';
import { apiSdl } from '../src/graphql/api-sdl.ts';
import type { Context } from '../src/graphql/context.ts';
import { executableSchema } from '../src/graphql/executable-schema.ts';
import { createCompiler } from '../src/graphql/live/compile.ts';
import { createPreparedDocuments, type PreparedDocuments } from '../src/graphql/prepared-documents.ts';
import { rootField, type ResolverMap } from '../src/graphql/resolver.ts';
import { scalars } from '../src/graphql/scalars.ts';
import { createApollo } from '../src/graphql/server.ts';
import { serveAsHelper } from './processes/helper-process.ts';

type Way = 'bare' | 'compiled' | 'product' | 'apollo' | 'hijacked' | 'fastify';

/** Records of the one dataset that is there, as Postgres' answer would be parsed. */
const ROWS = Array.from({ length: 1000 }, (_, place): [string, string, number, number, string, number] => [
  `key-${place}`,
  'v'.repeat(100),
  place,
  1_767_225_600_000 + place,
  'device',
  1_767_225_600_000 + place,
]);

const pull = (limit: number) => ({
  exists: true,
  deletedSince: false,
  syncCount: 1000,
  records: toRecords(ROWS.slice(0, limit)),
  mergedDatasets: [],
  sessionToken: 'session',
  position: 'position',
  nextToken: null,
});

const resolvers: ResolverMap = {
  Query: { pullDataset: rootField<{ limit: number }>(silentLog, async ({ limit }) => pull(limit)) },
};

const schema = executableSchema(await apiSdl(join(import.meta.dirname, '..', 'schema')), scalars, resolvers);
const contextOf = (requestId: string): Context => ({
  caller: { kind: 'apiKey' },
  requestId,
  amplify: false,
  position: 'position',
  identity: () => Promise.resolve('identity'),
  baseReads: [],
});

/** node:http and JSON, no GraphQL at all: the floor. */
function bareWay(): RequestListener {
  return answering(async ({ variables }) => ({ data: { pullDataset: pull(Number(variables['limit'])) } }));
}

/** graphql-jit without Apollo: documents are parsed, validated and compiled once. */
function compiledWay(): RequestListener {
  const compile = createCompiler(schema);
  const known = new Map<string, { document: DocumentNode; run: NonNullable<ReturnType<typeof compile>> }>();
  return answering(async ({ query, variables }) => {
    let entry = known.get(query);
    if (entry === undefined) {
      const document = parse(query);
      const run = validate(schema, document).length === 0 ? compile(document, undefined) : undefined;
      if (run === undefined) throw new Error('the document of the bench cannot be compiled');
      known.set(query, (entry = { document, run }));
    }
    const [operation] = entry.document.definitions as readonly OperationDefinitionNode[];
    const { coerced } = getVariableValues(schema, operation?.variableDefinitions ?? [], variables);
    return entry.run(undefined, contextOf('id'), coerced ?? {});
  });
}

function answering(
  work: (body: { query: string; variables: Record<string, unknown> }) => Promise<object>,
): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Parameters<typeof work>[0];
      void work(body).then((result) => {
        const text = JSON.stringify(result);
        const length = Buffer.byteLength(text);
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': length }).end(text);
      });
    });
  };
}

/** The product's handler, and Apollo behind it. `forgetful`: every request goes through Apollo. */
async function productHandler(forgetful = false) {
  const prepared = createPreparedDocuments(schema);
  const apollo = createApollo({ schema, documents: prepared, introspection: true, log: silentLog });
  await apollo.start();
  const documents: PreparedDocuments = forgetful ? { ...prepared, answer: () => undefined } : prepared;
  return {
    apollo,
    handle: createGraphQLHandler({
      apollo,
      documents,
      authenticator: { authenticate: () => Promise.resolve({ kind: 'apiKey' }) },
      contextOf: (_caller, requestId) => contextOf(requestId),
      log: silentLog,
    }),
  };
}

/** As the product serves it: the server that Fastify is given looks at the address first. */
async function productWay(forgetful: boolean): Promise<RequestListener> {
  const { handle } = await productHandler(forgetful);
  let listener: RequestListener = () => undefined;
  const app = Fastify({
    serverFactory(handler): Server {
      listener = (request, response) => {
        if (request.url === '/graphql') void handle(request, response);
        else handler(request, response);
      };
      return createServer(listener);
    },
  });
  await app.ready();
  return listener;
}

/** A route of Fastify's that hands over the bare request and reply. */
async function hijackedWay(): Promise<RequestListener> {
  const { handle } = await productHandler();
  return routed((request, response) => handle(request, response));
}

async function routed(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<RequestListener> {
  let listener: RequestListener = () => undefined;
  const app = Fastify({
    serverFactory: (handler) => createServer((listener = (request, response) => handler(request, response))),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.post('/graphql', (request, reply) => {
    reply.hijack();
    return handle(request.raw, reply.raw);
  });
  await app.ready();
  return listener;
}

/** Fastify's own way: it reads and parses the body and writes the answer. */
async function fastifyWay(): Promise<RequestListener> {
  const { apollo } = await productHandler();
  const { HeaderMap } = await import('@apollo/server');
  let listener: RequestListener = () => undefined;
  const app = Fastify({
    serverFactory: (handler) => createServer((listener = (request, response) => handler(request, response))),
  });
  app.post('/graphql', async (request, reply) => {
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: request.method, headers, search: '', body: request.body },
      context: () => Promise.resolve(contextOf(request.id)),
    });
    reply.code(answer.status ?? 200);
    for (const [name, value] of answer.headers) reply.header(name, value);
    return reply.send(answer.body.kind === 'complete' ? answer.body.string : '');
  });
  await app.ready();
  return listener;
}

async function listenerOf(way: Way): Promise<RequestListener> {
  switch (way) {
    case 'bare':
      return bareWay();
    case 'compiled':
      return compiledWay();
    case 'product':
      return productWay(false);
    case 'apollo':
      return productWay(true);
    case 'hijacked':
      return hijackedWay();
    case 'fastify':
      return fastifyWay();
  }
}

serveAsHelper(createServer(await listenerOf(process.argv[2] as Way)));
