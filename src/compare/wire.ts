import type { FormattedExecutionResult } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket, type RawData } from 'ws';
import { isObject, parseJson } from '../base/json.ts';

/** What went over the wire: bodies of HTTP calls and WebSocket messages, without headers. */
export interface Traffic {
  requests: number;
  bytesUp: number;
  bytesDown: number;
}

/** A GraphQL error as it came. */
export interface WireError {
  readonly message: string;
  readonly code: string;
  readonly current: unknown;
}

export interface Answer {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly WireError[];
  readonly position: string | undefined;
}

/** One device's connection: calls over HTTP, events over a WebSocket, both counted. */
export interface Wire {
  readonly traffic: Traffic;
  call(query: string, variables: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Events until what it resolves to is called. Resolves when the subscription was sent. */
  listen(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    onEvent: (data: Readonly<Record<string, unknown>>) => void,
  ): Promise<() => void>;
  close(): Promise<void>;
}

/** A wire to the GraphQL endpoint of the server at `url`, with a caller's token. */
export function createWire(url: string, token: string): Wire {
  const traffic: Traffic = { requests: 0, bytesUp: 0, bytesDown: 0 };
  let client: Client | undefined;
  let onSubscribed: (() => void) | undefined;

  class CountingSocket extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      super(address, protocols);
      this.on('message', (data: RawData) => {
        traffic.bytesDown += sizeOf(data);
      });
    }

    override send(data: unknown, ...rest: never[]): void {
      traffic.bytesUp += typeof data === 'string' ? Buffer.byteLength(data) : 0;
      super.send(data as string, ...rest);
      if (typeof data === 'string' && data.includes('"type":"subscribe"')) onSubscribed?.();
    }
  }

  return {
    traffic,
    async call(query, variables) {
      const body = JSON.stringify({ query, variables });
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: token },
        body,
      });
      const text = await response.text();
      traffic.requests++;
      traffic.bytesUp += Buffer.byteLength(body);
      traffic.bytesDown += Buffer.byteLength(text);
      return answerOf(parseJson(text), response.status);
    },
    async listen(query, variables, onEvent) {
      client ??= createClient({
        url: `${url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: CountingSocket,
        connectionParams: { authorization: token },
        lazyCloseTimeout: 0,
        retryAttempts: 0,
      });
      const { subscribe } = client;
      return new Promise((resolve, reject) => {
        const stop = subscribe(
          { query, variables },
          {
            next: (result: FormattedExecutionResult<Record<string, unknown>>) => {
              if (result.data !== null && result.data !== undefined) onEvent(result.data);
            },
            error: reject,
            complete: () => undefined,
          },
        );
        onSubscribed = () => resolve(stop);
      });
    },
    async close() {
      await client?.dispose();
      client = undefined;
    },
  };
}

function answerOf(body: unknown, status: number): Answer {
  if (!isObject(body)) throw new Error(`The server answered ${status} without JSON.`);
  const errors = Array.isArray(body['errors']) ? body['errors'] : [];
  const extensions = isObject(body['extensions']) ? body['extensions'] : {};
  return {
    data: isObject(body['data']) ? body['data'] : null,
    errors: errors.map(errorOf),
    position: typeof extensions['position'] === 'string' ? extensions['position'] : undefined,
  };
}

function errorOf(error: unknown): WireError {
  const extensions = isObject(error) && isObject(error['extensions']) ? error['extensions'] : {};
  return {
    message: isObject(error) ? String(error['message']) : String(error),
    code: typeof extensions['code'] === 'string' ? extensions['code'] : '',
    current: extensions['current'],
  };
}

function sizeOf(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((sum, part) => sum + part.length, 0);
  return data instanceof ArrayBuffer ? data.byteLength : data.length;
}
