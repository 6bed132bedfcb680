import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** What the ready line says behind `ready`, and how long it took to come. */
  readonly line: string;
  readonly readyAfterMs: number;
  /** SIGTERM, then the end is waited for. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly args: readonly string[];
  /** Beside those of this process; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** First line of standard output that says that it is ready; what the group holds is handed on. */
  readonly ready: RegExp;
  readonly messages?: boolean;
}

const READY_WITHIN_MS = 60_000;

/** Starts `node` with arguments and waits until it is ready. Throws with what it said when it ends before. */
export async function startChild({ args, env = {}, ready, messages = false }: ChildOptions): Promise<Child> {
  const began = performance.now();
  const child = spawn(process.execPath, [...args], {
    env: { ...process.env, NODE_OPTIONS: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(messages ? (['ipc'] as const) : [])],
  });
  const said: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => {
    said.push(chunk.toString());
    if (said.length > 50) said.shift();
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${args.join(' ')} ${why}:\n${said.join('')}`));
    const late = setTimeout(() => fail('was not ready in time'), READY_WITHIN_MS);
    child.once('error', reject);
    child.once('exit', (code) => fail(`ended with ${code}`));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (text) => {
      const found = ready.exec(text);
      if (found === null) return;
      clearTimeout(late);
      resolve(found[1] ?? '');
    });
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    process: child,
    pid: child.pid ?? 0,
    line,
    readyAfterMs: performance.now() - began,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
