import { chownSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

/** The user that Postgres runs as. It refuses to run as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** True where this process is root and Postgres another user. */
  readonly other: boolean;
}

/** `nobody` on most systems; no entry in the user database is needed. */
const UNPRIVILEGED = 65_534;

/**
 * Oneself; for root the owner of the folder that holds the cluster (another user may have made it), or an unprivileged
 * user where there is none yet.
 */
export function accountFor(home: string): Account {
  const uid = process.getuid?.() ?? UNPRIVILEGED;
  const gid = process.getgid?.() ?? UNPRIVILEGED;
  if (uid !== 0) return { uid, gid, other: false };
  const owner = statSync(home, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, other: true };
  return { uid: UNPRIVILEGED, gid: UNPRIVILEGED, other: true };
}

/** What `spawn` needs to run as that user. */
export function spawnAs(account: Account): { uid?: number; gid?: number } {
  return account.other ? { uid: account.uid, gid: account.gid } : {};
}

/** Makes a path of root's the account's. */
export function handOver(path: string, account: Account): void {
  if (account.other) chownSync(path, account.uid, account.gid);
}

/** The nearest folder at or above `path` that the account may not pass through; undefined when the way is free. */
export function closedFolder(path: string, account: Account): string | undefined {
  if (!account.other) return undefined;
  let closed: string | undefined;
  for (let folder = path; ; folder = dirname(folder)) {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats !== undefined && stats.isDirectory() && !mayPass(stats, account)) closed = folder;
    if (folder === dirname(folder)) return closed;
  }
}

function mayPass(stats: Stats, account: Account): boolean {
  if (stats.uid === account.uid) return (stats.mode & 0o100) !== 0;
  if (stats.gid === account.gid) return (stats.mode & 0o010) !== 0;
  return (stats.mode & 0o001) !== 0;
}
