import { connect, type Socket } from 'node:net';

/** One connection that is kept, one request on it at a time. */
export interface HttpConnection {
  /** Sends a whole request and returns the body of the answer. Throws unless the status is 200. */
  request(text: string): Promise<Buffer>;
  close(): void;
}

/** The text of a POST. Made once where the body stays the same. */
export function post(path: string, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({
    host: 'localhost',
    'content-type': 'application/json',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * As little as a load generator needs: it shares the machine with what it measures, and what it costs is the same for
 * all who are compared. Answers must have a content-length.
 */
export async function openHttp(port: number): Promise<HttpConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return overSocket(socket);
}

function overSocket(socket: Socket): HttpConnection {
  let waiting:
    | { readonly resolve: (body: Buffer) => void; readonly reject: (error: Error) => void }
    | undefined;
  let chunks: Buffer[] = [];
  let received = 0;
  /** Length of head and body together; 0 until the head is there. */
  let expected = 0;
  let headLength = 0;

  function fail(error: Error): void {
    waiting?.reject(error);
    waiting = undefined;
  }

  function readHead(): void {
    const whole = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    chunks = [whole];
    const end = whole.indexOf(HEAD_END);
    if (end < 0) return;
    headLength = end + HEAD_END.length;
    const head = whole.toString('latin1', 0, headLength);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) return fail(new Error(`an answer without content-length: ${head}`));
    expected = headLength + Number(length);
  }

  function finish(): void {
    const [first] = chunks;
    if (first === undefined) return;
    const whole = chunks.length === 1 ? first : Buffer.concat(chunks, received);
    const isOk = whole.toString('latin1', 9, 12) === '200';
    const body = whole.subarray(headLength, expected);
    chunks = [];
    received = 0;
    expected = 0;
    if (!isOk) return fail(new Error(`${whole.toString('latin1', 0, 15)}: ${body.toString().slice(0, 400)}`));
    const { resolve } = waiting ?? {};
    waiting = undefined;
    resolve?.(body);
  }

  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    if (expected === 0) readHead();
    if (expected > 0 && received >= expected) finish();
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));
  return {
    request: (text) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(text);
      }),
    close: () => socket.destroy(),
  };
}
