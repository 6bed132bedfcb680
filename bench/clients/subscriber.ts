import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface Subscriber {
  /** Bytes that came over the socket so far. */
  bytesRead(): number;
  close(): void;
}

export interface SubscriberOptions {
  readonly port: number;
  readonly path: string;
  readonly subprotocol?: string;
  /** Text messages sent one after another, each when the one before was answered (of the last nothing is awaited). */
  readonly opening: readonly string[];
  /** Called with the number of messages that a chunk completed, once the opening is over. */
  readonly onMessages: (count: number) => void;
}

/**
 * A WebSocket that counts messages and looks at nothing else, so that thousands of them leave the machine to the
 * server. Fit for servers that send short or unfragmented messages without extensions.
 */
export async function openSubscriber(options: SubscriberOptions): Promise<Subscriber> {
  const { port, path, subprotocol, opening, onMessages } = options;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let listener: (count: number) => void = () => undefined;
  const counter = createFrameCounter(() => socket.write(PONG));
  const shaken = handshake(socket, path, subprotocol);
  const early = await shaken;
  socket.on('data', (chunk: Buffer) => {
    const count = counter(chunk);
    if (count > 0) listener(count);
  });
  if (early.length > 0) counter(early);
  for (const [place, text] of opening.entries()) {
    const answered =
      place === opening.length - 1
        ? Promise.resolve()
        : new Promise<void>((resolve) => (listener = () => resolve()));
    socket.write(clientFrame(text));
    await answered;
  }
  listener = onMessages;
  return { bytesRead: () => socket.bytesRead, close: () => socket.destroy() };
}

function handshake(socket: Socket, path: string, subprotocol: string | undefined): Promise<Buffer> {
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
      `sec-websocket-key: ${key}\r\nsec-websocket-version: 13\r\n` +
      (subprotocol === undefined ? '' : `sec-websocket-protocol: ${subprotocol}\r\n`) +
      '\r\n',
  );
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData);
      if (head.toString('latin1', 9, 12) === '101') resolve(head.subarray(end + 4));
      else reject(new Error(`no WebSocket: ${head.toString('latin1', 0, end)}`));
    };
    socket.on('data', onData);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the socket was closed')));
  });
}

/** Counts the text messages that chunks complete, and keeps nothing of them but a cut header. */
function createFrameCounter(onPing: () => void): (chunk: Buffer) => number {
  let cut = Buffer.alloc(0);
  /** Bytes of the frame under way that are still to come. */
  let left = 0;
  let opcode = 0;
  return (incoming) => {
    const chunk = cut.length === 0 ? incoming : Buffer.concat([cut, incoming]);
    cut = Buffer.alloc(0);
    let count = 0;
    let at = 0;
    while (at < chunk.length) {
      if (left === 0) {
        const header = readHeader(chunk, at);
        if (header === undefined) {
          cut = Buffer.from(chunk.subarray(at));
          break;
        }
        ({ opcode } = header);
        left = header.payload;
        at += header.size;
      }
      const taken = Math.min(left, chunk.length - at);
      left -= taken;
      at += taken;
      if (left > 0) continue;
      if (opcode === TEXT) count++;
      else if (opcode === PING) onPing();
    }
    return count;
  };
}

function readHeader(
  chunk: Buffer,
  at: number,
): { readonly size: number; readonly payload: number; readonly opcode: number } | undefined {
  if (chunk.length < at + 2) return undefined;
  const opcode = (chunk[at] ?? 0) & 0x0f;
  const short = (chunk[at + 1] ?? 0) & 0x7f;
  if (short < 126) return { size: 2, payload: short, opcode };
  const size = short === 126 ? 4 : 10;
  if (chunk.length < at + size) return undefined;
  const payload = short === 126 ? chunk.readUInt16BE(at + 2) : Number(chunk.readBigUInt64BE(at + 2));
  return { size, payload, opcode };
}

const TEXT = 1;
const PING = 9;
/** An empty one, masked with zeros: neither side here puts anything into a ping. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/** Clients must mask; with zeros the text stays as it is. Up to 65 535 bytes. */
function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const long = payload.length > 125;
  const frame = Buffer.alloc((long ? 4 : 2) + 4 + payload.length);
  frame[0] = 0x81;
  frame[1] = 0x80 | (long ? 126 : payload.length);
  if (long) frame.writeUInt16BE(payload.length, 2);
  payload.copy(frame, (long ? 4 : 2) + 4);
  return frame;
}
