import { join } from 'node:path';
import { VARIABLES } from '../../src/app/config/environment.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf, type ReadCpu } from '../core/cpu.ts';
import { startChild } from './child.ts';
import { readMetric } from './metrics.ts';

/** The server under test: a process of its own, as a service manager runs it. */
export interface Rockpool {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to the ready line. */
  readonly readyAfterMs: number;
  readonly cpu: ReadCpu;
  /** Stands still: while others work on its Postgres it would read what they put into the journal. */
  pause(): Promise<void>;
  /** Goes on; returns when it has read what it missed. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export interface RockpoolOptions {
  readonly dataDir: string;
  /** Undefined: the embedded Postgres. */
  readonly databaseUrl?: string;
  /** Undefined: the models that ship. */
  readonly schema?: string;
  /** Options of Node itself. */
  readonly node?: readonly string[];
}

const ROOT = join(import.meta.dirname, '..', '..');

export async function startRockpool(options: RockpoolOptions): Promise<Rockpool> {
  const { dataDir, databaseUrl, schema, node = [] } = options;
  // What happens to be set where the bench is run is not what is measured.
  const unset = Object.fromEntries(VARIABLES.map(({ name }) => [name, undefined]));
  const child = await startChild({
    args: [...node, join(ROOT, 'dist', 'main.js'), 'start'],
    env: {
      ...unset,
      PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
      SCHEMA: schema ?? join(ROOT, 'schema', 'models'),
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    },
    ready: /^Rockpool is ready on (\S+)/,
  });
  const url = child.line;
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid,
    readyAfterMs: child.readyAfterMs,
    cpu: cpuOf(child.pid, () => readMetric(url, 'process_cpu_seconds_total')),
    async pause() {
      await caughtUp(url);
      process.kill(child.pid, 'SIGSTOP');
    },
    async resume() {
      process.kill(child.pid, 'SIGCONT');
      await caughtUp(url);
    },
    async stop() {
      process.kill(child.pid, 'SIGCONT');
      await child.stop();
    },
  };
}

/** Waits until the node has read the journal to its end. */
async function caughtUp(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if ((await readMetric(url, 'rockpool_journal_lag_entries')) === 0) return;
    await sleep(20);
  }
  throw new Error('the server does not catch up with its journal');
}
