import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../base/errors.ts';
import { StartError } from '../start-error.ts';

export type UpgradeListener = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

export interface Listening {
  readonly port: number;
  /** No new connections; requests under way are answered. Resolves when all of them are, or after `ms`. */
  close(ms: number): Promise<void>;
}

/**
 * One port on every loopback address (`localhost` is either of two), or on `host`. Port 0 picks a free one that is
 * the same on both.
 */
export async function listen(
  listener: RequestListener,
  onUpgrade: UpgradeListener,
  port: number,
  host: string | undefined,
): Promise<Listening> {
  const first = await open(listener, onUpgrade, port, host ?? '127.0.0.1');
  const servers = [first.server];
  if (host === undefined) {
    try {
      servers.push((await open(listener, onUpgrade, first.port, '::1')).server);
    } catch (error) {
      // A machine without IPv6 serves IPv4 alone.
      if (!hasCode(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT')) {
        first.server.close();
        throw refusal(error, port, '::1');
      }
    }
  }
  return {
    port: first.port,
    async close(ms) {
      const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      for (const server of servers) server.closeIdleConnections();
      const late = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), ms);
      await closed;
      clearTimeout(late);
    },
  };
}

async function open(listener: RequestListener, onUpgrade: UpgradeListener, port: number, host: string) {
  const server: Server = createServer({ keepAliveTimeout: 65_000 }, listener);
  server.on('upgrade', onUpgrade as (request: IncomingMessage, socket: unknown, head: Buffer) => void);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((error: unknown) => {
    if (host === '::1') throw error;
    throw refusal(error, port, host);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

function refusal(error: unknown, port: number, host: string): StartError {
  if (hasCode(error, 'EADDRINUSE')) {
    return new StartError(
      `PORT=${port}: something serves there already (${host}); stop it or take another port.`,
      { cause: error },
    );
  }
  if (hasCode(error, 'EACCES'))
    return new StartError(`PORT=${port}: this user may not bind it; take one above 1023.`, { cause: error });
  return new StartError(`HOST=${host}: cannot be bound: ${messageOf(error)}.`, { cause: error });
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
