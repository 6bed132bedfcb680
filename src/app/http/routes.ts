import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AwsRequest, AwsResponse } from '../../aws/http.ts';
import type { Log } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import { allowAnyOrigin } from './cors.ts';
import { BODY_LIMIT } from './graphql-handler.ts';

export interface RouteParts {
  readonly graphql: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** AWS's wires on `POST /`: told apart by their headers. */
  readonly aws: (request: AwsRequest) => Promise<AwsResponse>;
  readonly jwks: (poolId: string) => Promise<object | undefined>;
  readonly discovery: (poolId: string) => Promise<object | undefined>;
  /** Undefined where no outbox is served. */
  readonly outbox: ((to: string | undefined) => Promise<object>) | undefined;
  /** Answers when the server can do its work; throws why not. */
  readonly ready: () => Promise<void>;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Everything on the one port but the sockets. `/graphql` is answered before Fastify sees the request. */
export async function createRoutes(
  parts: RouteParts,
): Promise<{ app: FastifyInstance; listener: RequestListener }> {
  let listener: RequestListener = () => undefined;
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    logger: false,
    serverFactory(handler): Server {
      listener = (request, response) => {
        if (isGraphQL(request.url)) void parts.graphql(request, response);
        else handler(request, response);
      };
      return createServer(listener);
    },
  });
  // Doors that verify signatures need the bytes as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ message: `There is nothing at ${request.method} ${pathOf(request)}.` }),
  );
  app.setErrorHandler((error, _request, reply) => answerFailure(error, reply, parts.log));

  app.get('/livez', async (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    try {
      await parts.ready();
      return await reply.type('text/plain').send('ok\n');
    } catch (error) {
      return reply
        .code(503)
        .type('text/plain')
        .send(`${error instanceof Error ? error.message : 'not ready'}\n`);
    }
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(parts.metrics.contentType).send(await parts.metrics.text()),
  );
  poolDocument(app, 'jwks.json', parts.jwks);
  poolDocument(app, 'openid-configuration', parts.discovery);
  if (parts.outbox !== undefined) {
    const { outbox } = parts;
    app.get<{ Querystring: { to?: string } }>('/dev/outbox', (request) => outbox(request.query.to));
  }
  app.route({
    method: ['POST', 'OPTIONS'],
    url: '/',
    handler: (request, reply) => answerAws(request, reply, parts.aws),
  });
  await app.ready();
  return { app, listener };
}

function isGraphQL(url: string | undefined): boolean {
  return url !== undefined && url.startsWith('/graphql') && (url.length === 8 || url[8] === '?');
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? request.url;
}

/** Public documents of a pool: any origin may read them, as on AWS. */
function poolDocument(
  app: FastifyInstance,
  name: string,
  read: (poolId: string) => Promise<object | undefined>,
): void {
  app.get<{ Params: { poolId: string } }>(`/:poolId/.well-known/${name}`, async (request, reply) => {
    const document = await read(request.params.poolId);
    allowAnyOrigin(reply.raw);
    reply.header('access-control-allow-origin', '*');
    if (document === undefined) {
      return reply.code(404).send({ message: `User pool ${request.params.poolId} does not exist.` });
    }
    return reply.header('cache-control', 'public, max-age=300').send(document);
  });
}

async function answerAws(
  request: FastifyRequest,
  reply: FastifyReply,
  aws: (request: AwsRequest) => Promise<AwsResponse>,
): Promise<FastifyReply> {
  const { method, url = '/', headers } = request.raw;
  // At the first question mark: a query may hold others, and signatures cover them.
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark + 1);
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(',') : value;
  }
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const answer = await aws({ method: method ?? 'POST', path, query, headers: flat, body });
  return reply.code(answer.status).headers(answer.headers).send(answer.body);
}

function answerFailure(error: unknown, reply: FastifyReply, log: Log): FastifyReply {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 500 && error instanceof Error) return reply.code(status).send({ message: error.message });
  log.error({ err: error }, 'a request failed');
  return reply.code(500).send({ message: 'Internal server error.' });
}
