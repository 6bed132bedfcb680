// As root, Postgres runs as another user. That user must reach its cluster and its programs.
import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import type { Log } from '../../src/base/log.ts';
import { silentLog } from '../../src/base/log.ts';
import { accountFor, closedFolder } from '../../src/database/embedded/account.ts';
import { prepareBinaries } from '../../src/database/embedded/binaries.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded/start.ts';
import { DatabaseRefusal } from '../../src/database/refusal.ts';
import { ask, start, temporaryFolder } from './embedded-support.ts';

const asRoot = describe.skipIf(process.getuid?.() !== 0);

/** A log that keeps its lines. */
function keepingLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }), lines };
}

/** A folder that only root may enter, as root's home is, and a place for what must be reachable. */
async function closedPlace(): Promise<{ closed: string; systemFolder: string }> {
  const folder = await temporaryFolder();
  const closed = join(folder, 'closed');
  await mkdir(closed, { mode: 0o700 });
  return { closed, systemFolder: join(folder, 'system') };
}

const ownerOf = (path: string): number => statSync(path).uid;

asRoot('as root', () => {
  test('Postgres runs as an unprivileged user, and a DATA_DIR of strict mode is opened for it', async () => {
    const dataDir = join(await temporaryFolder(), 'data');
    await mkdir(dataDir, { mode: 0o700 });
    const postgres = await start({ dataDir });
    expect(ownerOf(postgres.data)).toBe(65_534);
    expect(statSync(dataDir).mode & 0o777).toBe(0o711);
    expect(lstatSync(join(dataDir, 'postgres')).isSymbolicLink()).toBe(false);
    expect(ownerOf(`/proc/${postgres.pid}`)).toBe(65_534);
  });

  test('below a closed folder the cluster lies elsewhere, named by the link alone, and the log says so', async () => {
    const { closed, systemFolder } = await closedPlace();
    const dataDir = join(closed, 'data');
    const { log, lines } = keepingLog();
    const first = await start({ dataDir, systemFolder, log });
    const home = readlinkSync(join(dataDir, 'postgres'));
    expect(home).toMatch(new RegExp(`^${systemFolder}/[a-z0-9]{12}$`));
    expect(first.data).toBe(join(home, '18', 'data'));
    expect(lines.join('')).toContain(`the cluster lies in ${home}`);
    expect(statSync(closed).mode & 0o777).toBe(0o700);
    await ask(first.url, (sql) => sql`create table kept (value text)`);
    await first.stop();

    const again = keepingLog();
    const second = await start({ dataDir, systemFolder, log: again.log });
    expect(await ask(second.url, (sql) => sql`select * from kept`)).toEqual([]);
    expect(again.lines.join('')).not.toContain('no longer names it');
  });

  test('an emptied DATA_DIR starts anew, and the cluster that it had is named', async () => {
    const { closed, systemFolder } = await closedPlace();
    const dataDir = join(closed, 'data');
    const first = await start({ dataDir, systemFolder });
    await ask(first.url, (sql) => sql`create table kept (value text)`);
    await first.stop();
    const old = readlinkSync(join(dataDir, 'postgres'));
    await rm(dataDir, { recursive: true });

    const { log, lines } = keepingLog();
    const second = await start({ dataDir, systemFolder, log });
    expect(readlinkSync(join(dataDir, 'postgres'))).not.toBe(old);
    expect(await ask(second.url, (sql) => sql`select to_regclass('kept') as kept`)).toMatchObject([
      { kept: null },
    ]);
    expect(lines.join('')).toContain(
      `the cluster ${old} belonged to DATA_DIR ${dataDir}, which no longer names it`,
    );
    expect(existsSync(join(old, '18', 'data', 'PG_VERSION'))).toBe(true);
    await second.stop();

    // A DATA_DIR that was moved keeps its cluster.
    await rm(old, { recursive: true });
    await mkdir(join(closed, 'moved'));
    await symlink(readlinkSync(join(dataDir, 'postgres')), join(closed, 'moved', 'postgres'));
    await rm(dataDir, { recursive: true });
    const moved = keepingLog();
    await start({ dataDir: join(closed, 'moved'), systemFolder, log: moved.log });
    expect(moved.lines.join('')).not.toContain('no longer names it');
  });

  test('a link whose cluster is gone is refused, not replaced by an empty database', async () => {
    const { closed, systemFolder } = await closedPlace();
    const dataDir = join(closed, 'data');
    await mkdir(dataDir);
    await symlink(join(systemFolder, 'nothing'), join(dataDir, 'postgres'));
    const attempt = startEmbeddedPostgres({ dataDir, systemFolder, log: silentLog });
    await expect(attempt).rejects.toThrow(DatabaseRefusal);
    await expect(attempt).rejects.toThrow(/is a link to .*nothing, which is gone/);
  });

  test('a cluster below a folder that was closed later is refused with the folder to open', async () => {
    const folder = await temporaryFolder();
    const above = join(folder, 'above');
    const dataDir = join(above, 'data');
    await mkdir(dataDir, { recursive: true });
    await (await start({ dataDir })).stop();
    await chmod(above, 0o700);
    await expect(startEmbeddedPostgres({ dataDir, log: silentLog })).rejects.toThrow(
      `may not enter ${above}`,
    );
  });

  test('a cluster that another user made is run as that user', async () => {
    const dataDir = await temporaryFolder();
    const first = await start({ dataDir });
    await first.stop();
    for (const name of await readdir(join(dataDir, 'postgres'), { recursive: true })) {
      await chown(join(dataDir, 'postgres', name), 12_345, 12_345);
    }
    await chown(join(dataDir, 'postgres'), 12_345, 12_345);
    const second = await start({ dataDir });
    expect(ownerOf(`/proc/${second.pid}`)).toBe(12_345);
    expect(await ask(second.url, (sql) => sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
  });

  test('programs below a closed folder are copied once to where everyone may read them', async () => {
    const { closed, systemFolder } = await closedPlace();
    const folder = join(closed, 'native');
    await fakePrograms(folder);
    const found = { folder, version: '18.4.0', major: 18 };
    const account = accountFor('/nonexistent');
    const prepared = await prepareBinaries(found, account, systemFolder, silentLog);
    expect(prepared).toEqual({ ...found, folder: join(systemFolder, 'binaries-18.4.0') });
    expect(closedFolder(join(prepared.folder, 'bin'), account)).toBeUndefined();
    expect(statSync(join(prepared.folder, 'bin', 'postgres')).mode & 0o777).toBe(0o755);
    expect(statSync(join(prepared.folder, 'lib', 'libx.so.1')).mode & 0o777).toBe(0o644);
    expect(readlinkSync(join(prepared.folder, 'lib', 'libx.so'))).toBe('libx.so.1');

    const made = statSync(prepared.folder).ino;
    await prepareBinaries(found, account, systemFolder, silentLog);
    expect(statSync(prepared.folder).ino).toBe(made);
    expect(await readdir(systemFolder)).toEqual(['binaries-18.4.0']);
  });
});

test('links to libraries that the installation left out are made at the start', async () => {
  const folder = join(await temporaryFolder(), 'native');
  await fakePrograms(folder);
  await chmod(folder, 0o755);
  const found = { folder, version: '18.4.0', major: 18 };
  const account = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, other: false };
  expect(await prepareBinaries(found, account, join(folder, 'unused'), silentLog)).toEqual(found);
  expect(readlinkSync(join(folder, 'lib', 'libx.so'))).toBe('libx.so.1');
  expect(existsSync(join(folder, 'unused'))).toBe(false);
});

/** What the package brings when its install script did not run, under a strict umask. */
async function fakePrograms(folder: string): Promise<void> {
  await mkdir(join(folder, 'bin'), { recursive: true, mode: 0o700 });
  await mkdir(join(folder, 'lib'), { mode: 0o700 });
  await writeFile(join(folder, 'bin', 'postgres'), '', { mode: 0o700 });
  await writeFile(join(folder, 'lib', 'libx.so.1'), '', { mode: 0o600 });
  await writeFile(
    join(folder, 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libx.so.1', target: 'native/lib/libx.so' }]),
  );
}
