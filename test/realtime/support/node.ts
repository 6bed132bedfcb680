import { graphql } from 'graphql';
import { createClient, type Client, type ClientOptions } from 'graphql-ws';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Caller } from '../../../src/auth/caller.ts';
import { TokenError } from '../../../src/auth/token-error.ts';
import { RockpoolError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { createRealtime, type Realtime, type RealtimeParts } from '../../../src/realtime/realtime.ts';
import { memoryJournal, type MemoryJournal, type MemoryReader } from './memory-journal.ts';
import { testSchema } from './schema.ts';

/** A node with sockets over a real HTTP server, on a journal in memory. */
export interface TestNode {
  readonly url: string;
  readonly journal: MemoryJournal;
  readonly reader: MemoryReader;
  readonly realtime: Realtime;
  /** Who is behind a token; an error is thrown. A token that is not here is no good. */
  readonly tokens: Map<string, Caller | Error>;
  readonly forgotten: string[];
  /** Writes and delivers at once. */
  publish(...entries: Parameters<MemoryJournal['append']>[0][]): void;
  client(token: string, options?: Partial<ClientOptions>): Client;
}

/** A client that is cut off before it is connected says so once more, to nobody. */
class QuietSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    this.on('error', () => undefined);
  }
}

export const LAPSED = new TokenError('revoked');
export const EXPIRED = new TokenError('expired');
export const AWAY = new RockpoolError('UNAVAILABLE', 'The database cannot answer at the moment.');

export async function testNode(
  options: Partial<
    Pick<RealtimeParts, 'limits' | 'clock' | 'execute' | 'identityOf' | 'feed' | 'readPage' | 'judge'>
  > & {
    readonly journal?: MemoryJournal;
  } = {},
): Promise<TestNode> {
  const { schema, models } = await testSchema();
  const journal = options.journal ?? memoryJournal();
  const reader = journal.reader();
  const tokens = new Map<string, Caller | Error>();
  const forgotten: string[] = [];
  const realtime = createRealtime({
    schema,
    models,
    validationRules: [],
    maxTokens: 20_000,
    feed: reader,
    readPage: (page) => journal.readPage(page),
    judge: (position) => reader.judge(position),
    identityOf: async (caller) => {
      if (caller.kind === 'user') return `id-${caller.sub}`;
      throw new RockpoolError('FORBIDDEN', 'Datasets belong to one user.');
    },
    async authenticate({ authorization, apiKey }) {
      if (apiKey === 'key') return { kind: 'apiKey' };
      const found = tokens.get(authorization ?? '');
      if (found instanceof Error) throw found;
      if (found === undefined) throw new RockpoolError('UNAUTHENTICATED', 'This token is no good.');
      return found;
    },
    execute: async ({ query, variables, operationName }) => {
      const result = await graphql({
        schema,
        source: query,
        variableValues: variables,
        operationName: operationName ?? null,
      });
      return JSON.parse(JSON.stringify(result)) as object;
    },
    forget: (entry) => forgotten.push(entry.topic),
    forgetAll: () => forgotten.push('all'),
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on('upgrade', (request, socket, head) => realtime.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  onTestFinished(async () => {
    await realtime.drain(500);
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url,
    journal,
    reader,
    realtime,
    tokens,
    forgotten,
    publish(...entries) {
      for (const entry of entries) journal.append(entry);
      reader.deliver();
    },
    client(token, more = {}) {
      const client = createClient({
        url,
        webSocketImpl: QuietSocket,
        connectionParams: { authorization: token },
        retryAttempts: 0,
        ...more,
      });
      onTestFinished(async () => {
        await client.dispose();
      });
      return client;
    },
  };
}
