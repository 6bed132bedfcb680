import { expect, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A socket without a client library: what it sends is the test's own. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly messages: Message[];
  send(message: unknown): void;
  /** Waits until so many messages have come. */
  received(count: number): Promise<Message[]>;
  /** Close code and reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export async function rawSocket(
  url: string,
  protocols: string | string[] = 'graphql-transport-ws',
): Promise<RawSocket> {
  const socket = new WebSocket(url, protocols);
  const messages: Message[] = [];
  socket.on('message', (data: Buffer) => void messages.push(JSON.parse(data.toString('utf8')) as Message));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
  });
  onTestFinished(() => socket.terminate());
  await new Promise<void>((resolve, reject) => socket.on('open', resolve).on('error', reject));
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async received(count) {
      await vi.waitFor(() => expect(messages.length).toBeGreaterThanOrEqual(count), {
        timeout: 10_000,
        interval: 5,
      });
      return messages;
    },
  };
}

/** A socket that has been acknowledged. */
export async function acknowledged(url: string, token: string): Promise<RawSocket> {
  const raw = await rawSocket(url);
  raw.send({ type: 'connection_init', payload: { authorization: token } });
  await raw.received(1);
  raw.messages.length = 0;
  return raw;
}
