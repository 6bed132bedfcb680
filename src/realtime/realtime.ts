import type { GraphQLSchema, ValidationRule } from 'graphql';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../base/clock.ts';
import { uuid } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Entry } from '../feed/journal.ts';
import { encodePosition, type Position } from '../feed/position.ts';
import { toGraphQLError } from '../graphql/errors.ts';
import { createLiveBinder, type LiveBinderParts } from '../graphql/live/binder.ts';
import { createDocuments } from '../graphql/live/documents.ts';
import { RefusedRequest } from '../graphql/live/refused-request.ts';
import { createRealtimeEvents, type RealtimeCounts } from './events.ts';
import type { SocketCredentials } from './graphql-transport-ws/credentials.ts';
import type { Execute } from './graphql-transport-ws/operations.ts';
import { createTransport } from './graphql-transport-ws/transport.ts';
import { createHub, type Feed } from './hub.ts';
import type { ReadPage } from './replay.ts';
import { startOf } from './resumption.ts';
import { createRights } from './rights.ts';
import { createSweep } from './sweep.ts';

export interface RealtimeLimits {
  /** Sockets of this node. Default 50 000. */
  readonly sockets: number;
  /** Subscriptions and requests of one socket. Default 20 000. */
  readonly operations: number;
  /** Requests of one socket that are under way at once; above it the socket is not read. Default 100. */
  readonly pending: number;
  /** Bytes of one message. Default 8 MiB, as much as a body over HTTP. */
  readonly messageBytes: number;
  /** Bytes that wait for a slow reader before it is closed. Default 4 MiB. */
  readonly bufferedBytes: number;
  /** Milliseconds for `connection_init`. Default 5 000. */
  readonly initialisationMs: number;
  /** Seconds between two pings of one socket; one that is silent for two of them is dropped. Default 25. */
  readonly pingSeconds: number;
}

export const REALTIME_LIMITS: RealtimeLimits = {
  sockets: 50_000,
  operations: 20_000,
  pending: 100,
  messageBytes: 8 * 1024 * 1024,
  bufferedBytes: 4 * 1024 * 1024,
  initialisationMs: 5_000,
  pingSeconds: 25,
};

export interface RealtimeParts extends LiveBinderParts {
  readonly schema: GraphQLSchema;
  /** The rules beside GraphQL's own, as over HTTP. */
  readonly validationRules: readonly ValidationRule[];
  /** Tokens of a document; the parser stops there. */
  readonly maxTokens: number;
  readonly feed: Feed;
  /** `readEntries` of the feed. */
  readonly readPage: ReadPage;
  /** `createJudge` of the feed. */
  readonly judge: (position: Position) => Promise<'ok' | 'resync'>;
  readonly authenticate: (credentials: SocketCredentials) => Promise<Caller>;
  /** A query or a mutation that came over a socket. */
  readonly execute: Execute;
  /** The rights of a caller changed: what is remembered of him is dropped, before any socket asks again. */
  readonly forget: (change: Entry) => void;
  /** Changes may have been missed: the same for all. */
  readonly forgetAll: () => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly limits?: Partial<RealtimeLimits>;
}

export interface Realtime {
  /** Takes over an upgrade on the path of graphql-transport-ws. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly counts: Readonly<RealtimeCounts>;
  /** Takes no more sockets and closes those that are open with 1001, at the latest after `ms`. */
  drain(ms: number): Promise<void>;
}

/** The hub of this node and its sockets. */
export function createRealtime(parts: RealtimeParts): Realtime {
  const { schema, feed, readPage, judge, log, clock } = parts;
  const limits = { ...REALTIME_LIMITS, ...parts.limits };
  const events = createRealtimeEvents(log, uuid);
  const rights = createRights({ forget: parts.forget, forgetAll: parts.forgetAll, events });
  const hub = createHub({
    feed,
    readPage,
    positionAt: (seq) => encodePosition({ epoch: feed.epoch, horizon: seq }),
    rights,
    events,
  });
  const sweep = createSweep({ clock, beatSeconds: limits.pingSeconds });
  const transport = createTransport(
    {
      documents: createDocuments({ schema, rules: parts.validationRules, maxTokens: parts.maxTokens }),
      binder: createLiveBinder(parts),
      hub,
      rights,
      sweep,
      events,
      startOf: (binding, caller) => startOf(binding, caller, { feed, readPage, judge }),
      authenticate: parts.authenticate,
      execute: parts.execute,
      describe: (error) =>
        error instanceof RefusedRequest
          ? error.errors
          : [toGraphQLError(error, { requestId: uuid(), log }).toJSON()],
      maxOperations: limits.operations,
      maxPending: limits.pending,
      initialisationMs: limits.initialisationMs,
    },
    limits,
  );
  if (parts.metrics !== undefined) report(parts.metrics, events.counts);

  return {
    handleUpgrade: (request, socket, head) => transport.handleUpgrade(request, socket, head),
    counts: events.counts,
    async drain(ms) {
      await transport.drain(ms);
      sweep.stop();
      hub.stop();
    },
  };
}

function report(metrics: Metrics, counts: RealtimeCounts): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge(`rockpool_realtime_${name}`, help, read);
  gauge('sockets', 'WebSockets that are open.', () => counts.sockets);
  gauge('subscriptions', 'Subscriptions that are live or catch up.', () => counts.subscriptions);
  gauge('delivered_total', 'Events put on sockets.', () => counts.delivered);
  gauge('executed_total', 'Selections run, one for a group and an entry.', () => counts.executed);
  gauge('failed_total', 'Selections that failed by a fault of the server.', () => counts.failed);
  gauge(
    'replayed_total',
    'Events that were read from the journal for one subscriber.',
    () => counts.replayed,
  );
  gauge('resynced_total', 'Subscriptions that were told to resync.', () => counts.resynced);
  gauge('slow_readers_total', 'Sockets closed because they did not keep up.', () => counts.slowReaders);
  gauge('dead_sockets_total', 'Sockets dropped because they answered no ping.', () => counts.deadSockets);
}
