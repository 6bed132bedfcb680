import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../src/base/log.ts';
import { openDatabase, type Database } from '../src/database/connection.ts';
import { findRunning } from '../src/database/embedded/running.ts';
import { BENCH_SCHEMA } from './fixture/models.ts';
import type { Options } from './options.ts';
import { startRockpool, type Rockpool } from './processes/rockpool.ts';
import type { Finding } from './report/finding.ts';

/** One kind of work that is measured. */
export interface Work {
  /** For `--only`. */
  readonly name: string;
  readonly summary: string;
  run(lab: Lab): Promise<readonly Finding[]>;
}

/** Where works are done. What several need is made once, when the first asks. */
export interface Lab {
  readonly options: Options;
  /** One line of what is going on. */
  say(text: string): void;
  /** A folder that goes when the bench ends. */
  folder(): Promise<string>;
  /** The server that all of them share. */
  arena(): Promise<Arena>;
  close(): Promise<void>;
}

/** A server under test and its Postgres. */
export interface Arena {
  readonly rockpool: Rockpool;
  readonly dataDir: string;
  /** The same Postgres, over the product's own client. */
  readonly database: Database;
  readonly databaseUrl: string;
}

export function createLab(options: Options, say: (text: string) => void): Lab {
  const closing: (() => Promise<void>)[] = [];
  let shared: Promise<Arena> | undefined;
  const lab: Lab = {
    options,
    say,
    async folder() {
      const path = await mkdtemp(join(tmpdir(), 'rockpool-bench-'));
      closing.push(() => rm(path, { recursive: true, force: true }));
      return path;
    },
    arena: () => (shared ??= open()),
    async close() {
      for (const step of closing.toReversed()) await step();
    },
  };

  async function open(): Promise<Arena> {
    say('starting the server under test');
    const { arena, close } = await openArena(lab);
    closing.push(close);
    return arena;
  }

  return lab;
}

/** A server of its own, with options of Node itself. */
export async function openArena(
  lab: Pick<Lab, 'folder'>,
  node: readonly string[] = [],
): Promise<{ readonly arena: Arena; close(): Promise<void> }> {
  const dataDir = await lab.folder();
  const rockpool = await startRockpool({ dataDir, schema: BENCH_SCHEMA, node });
  const databaseUrl = await findRunning(dataDir);
  if (databaseUrl === undefined) {
    await rockpool.stop();
    throw new Error(`no Postgres runs in ${dataDir}`);
  }
  const database = openDatabase({ url: databaseUrl, log: silentLog });
  return {
    arena: { rockpool, dataDir, database, databaseUrl },
    async close() {
      await database.close();
      await rockpool.stop();
    },
  };
}
