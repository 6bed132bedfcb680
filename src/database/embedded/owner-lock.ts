import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomToken } from '../../base/ids.ts';
import { DatabaseRefusal } from '../refusal.ts';

// One server a home. A file with a process id is not enough: after kill -9 the id may be another process's, and in a
// container it often is the very same one. So a server listens on a socket file with a random name in the home. The
// kernel says whether somebody listens there: that ends with the process, and no other process inherits it.
//
// Each start first makes its own file and then looks for others, so of two starts at least one sees the other. It has
// the home when it sees no live one. Where several claim it, the lowest name waits and the others take their files back
// and try again with new names. A dead file may be deleted by anyone, its name never comes again.

export interface OwnerLock {
  /** False where the file system holds no sockets: then Postgres' own lock file is all there is. */
  readonly held: boolean;
  release(): Promise<void>;
}

/** Longest path of a Unix socket on every system that we run on (macOS: 104 bytes with the closing NUL). */
export const MAX_SOCKET_PATH = 103;

const ATTEMPTS = 6;
const LOOK_AGAIN_MS = 100;
const ANSWER_MS = 500;

/** Takes the home for this process. Throws a DatabaseRefusal that names the process that has it. */
export async function lockHome(home: string, dataDir: string): Promise<OwnerLock> {
  return withShortPath(home, async (folder) => {
    for (let attempt = 1; ; attempt++) {
      const claim = await makeClaim(folder, `owner-${randomToken(9)}.sock`);
      if (claim === undefined) return { held: false, release: () => Promise.resolve() };
      const owner = await settle(folder, claim);
      if (owner === undefined)
        return { held: true, release: () => release(claim.server, join(home, claim.name)) };
      await release(claim.server, join(home, claim.name));
      if (attempt === ATTEMPTS) {
        throw new DatabaseRefusal(
          `DATA_DIR ${dataDir} is in use by another Rockpool (process ${owner}). ` +
            'Stop it, or set another DATA_DIR; several nodes share a database with DATABASE_URL.',
        );
      }
      await sleep(LOOK_AGAIN_MS * (0.5 + Math.random()));
    }
  });
}

interface Claim {
  readonly name: string;
  readonly server: Server;
  /** Told to whoever asks. */
  state: 'claims' | 'has';
}

/** Undefined when the home is this process's, else who was there before. */
async function settle(folder: string, claim: Claim): Promise<string | undefined> {
  for (;;) {
    const others = await liveOthers(folder, claim.name);
    const before = others.find(({ name, state }) => state !== 'claims' || name < claim.name);
    if (before !== undefined) return before.process;
    if (others.length === 0) {
      claim.state = 'has';
      return undefined;
    }
    await sleep(LOOK_AGAIN_MS / 10);
  }
}

/** Runs `work` with a path to the folder that leaves room for a socket's name. */
async function withShortPath<T>(folder: string, work: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(folder) + 32 <= MAX_SOCKET_PATH) return work(folder);
  const base = mkdtempSync(join(Buffer.byteLength(tmpdir()) < 50 ? tmpdir() : '/tmp', 'rockpool-'));
  try {
    symlinkSync(folder, join(base, 'l'));
    return await work(join(base, 'l'));
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** Undefined where the file system holds no sockets, as some shared folders of virtual machines. */
function makeClaim(folder: string, name: string): Promise<Claim | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).end(`${process.pid} ${claim.state}`);
      socket.destroySoon();
    });
    const claim: Claim = { name, server, state: 'claims' };
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EINVAL', 'ENOSYS'].includes(error.code ?? ''))
        resolve(undefined);
      else reject(new DatabaseRefusal(`DATA_DIR cannot be written: ${error.message}`, { cause: error }));
    });
    server.listen(join(folder, name), () => {
      server.unref();
      resolve(claim);
    });
  });
}

interface Owner {
  readonly name: string;
  readonly process: string;
  readonly state: string;
}

async function liveOthers(folder: string, own: string): Promise<readonly Owner[]> {
  const names = readdirSync(folder).filter((name) => name !== own && /^owner-[\w-]+\.sock$/.test(name));
  const owners = await Promise.all(
    names.map(async (name) => {
      const answer = await ask(join(folder, name));
      if (answer === undefined) rmSync(join(folder, name), { force: true });
      const [process = '', state = 'has'] = answer?.split(' ') ?? [];
      return answer === undefined ? [] : [{ name, process: process === '' ? 'unknown' : process, state }];
    }),
  );
  return owners.flat();
}

/** What whoever listens at the path says, nothing when it does not speak in time; undefined when nobody listens. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    let dead = false;
    const socket = createConnection(path);
    // A stopped or busy process is alive too: the kernel accepts for it.
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (text) => {
      answer += String(text);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // Anything else (a full queue, a foreign owner) is no proof that nobody is there.
      dead = error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
    });
    socket.once('close', () => resolve(dead ? undefined : answer));
  });
}

async function release(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(path, { force: true });
}
