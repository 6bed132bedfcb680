import { createClient, type Client } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { decodePosition } from '../../../src/feed/position.ts';
import type { Fields } from '../../wire/graphql/support/call.ts';

/** One event of a subscription, with the number of the change that it tells. */
export interface ChainEvent {
  readonly seq: number;
  /** The root field's value; null where there was none. */
  readonly value: Fields | null;
  readonly resync: boolean;
}

/** A subscription that outlives its sockets: it resumes with the last position that it got. */
export interface Chain {
  readonly events: readonly ChainEvent[];
  readonly position: string;
  /** What ended it for good; undefined while it runs. */
  readonly end: unknown;
  onEvent(listener: (event: ChainEvent) => void): void;
}

/** One device's live connection: the real client, which comes back by itself, perhaps to another node. */
export interface LiveDevice {
  /** `after` travels in the extensions, or as the argument of the field where `byArgument` says so. */
  follow(query: string, after: string, options?: { variables?: Fields; byArgument?: boolean }): Chain;
  /** Drops the connection without a word, as a lost network does. */
  cut(): void;
  /** How often it was connected. */
  readonly connections: number;
  /** Codes with which the server closed its sockets. */
  readonly closes: readonly number[];
}

export function liveDevice({
  nextUrl,
  authorization,
  away,
}: {
  readonly nextUrl: () => string;
  readonly authorization: string;
  /** Milliseconds until it comes back after a connection was lost. */
  readonly away: () => number;
}): LiveDevice {
  let socket: WebSocket | undefined;
  let connections = 0;
  const closes: number[] = [];
  const client: Client = createClient({
    url: () => `${nextUrl().replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: QuietSocket,
    connectionParams: { authorization },
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, away())),
    shouldRetry: () => true,
    on: {
      opened(opened) {
        socket = opened as WebSocket;
        connections++;
      },
      closed: (event) => closes.push((event as { code: number }).code),
    },
  });
  onTestFinished(async () => {
    await client.dispose();
  });
  return {
    closes,
    get connections() {
      return connections;
    },
    cut: () => socket?.terminate(),
    follow: (query, after, options = {}) => followed(client, query, after, options),
  };
}

function followed(
  client: Client,
  query: string,
  after: string,
  { variables = {}, byArgument = false }: { variables?: Fields; byArgument?: boolean },
): Chain {
  const events: ChainEvent[] = [];
  const listeners: ((event: ChainEvent) => void)[] = [];
  let position = after;
  let end: unknown;
  // The client sends this object again when it comes back.
  const payload: { query: string; variables: Record<string, unknown>; extensions: Record<string, unknown> } =
    { query, variables: { ...variables }, extensions: {} };
  const resumeAt = (text: string): void => {
    position = text;
    if (byArgument) payload.variables['after'] = text;
    else payload.extensions['after'] = text;
  };
  resumeAt(after);
  client.subscribe<Fields>(payload, {
    next(result) {
      const text = String((result.extensions as Fields | undefined)?.['position']);
      resumeAt(text);
      const value = (Object.values(result.data ?? {})[0] ?? null) as Fields | null;
      const resync =
        value?.['kind'] === 'RESYNC' ||
        result.errors?.some(({ extensions }) => extensions?.['code'] === 'RESYNC') === true;
      const event = { seq: decodePosition(text).horizon, value, resync };
      events.push(event);
      for (const listener of listeners) listener(event);
    },
    error: (error) => (end = error),
    complete: () => (end ??= 'complete'),
  });
  return {
    events,
    get position() {
      return position;
    },
    get end() {
      return end;
    },
    onEvent: (listener) => void listeners.push(listener),
  };
}

/** A client that is cut off before it is connected says so once more, to nobody. */
class QuietSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    this.on('error', () => undefined);
  }
}
