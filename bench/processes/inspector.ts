import { WebSocket } from 'ws';
import { isObject, parseJson } from '../../src/base/json.ts';

/** What the memory of a process was after its garbage was collected, in bytes. */
export interface Memory {
  /** Resident: what the machine loses to the process. */
  readonly rss: number;
  /** Living objects and buffers. */
  readonly live: number;
}

/** Node's own debugger, for what a process does not tell otherwise. */
export interface Inspector {
  memory(): Promise<Memory>;
  close(): void;
}

/** Connects to a process that was started with `--inspect=127.0.0.1:<port>`. */
export async function openInspector(port: number): Promise<Inspector> {
  const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  const [target]: unknown[] = Array.isArray(targets) ? targets : [];
  const socket = new WebSocket(isObject(target) ? String(target['webSocketDebuggerUrl']) : '');
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  let last = 0;
  const call = (method: string, params: object = {}): Promise<unknown> => {
    const id = ++last;
    return new Promise((resolve) => {
      const onMessage = (data: Buffer) => {
        const message = parseJson(data.toString());
        if (!isObject(message) || message['id'] !== id) return;
        socket.off('message', onMessage);
        resolve(message['result']);
      };
      socket.on('message', onMessage);
      socket.send(JSON.stringify({ id, method, params }));
    });
  };
  return {
    async memory() {
      // The second time takes what the first one let go of.
      await call('HeapProfiler.collectGarbage');
      await call('HeapProfiler.collectGarbage');
      const answer = await call('Runtime.evaluate', { expression: 'JSON.stringify(process.memoryUsage())' });
      const result = isObject(answer) && isObject(answer['result']) ? answer['result']['value'] : undefined;
      const usage = parseJson(String(result));
      const bytes = (name: string) => (isObject(usage) ? Number(usage[name]) : Number.NaN);
      return { rss: bytes('rss'), live: bytes('heapUsed') + bytes('external') };
    },
    close: () => socket.close(),
  };
}
