import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { socketUrl } from './start.ts';

/** Line of postmaster.pid with the folder of the Unix socket. */
const SOCKET_FOLDER_LINE = 4;

/**
 * URL of the embedded Postgres of a server that runs on this DATA_DIR, for tools beside it. Undefined where none
 * runs. That it answers is not promised: the file may be left over.
 */
export async function findRunning(dataDir: string): Promise<string | undefined> {
  const file = join(dataDir, 'postgres', String(findBinaries().major), 'data', 'postmaster.pid');
  const lines = await readFile(file, 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  const pid = Number(lines[0]);
  const folder = lines[SOCKET_FOLDER_LINE];
  if (!Number.isInteger(pid) || folder === undefined || folder === '' || !isAlive(pid)) return undefined;
  return socketUrl(folder);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process is alive too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
