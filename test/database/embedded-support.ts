import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase, type Sql } from '../../src/database/connection.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedOptions,
  type EmbeddedPostgres,
} from '../../src/database/embedded/start.ts';
import { isObject, parseJson } from '../../src/base/json.ts';

/** A folder of the test's own, open to all, that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-embedded-'));
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  return folder;
}

/** Starts in this process and stops with the test. */
export async function start(
  options: Partial<EmbeddedOptions> & { dataDir: string },
): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ log: silentLog, durable: false, ...options });
  onTestFinished(() => postgres.stop());
  return postgres;
}

/** Runs a statement or two on it. */
export async function ask<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const database = openDatabase({ url, log: silentLog, connections: 1 });
  try {
    return await work(database.sql);
  } finally {
    await database.close();
  }
}

export interface Child {
  readonly process: ChildProcess;
  /** What it said when it was ready, or why it was refused. */
  readonly ready: Promise<{ url: string; pid: number; data: string; refused: string }>;
  /** The rows that it said were committed, as `writer number`. */
  readonly acknowledged: Set<string>;
  readonly ended: Promise<void>;
}

/** Starts embedded-child.ts. It is killed with the test. */
export function startChild(dataDir: string, mode: 'idle' | 'write'): Child {
  const script = fileURLToPath(new URL('embedded-child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged = new Set<string>();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = new Promise<Awaited<Child['ready']>>((resolve) => {
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const said = line.startsWith('{') ? parseJson(line) : undefined;
        if (isObject(said)) {
          resolve({
            url: String(said['url']),
            pid: Number(said['pid']),
            data: String(said['data']),
            refused: typeof said['refused'] === 'string' ? said['refused'] : '',
          });
        } else acknowledged.add(line);
      }
    });
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { process: child, ready, acknowledged, ended };
}

/** Waits for a condition; fails when it does not come true in time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 20_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not in ${ms} ms: ${what}`);
    await sleep(10);
  }
}

/** Whether the process runs: zombies that nobody reaps do not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/cmdline`;
  return !existsSync('/proc/self/cmdline') || existsSync(status);
}
