import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../base/log.ts';
import { DatabaseRefusal } from '../refusal.ts';
import { closedFolder, handOver, type Account } from './account.ts';
import { startGuarded, type Guarded } from './guarded.ts';
import { MAX_SOCKET_PATH } from './owner-lock.ts';

export interface PostmasterOptions {
  readonly program: string;
  readonly data: string;
  readonly socketFolder: string;
  readonly account: Account;
  /** Beyond and above those of here. */
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Log;
}

/** Part of the socket's name; nothing listens on it. */
export const SOCKET_PORT = 5432;

/** Trust on the socket is safe because its folder is closed to every other user, and no port is opened. */
const SETTINGS = {
  listen_addresses: '',
  port: String(SOCKET_PORT),
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // What it says comes to us: the line that tells that it is ready, in English whatever the cluster's language.
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  lc_messages: 'C',
  // Failed statements are told to those who sent them; here they would only put users' values into the log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  jit: 'off',
};

const READY = 'database system is ready to accept connections';
const SLOW_START_MS = 10_000;

/** Starts Postgres on the cluster and answers when it takes connections. Throws when it ends before. */
export async function startPostmaster(options: PostmasterOptions): Promise<Guarded> {
  const settings = { ...SETTINGS, unix_socket_directories: options.socketFolder, ...options.settings };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const process = await startGuarded({
    program: options.program,
    args: ['-D', options.data, ...args],
    signal: 'INT',
    account: options.account,
  });
  const last: string[] = [];
  const ready = new Promise<true>((resolve) => {
    process.onLine((line) => {
      if (line.includes(READY)) resolve(true);
      if (last.push(line) > 8) last.shift();
      if (/^(FATAL|PANIC):/.test(line)) options.log.warn({ postgres: line }, 'postgres');
      else options.log.debug({ postgres: line }, 'postgres');
    });
  });
  // Recovery after a crash takes as long as it takes.
  const slow = setInterval(
    () => options.log.info({ last: last.at(-1) }, 'Postgres is still starting'),
    SLOW_START_MS,
  );
  try {
    const outcome = await Promise.race([ready, process.ended]);
    if (outcome !== true)
      throw new DatabaseRefusal(`Postgres ended at its start (${outcome}): ${last.join(' · ')}`);
    return process;
  } finally {
    clearInterval(slow);
  }
}

/**
 * Removes the lock file of a Postgres that is no more, and ends one that is still there. Postgres itself believes any
 * process with the number in the file, be it a zombie or a stranger that has the number now.
 *
 * @param ours True when the home's lock says that no other server uses the cluster.
 */
export async function clearStalePostmaster(data: string, ours: boolean, log: Log): Promise<void> {
  const file = join(data, 'postmaster.pid');
  // Its watcher may have asked it to end already. The second signal does not wait for clients, the third for nothing.
  const signals = ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const;
  for (let turn = 0; ; turn++) {
    const pid = postmasterOf(file);
    if (pid === undefined || !isPostmaster(pid, data)) break;
    if (!ours) {
      // The watcher of a server that is gone may be ending it.
      if (turn === 0) await waitUntil(() => !isPostmaster(pid, data), 5000);
      if (!isPostmaster(pid, data)) break;
      throw new DatabaseRefusal(`The cluster ${data} is in use by a Postgres (process ${pid}). Stop it.`);
    }
    const signal = signals[turn];
    if (signal === undefined) {
      throw new DatabaseRefusal(`The Postgres of ${data} (process ${pid}) does not end. Stop it.`);
    }
    log.info({ pid, signal }, 'ending the Postgres of a server that is gone');
    signalProcess(pid, signal);
    await waitUntil(() => !isPostmaster(pid, data), 5000);
  }
  rmSync(file, { force: true });
}

function postmasterOf(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return pid > 0 ? pid : undefined;
}

/** Whether the process is alive (no zombie) and the Postgres of this cluster. */
function isPostmaster(pid: number, data: string): boolean {
  if (existsSync('/proc/self/cmdline')) {
    const file = `/proc/${pid}/cmdline`;
    return existsSync(file) && readQuietly(file).split('\0').includes(data);
  }
  try {
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(
      ` -D ${data} `,
    );
  } catch {
    return false;
  }
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

async function waitUntil(condition: () => boolean, ms: number): Promise<void> {
  for (const end = Date.now() + ms; !condition() && Date.now() < end;) await sleep(10);
}

/** Makes the folder of Postgres' socket: in the home, or where that path is too long or holds no sockets, a short one. */
export function makeSocketFolder(home: string, account: Account, homeHoldsSockets: boolean): string {
  const inside = join(home, 'run');
  const fits = Buffer.byteLength(join(inside, `.s.PGSQL.${SOCKET_PORT}`)) <= MAX_SOCKET_PATH;
  const folder = homeHoldsSockets && fits ? inside : shortFolder(home, account);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const own = [process.getuid?.(), account.uid];
  if (found === undefined) mkdirSync(folder, { mode: 0o700 });
  else if (!found.isDirectory() || !own.includes(found.uid)) {
    // In a folder that all may write to, another user can be there first.
    throw new DatabaseRefusal(`${folder} is not a folder of user ${account.uid}. Delete it.`);
  }
  chmodSync(folder, 0o700);
  handOver(folder, account);
  return folder;
}

function shortFolder(home: string, account: Account): string {
  const name = `rockpool-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
  const temporary = tmpdir();
  const usable = Buffer.byteLength(temporary) < 50 && closedFolder(temporary, account) === undefined;
  return join(usable ? temporary : '/tmp', name);
}

/** Empties the folder: a socket's lock file names a process too. */
export function clearSocketFolder(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.s.PGSQL.')) rmSync(join(folder, name), { force: true });
  }
}
