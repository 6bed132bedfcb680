import { join } from 'node:path';
import { cpuOf, type ReadCpu } from '../core/cpu.ts';
import { startChild } from './child.ts';

/** A process of the bench itself that serves on a port and takes messages: a base that the product is compared with. */
export interface Helper {
  readonly port: number;
  readonly cpu: ReadCpu;
  send(message: object): void;
  stop(): Promise<void>;
}

/** `file`: below bench/. It prints `ready <port>` and answers the message `cpu` (see `helper-process.ts`). */
export async function startHelper(file: string, args: readonly string[] = []): Promise<Helper> {
  const child = await startChild({
    args: ['--import', 'tsx', join(import.meta.dirname, '..', file), ...args],
    ready: /^ready (\d+)$/,
    messages: true,
  });
  const ownWord = () =>
    new Promise<number>((resolve) => {
      child.process.once('message', (seconds) => resolve(Number(seconds)));
      child.process.send('cpu');
    });
  return {
    port: Number(child.line),
    cpu: cpuOf(child.pid, ownWord),
    send: (message) => void child.process.send(message),
    stop: child.stop,
  };
}
