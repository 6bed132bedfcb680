import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createCognitoIdp } from '../aws/cognito-idp/cognito-idp.ts';
import { systemClock } from '../base/clock.ts';
import { uuid } from '../base/ids.ts';
import { unavailable } from '../base/errors.ts';
import { silentLog, type Log } from '../base/log.ts';
import { createMetrics, type Metrics } from '../base/metrics.ts';
import { createJudge } from '../feed/judge.ts';
import { readEntries } from '../feed/replay.ts';
import { createRetention } from '../feed/retention.ts';
import { DOCUMENT_LIMITS } from '../graphql/limits.ts';
import { validationRules } from '../graphql/server.ts';
import { createRealtime, type Realtime } from '../realtime/realtime.ts';
import { createCallers, type Callers } from './callers.ts';
import { fixedIds, type Config } from './config/config.ts';
import { openFoundation, type Foundation } from './foundation.ts';
import { createAuthenticator } from './http/authenticate.ts';
import { awsDoor } from './http/aws-door.ts';
import { createGraphQLHandler } from './http/graphql-handler.ts';
import { executeOverSocket } from './http/socket-execute.ts';
import { listen, type Listening } from './http/listen.ts';
import { createRoutes } from './http/routes.ts';
import { readModels } from './models-schema.ts';
import { writeAmplifyOutputs } from './outputs.ts';
import { createSync, type Sync } from './sync.ts';
import { startTimers } from './timers.ts';

export interface RockpoolServer {
  /** Address as clients reach it: PUBLIC_URL, or `http://localhost:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly region: string;
  readonly ids: ReturnType<typeof fixedIds>;
  /** Whether codes can be read at `/dev/outbox`. */
  readonly outbox: boolean;
  /** Takes nothing new, answers what is under way, closes sockets with 1001, then ends. At most 9 s. */
  stop(): Promise<void>;
}

/** Milliseconds for requests and sockets to end by themselves. */
const DRAIN_MS = 7000;

/**
 * Starts a server: database, directory, both ways to sync, live, and the port. Throws a StartError or a ConfigError
 * in words for who starts it, and leaves nothing behind then.
 */
export async function createServer(
  config: Config,
  options: { readonly log?: Log } = {},
): Promise<RockpoolServer> {
  const log = options.log ?? silentLog;
  const door = createDoor();
  const sdl = await readModels(config);
  // The port first: whoever starts twice hears of it before anything else is touched.
  const listening = await listen(door.listener, door.onUpgrade, config.port, config.host);
  const url = config.publicUrl ?? `http://localhost:${listening.port}`;
  const ids = fixedIds(config.region);
  try {
    const foundation = await openFoundation(config, sdl.schema, log);
    try {
      const parts = await assemble(foundation, config, sdl, url, log);
      await door.open(parts);
      const { secrets, region } = config;
      await writeAmplifyOutputs(config.dataDir, { url, region, ...ids, apiKey: secrets.apiKey });
      return {
        url,
        port: listening.port,
        region,
        ids,
        outbox: config.outbox,
        stop: once(() => stop(listening, parts, foundation)),
      };
    } catch (error) {
      await foundation.close();
      throw error;
    }
  } catch (error) {
    await listening.close(0);
    throw error;
  }
}

interface Parts {
  readonly listener: RequestListener;
  readonly realtime: Realtime;
  stopTimers(): Promise<void>;
}

