import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import { SocketSink } from '../socket-sink.ts';
import { createTurns } from '../turns.ts';
import { Connection, type ConnectionParts } from './connection.ts';
import { CLOSE, SUBPROTOCOL } from './messages.ts';

export interface TransportLimits {
  /** Sockets of this node; more are refused with 503. */
  readonly sockets: number;
  /** Bytes of one message; a longer one closes with 1009. */
  readonly messageBytes: number;
  /** Bytes that may wait for a slow reader before it is closed with 1013. */
  readonly bufferedBytes: number;
}

export interface Transport {
  /** Takes over a connection that an HTTP server upgrades. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes no more, lets what is under way finish, and closes with 1001. Resolves when all are gone, or by `ms`. */
  drain(ms: number): Promise<void>;
}

/** Before the end of a drain: what is still busy is told to go, answered or not. */
const LAST_WORDS_MS = 500;

/** A socket that knows its connection, so that all share their listeners, and is its connection's channel. */
class LiveSocket extends WebSocket {
  connection: Connection | undefined;
}

/** graphql-transport-ws on ws: no compression, no other subprotocol. */
export function createTransport(parts: ConnectionParts, limits: TransportLimits): Transport {
  const { events } = parts;
  const live = new Set<LiveSocket>();
  const turns = createTurns();
  let draining = false;
  const server = new WebSocketServer({
    noServer: true,
    WebSocket: LiveSocket,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    // A client that offers others only gets one of them back: it then hears 4406 instead of a failed handshake.
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : ([...offered][0] ?? false)),
  });

  function open(webSocket: LiveSocket, socket: Duplex): void {
    const sink = new SocketSink(socket, webSocket, { limit: limits.bufferedBytes, turns, events });
    webSocket.on('error', ignore);
    if (webSocket.protocol !== SUBPROTOCOL) {
      events.refused('subprotocol');
      sink.close(CLOSE.subprotocol, `Use the subprotocol ${SUBPROTOCOL}`);
      return;
    }
    const connection = new Connection(parts, Object.assign(webSocket, { sink }));
    sink.onClosing = (code) => connection.ended(code);
    webSocket.connection = connection;
    live.add(webSocket);
    webSocket.on('message', onMessage);
    webSocket.on('pong', onPong);
    webSocket.on('close', onClose);
  }

  function onClose(this: WebSocket, code: number): void {
    if (!(this instanceof LiveSocket)) return;
    live.delete(this);
    this.connection?.ended(code);
  }

  return {
    handleUpgrade(request, socket, head) {
      const refusal = draining ? 'draining' : live.size >= limits.sockets ? 'limit' : undefined;
      if (refusal !== undefined) {
        events.refused(refusal);
        refuse(socket, 503);
        return;
      }
      server.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, socket));
    },
    async drain(ms) {
      draining = true;
      const deadline = Date.now() + ms;
      const close = (late: boolean): void => {
        for (const { connection } of live) {
          if (late || connection?.pending === 0) connection?.close(CLOSE.goingAway, 'The node goes away');
        }
      };
      for (
        close(false);
        live.size > 0 && Date.now() < deadline;
        close(Date.now() > deadline - LAST_WORDS_MS)
      ) {
        await pause(20);
      }
      for (const webSocket of live) webSocket.terminate();
    },
  };
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  if (this instanceof LiveSocket) this.connection?.receive(isBinary ? undefined : textOf(data));
}

function onPong(this: WebSocket): void {
  if (this instanceof LiveSocket) this.connection?.sawLife();
}

/** ws closes by itself with the code that fits: 1002, 1007, 1009. */
function ignore(): void {}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8');
}

function refuse(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
