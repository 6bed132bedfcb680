import { createClient, type Client } from 'graphql-ws';
import { expect, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Fields } from './call.ts';

/* Clients of the live API: the real graphql-ws library over ws. */

/** One event as it came. */
export interface Payload {
  readonly data?: Fields | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Fields }[];
  readonly extensions: { readonly position: string };
}

export interface Stream {
  /** Everything that came, in order. */
  readonly payloads: readonly Payload[];
  /** The values of the root field, in order. */
  readonly events: readonly Fields[];
  /** Waits until so many have come and answers the values of the root field. */
  received(count: number): Promise<readonly Fields[]>;
  /** Waits until an event meets the condition. */
  until(meets: (event: Fields) => boolean): Promise<Fields>;
  /** Position of the newest event. */
  position(): string;
  /** How it ended: undefined while it runs. */
  readonly end: () => End | undefined;
  ended(): Promise<End>;
  stop(): void;
}

export type End =
  | { readonly kind: 'complete' }
  | {
      readonly kind: 'error';
      readonly errors: readonly { readonly message: string; readonly extensions?: Fields }[];
    }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

export interface LiveClient {
  subscribe(query: string, variables?: Fields, extensions?: Fields): Stream;
  /** How its socket was closed, undefined while it is open. */
  closed(): Promise<{ readonly code: number; readonly reason: string }>;
  /** Drops the connection without a word, as a lost network does. */
  cut(): void;
  dispose(): Promise<void>;
}

/** Without retries: what ends, ends. Closed after the test. */
export function liveClient(url: string, connectionParams: Fields): LiveClient {
  let socket: WebSocket | undefined;
  let close: { code: number; reason: string } | undefined;
  const client: Client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { ...connectionParams },
    lazyCloseTimeout: 600_000,
    retryAttempts: 0,
    on: {
      opened: (opened) => (socket = opened as WebSocket),
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string };
        close = { code, reason };
      },
    },
  });
  onTestFinished(async () => {
    await client.dispose();
  });
  return {
    subscribe: (query, variables = {}, extensions) => streamOf(client, { query, variables, extensions }),
    async closed() {
      await vi.waitFor(() => expect(close).toBeDefined(), WAIT);
      return close ?? { code: 0, reason: '' };
    },
    cut: () => socket?.terminate(),
    async dispose() {
      await client.dispose();
    },
  };
}

const WAIT = { timeout: 10_000, interval: 5 } as const;

function streamOf(
  client: Client,
  { query, variables, extensions }: { query: string; variables: Fields; extensions: Fields | undefined },
): Stream {
  const payloads: Payload[] = [];
  const events: Fields[] = [];
  let end: End | undefined;
  const stop = client.subscribe<Fields>(
    {
      query,
      variables: { ...variables },
      ...(extensions === undefined ? {} : { extensions: { ...extensions } }),
    },
    {
      next(payload) {
        payloads.push(payload as unknown as Payload);
        const [value] = Object.values(payload.data ?? {});
        events.push((value ?? null) as Fields);
      },
      error: (error) => (end = endOf(error)),
      complete: () => (end ??= { kind: 'complete' }),
    },
  );
  return {
    payloads,
    events,
    async received(count) {
      await vi.waitFor(() => {
        if (end !== undefined && events.length < count)
          throw new Error(`The stream ended: ${JSON.stringify(end)}`);
        expect(events.length).toBeGreaterThanOrEqual(count);
      }, WAIT);
      return events;
    },
    async until(meets) {
      await vi.waitFor(() => expect(events.some(meets)).toBe(true), WAIT);
      return events.find(meets) ?? {};
    },
    position: () => payloads.at(-1)?.extensions.position ?? '',
    end: () => end,
    async ended() {
      await vi.waitFor(() => expect(end).toBeDefined(), WAIT);
      return end ?? { kind: 'complete' };
    },
    stop,
  };
}

function endOf(error: unknown): End {
  if (Array.isArray(error))
    return { kind: 'error', errors: error as Extract<End, { kind: 'error' }>['errors'] };
  const { code = 0, reason = '' } = error as { code?: number; reason?: string };
  return { kind: 'closed', code, reason };
}
