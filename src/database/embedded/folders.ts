import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { LOWER_ALNUM, randomText } from '../../base/ids.ts';
import { isObject, parseJson } from '../../base/json.ts';
import type { Log } from '../../base/log.ts';
import { codeOf } from '../errors.ts';
import { DatabaseRefusal } from '../refusal.ts';
import { accountFor, closedFolder, handOver, type Account } from './account.ts';

// Where things lie:
//
//   DATA_DIR/postgres            the home: a folder, or a link to /var/lib/rockpool/<random id>
//     18/data                    the cluster of Postgres 18
//     18/data.init-<random>      one that is being made
//     owner-<random>.sock        the server that uses the home (owner-lock.ts)
//     run                        Postgres' own socket
//   /var/lib/rockpool            only as root
//     <random id>                a home whose DATA_DIR lies below a folder that Postgres' user may not enter
//     <random id>.json           the DATA_DIR that it was made for
//     binaries-<version>         a copy of the programs, likewise

/** Where root keeps what Postgres' user cannot reach below DATA_DIR. */
export const SYSTEM_FOLDER = '/var/lib/rockpool';

export interface Home {
  /** The real path, links resolved. */
  readonly folder: string;
  readonly account: Account;
}

/** Makes DATA_DIR and the home in it where they are missing. */
export function openHome(dataDir: string, systemFolder: string, log: Log): Home {
  makeDataDir(dataDir);
  const name = join(dataDir, 'postgres');
  const link = linkTarget(name);
  if (link !== undefined && !existsSync(name)) {
    throw new DatabaseRefusal(
      `${name} is a link to ${link}, which is gone. Put it back, or delete the link to start with an empty database.`,
    );
  }
  const account = accountFor(name);
  if (link === undefined && account.other && closedFolder(dataDir, account) === dataDir) {
    // Only DATA_DIR itself is in the way: it is ours to open. What lies in it keeps its own modes.
    chmodSync(dataDir, statSync(dataDir).mode | 0o011);
  }
  if (!existsSync(name)) makeHome(dataDir, name, account, systemFolder, log);
  const folder = realpathSync(name);
  // A start may have been killed before it handed the folder over.
  if (statSync(folder).uid === 0) handOver(folder, account);
  const owner = statSync(folder).uid;
  if (owner !== account.uid) {
    throw new DatabaseRefusal(
      `The cluster in ${folder} belongs to user ${owner}, and this is user ${account.uid}: start as that user or as root.`,
    );
  }
  const closed = closedFolder(folder, account);
  if (closed !== undefined) {
    throw new DatabaseRefusal(
      `Postgres runs as user ${account.uid} and may not enter ${closed}, below which its cluster lies. ` +
        `Open it (chmod o+x ${closed}), or move DATA_DIR.`,
    );
  }
  if (account.other) remember(folder, dataDir, systemFolder);
  return { folder, account };
}

function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (cause) {
    throw new DatabaseRefusal(`DATA_DIR ${dataDir} cannot be made: ${messageOf(cause)}`, { cause });
  }
}

function makeHome(dataDir: string, name: string, account: Account, systemFolder: string, log: Log): void {
  const closed = closedFolder(dataDir, account);
  if (closed === undefined) {
    unlessThere(() => mkdirSync(name, { mode: 0o700 }));
    handOver(name, account);
    return;
  }
  makeSystemFolder(systemFolder);
  const home = join(systemFolder, randomText(12, LOWER_ALNUM));
  mkdirSync(home, { mode: 0o700 });
  handOver(home, account);
  remember(home, dataDir, systemFolder);
  if (!unlessThere(() => symlinkSync(home, name))) {
    // Another start was faster: its link counts.
    rmSync(home, { recursive: true });
    rmSync(`${home}.json`);
    return;
  }
  log.warn(
    { cluster: home, closed },
    `Postgres may not run as root, and its user may not enter ${closed}: the cluster lies in ${home}, ` +
      `and ${name} is the link that alone names it. A new or emptied DATA_DIR starts anew`,
  );
}

/** Open to all whatever the umask: other users' Postgres runs below it. */
export function makeSystemFolder(systemFolder: string): void {
  if (existsSync(systemFolder)) return;
  mkdirSync(systemFolder, { recursive: true });
  chmodSync(systemFolder, 0o755);
}

function unlessThere(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Keeps which DATA_DIR a home outside of it belongs to, for `nameForgottenHomes`. */
function remember(home: string, dataDir: string, systemFolder: string): void {
  if (!home.startsWith(`${systemFolder}/`)) return;
  const record = `${home}.json`;
  const text = `${JSON.stringify({ dataDir })}\n`;
  if (!existsSync(record) || readFileSync(record, 'utf8') !== text) writeFileSync(record, text);
}

/** Says which clusters lie in the system's folder that no DATA_DIR names any more. They are never deleted here. */
export function nameForgottenHomes(systemFolder: string, log: Log): readonly string[] {
  if (process.getuid?.() !== 0 || !existsSync(systemFolder)) return [];
  const forgotten: string[] = [];
  for (const name of readdirSync(systemFolder)) {
    if (!name.endsWith('.json')) continue;
    const home = join(systemFolder, name.slice(0, -'.json'.length));
    const record = parseJson(readFileSync(join(systemFolder, name), 'utf8'));
    const dataDir = isObject(record) && typeof record['dataDir'] === 'string' ? record['dataDir'] : '';
    if (linkTarget(join(dataDir, 'postgres')) === home) continue;
    if (!existsSync(home)) {
      rmSync(join(systemFolder, name), { force: true });
      continue;
    }
    // A start that was killed before it made a cluster left an empty folder: nothing is forgotten in it.
    if (readdirSync(home).every((entry) => !/^\d+$/.test(entry))) continue;
    forgotten.push(home);
    log.warn(
      { cluster: home, dataDir },
      `the cluster ${home} belonged to DATA_DIR ${dataDir}, which no longer names it: delete it when it is not needed`,
    );
  }
  return forgotten;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
