import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { actorOf, type Caller } from '../auth/caller.ts';
import { CLOSE } from './close-codes.ts';
import type { RealtimeEvents } from './events.ts';
import type { Sink } from './sink.ts';
import type { Turns } from './turns.ts';

const OPEN = 1;
/** How many times the limit one turn may bring. */
const ONE_TURN = 16;

/**
 * Writes frames straight to the connection that ws took over. That is safe as long as ws writes whole frames in one
 * turn, which it does where nothing is compressed and no Blob is sent: ours go between its own (pings, pongs, the
 * close frame), never into one. After its close frame nothing may follow, so `open` is asked before each write.
 */
export class SocketSink implements Sink {
  readonly #socket: Duplex;
  readonly #webSocket: WebSocket;
  readonly #limit: number;
  readonly #turns: Turns;
  readonly #events: RealtimeEvents;
  /** The turn of the last write, and how much waited when it began. */
  #turn = -1;
  #waited = 0;
  /** Who reads here, for the log; undefined until the socket has said so. */
  caller: Caller | undefined;
  /** Called once, when the close frame goes out: nothing is sent after it. */
  onClosing: ((code: number) => void) | undefined;

  constructor(
    socket: Duplex,
    webSocket: WebSocket,
    parts: {
      /** Bytes that may wait from one turn to the next before the reader counts as too slow. */
      readonly limit: number;
      readonly turns: Turns;
      readonly events: RealtimeEvents;
    },
  ) {
    this.#socket = socket;
    this.#webSocket = webSocket;
    this.#limit = parts.limit;
    this.#turns = parts.turns;
    this.#events = parts.events;
  }

  get open(): boolean {
    return this.#webSocket.readyState === OPEN;
  }

  get behind(): boolean {
    return this.#socket.writableLength > 0;
  }

  get congested(): boolean {
    return this.#socket.writableNeedDrain;
  }

  write(chunk: Buffer): void {
    if (this.#accepts()) this.#socket.write(chunk);
  }

  writeList(chunks: readonly Buffer[]): void {
    if (!this.#accepts()) return;
    this.together(() => {
      for (const chunk of chunks) this.#socket.write(chunk);
    });
  }

  #accepts(): boolean {
    if (!this.open) return false;
    const waiting = this.#socket.writableLength;
    const turn = this.#turns.now();
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#waited = waiting;
    }
    // What one turn brings, one large message or one event for ten thousand subscriptions, is no fault of the reader.
    if (this.#waited <= this.#limit && waiting <= this.#limit * ONE_TURN) return true;
    this.#events.slowReader(this.caller === undefined ? 'nobody yet' : actorOf(this.caller), waiting);
    this.close(CLOSE.tryAgainLater, 'a slow reader: come back with your last position');
    return false;
  }

  together(work: () => void): void {
    this.#socket.cork();
    try {
      work();
    } finally {
      this.#socket.uncork();
    }
  }

  drained(): Promise<void> {
    const socket = this.#socket;
    if (!this.open || !socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }

  close(code: number, reason: string): void {
    if (!this.open) return;
    this.#webSocket.close(code, reason);
    this.onClosing?.(code);
  }
}
