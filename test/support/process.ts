import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A run of the command line that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** What it wrote to standard output so far. */
  out(): string;
  err(): string;
  readonly ended: Promise<Ended>;
  /** Waits for the ready line and answers the address in it. */
  ready(): Promise<string>;
}

/** The command line in a process of its own, from the sources. Killed with the test where it still runs. */
export function rockpool(args: readonly string[], environment: Readonly<Record<string, string>>): Running {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
    env: { PATH, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, ...text }));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    child,
    out: () => text.out,
    err: () => text.err,
    ended,
    ready: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          const [, url] = /^Rockpool is ready on (\S+)$/m.exec(text.out) ?? [];
          if (url !== undefined) resolve(url);
        };
        child.stdout.on('data', look);
        look();
        void ended.then(({ err }) => reject(new Error(`it ended before it was ready: ${err}`)));
      }),
  };
}

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-process-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
