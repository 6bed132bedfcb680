import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomToken } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import { DatabaseRefusal } from '../refusal.ts';
import { handOver } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { Home } from './folders.ts';
import { startGuarded, type Command } from './guarded.ts';

export const DATABASE_NAME = 'rockpool';
export const DATABASE_USER = 'rockpool';

/**
 * Answers the folder of the cluster, made where there is none. The caller holds the home's lock.
 *
 * A cluster appears whole or not at all: it is made in a temporary folder, with the database in it and flushed to the
 * disk, and then renamed. A start that was killed before leaves a folder that the next one sweeps.
 *
 * @param durable False leaves out the flush: for tests.
 */
export async function openCluster(
  home: Home,
  binaries: Binaries,
  durable: boolean,
  log: Log,
): Promise<string> {
  const versionFolder = join(home.folder, String(binaries.major));
  const data = join(versionFolder, 'data');
  await sweep(versionFolder, log);
  if (existsSync(data)) {
    const version = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
    if (version !== String(binaries.major)) throw otherMajor(home.folder, version, binaries.major);
    return data;
  }
  const other = await majorsIn(home.folder);
  if (other.length > 0) throw otherMajor(home.folder, other.join(', '), binaries.major);
  await mkdir(versionFolder, { recursive: true, mode: 0o700 });
  handOver(versionFolder, home.account);
  const temporary = join(versionFolder, `data.init-${randomToken(6)}`);
  try {
    await makeCluster(temporary, home, binaries, durable);
    await rename(temporary, data);
    if (durable) await Promise.all([flush(versionFolder), flush(home.folder)]);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    throw error;
  }
  log.debug({ cluster: data }, 'made a new cluster');
  return data;
}

async function makeCluster(folder: string, home: Home, binaries: Binaries, durable: boolean): Promise<void> {
  const initdb = join(binaries.folder, 'bin', 'initdb');
  // The builtin C.UTF-8 orders by code point on every system and knows upper and lower case beyond ASCII. The flush
  // comes last, once for all.
  await run(home, initdb, [
    `--pgdata=${folder}`,
    `--username=${DATABASE_USER}`,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ]);
  // Renaming the database that initdb makes takes a third of the time that making another one takes.
  await run(
    home,
    join(binaries.folder, 'bin', 'postgres'),
    ['--single', '-F', '-D', folder, '-c', 'log_checkpoints=off', 'template1'],
    `ALTER DATABASE postgres RENAME TO ${DATABASE_NAME};\n`,
  );
  if (durable) await run(home, initdb, [`--pgdata=${folder}`, '--sync-only']);
}

async function run(home: Home, program: string, args: readonly string[], input?: string): Promise<void> {
  const command: Command = {
    program,
    args,
    signal: 'TERM',
    account: home.account,
    ...(input === undefined ? {} : { input }),
  };
  const lines: string[] = [];
  const process = await startGuarded(command);
  process.onLine((line) => lines.push(line));
  const code = await process.ended;
  if (code !== 0) {
    throw new DatabaseRefusal(`${program} ended with ${code}: ${lines.slice(-5).join(' · ')}`);
  }
}

/** Deletes what starts that were killed left behind. */
async function sweep(versionFolder: string, log: Log): Promise<void> {
  if (!existsSync(versionFolder)) return;
  for (const name of await readdir(versionFolder)) {
    if (!name.startsWith('data.init-')) continue;
    const folder = join(versionFolder, name);
    log.info({ folder }, 'deleting a cluster that was never finished');
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

async function majorsIn(home: string): Promise<string[]> {
  const names = await readdir(home);
  return names.filter((name) => /^\d+$/.test(name) && existsSync(join(home, name, 'data', 'PG_VERSION')));
}

function otherMajor(home: string, found: string, wanted: number): DatabaseRefusal {
  return new DatabaseRefusal(
    `${home} holds a cluster of Postgres ${found}; this version of Rockpool brings Postgres ${wanted}, which cannot read it. ` +
      `Start the version of Rockpool that made it, dump the database (pg_dump), and restore it into a new DATA_DIR.`,
  );
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