async function assemble(
  foundation: Foundation,
  config: Config,
  sdl: Awaited<ReturnType<typeof readModels>>,
  url: string,
  log: Log,
): Promise<Parts> {
  const clock = systemClock;
  const metrics = createMetrics();
  const callers = await createCallers(foundation, config, url, clock, log);
  const sync = createSync(foundation, callers, config, sdl, clock, log);
  const { apollo, documents } = sync;
  await apollo.start();
  const authenticator = createAuthenticator({ apiKey: config.secrets.apiKey, ...callers });
  const realtime = openRealtime(foundation, callers, sync, config, sdl.schema, authenticator, metrics, log);
  const idp = createCognitoIdp({ ...callers, accountId: config.accountId, log });
  const { database, reader } = foundation;
  const { listener } = await createRoutes({
    graphql: createGraphQLHandler({ apollo, documents, authenticator, contextOf: sync.contextOf, log }),
    aws: awsDoor([idp]),
    jwks: (poolId) => callers.userPools.jwks(poolId),
    discovery: (poolId) => callers.userPools.discovery(poolId),
    outbox: config.outbox ? (to) => callers.outbox.list(to) : undefined,
    async ready() {
      if (!reader.healthy) throw unavailable('The feed cannot be read at the moment.');
      await database.sql`select 1`;
    },
    metrics,
    log,
  });
  const retention = createRetention({
    database,
    retentionMs: config.retentionMs,
    log,
    async purge(floor) {
      await sync.models.purgeTombstones(floor);
    },
  });
  await retention.start();
  const timers = startTimers({ datasets: sync.datasets, userPools: callers.userPools, log });
  reportFeed(metrics, foundation);
  return {
    listener,
    realtime,
    async stopTimers() {
      await Promise.all([retention.stop(), timers.stop(), apollo.stop()]);
    },
  };
}

function openRealtime(
  { database, reader }: Foundation,
  callers: Callers,
  { schema, apollo, contextOf }: Sync,
  config: Config,
  models: Awaited<ReturnType<typeof readModels>>['schema'],
  authenticator: ReturnType<typeof createAuthenticator>,
  metrics: Metrics,
  log: Log,
): Realtime {
  return createRealtime({
    schema,
    models,
    identityOf: callers.identityOf,
    validationRules: validationRules(!config.production),
    maxTokens: DOCUMENT_LIMITS.tokens,
    feed: reader,
    readPage: (page) => readEntries(database.sql, page),
    judge: createJudge(database, reader),
    authenticate: ({ authorization, apiKey }) => authenticator.authenticate({ authorization, apiKey }),
    execute: executeOverSocket(apollo, (caller) => contextOf(caller, uuid(), false)),
    forget: callers.forget,
    forgetAll: callers.forgetAll,
    clock: systemClock,
    log,
    metrics,
  });
}

function reportFeed(metrics: Metrics, { reader }: Foundation): void {
  const lag = () => reader.lag().catch(() => undefined);
  metrics.gauge(
    'rockpool_journal_lag_entries',
    'Committed entries that this node has not read.',
    async () => {
      return (await lag())?.entries ?? Number.NaN;
    },
  );
  metrics.gauge(
    'rockpool_journal_oldest_writer_seconds',
    'Age of the oldest writer that holds the feed back.',
    async () => {
      return ((await lag())?.oldestWriterMs ?? Number.NaN) / 1000;
    },
  );
}

async function stop(listening: Listening, parts: Parts, foundation: Foundation): Promise<void> {
  await Promise.all([listening.close(DRAIN_MS), parts.realtime.drain(DRAIN_MS)]);
  await parts.stopTimers();
  await foundation.close();
}

/** The port is taken before there is anything to serve: until then it says so. */
function createDoor() {
  let parts: Parts | undefined;
  const refuse = (response: ServerResponse) =>
    response
      .writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' })
      .end('{"message":"The server is starting."}');
  return {
    listener(request: IncomingMessage, response: ServerResponse) {
      if (parts === undefined) refuse(response);
      else parts.listener(request, response);
    },
    onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
      if (parts !== undefined && request.url?.split('?', 1)[0] === '/graphql') {
        parts.realtime.handleUpgrade(request, socket, head);
        return;
      }
      const status = parts === undefined ? '503 Service Unavailable' : '404 Not Found';
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    },
    async open(ready: Parts) {
      parts = ready;
    },
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
