import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { accountFor, spawnAs } from '../../src/database/embedded/account.ts';
import { findBinaries } from '../../src/database/embedded/binaries.ts';
import { clearStalePostmaster } from '../../src/database/embedded/postmaster.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded/start.ts';
import { DatabaseRefusal } from '../../src/database/refusal.ts';
import { ask, start, startChild, temporaryFolder } from './embedded-support.ts';

test('the first start makes a UTF8 cluster, and the next one finds what was written', async () => {
  const dataDir = join(await temporaryFolder(), 'data');
  const first = await startEmbeddedPostgres({ dataDir, log: silentLog });
  const server = await ask(first.url, async (sql) => {
    await sql`create table kept (value text)`;
    await sql`insert into kept values ('ÄÖ')`;
    return sql`select current_setting('server_encoding') as encoding, current_database() as name, current_user as me,
      current_setting('synchronous_commit') as commits, current_setting('fsync') as fsync,
      current_setting('listen_addresses') as addresses, lower((select value from kept)) as lower`;
  });
  await first.stop();
  expect(server[0]).toEqual({
    encoding: 'UTF8',
    name: 'rockpool',
    me: 'rockpool',
    commits: 'on',
    fsync: 'on',
    addresses: '',
    lower: 'äö',
  });

  const second = await start({ dataDir });
  expect(await ask(second.url, (sql) => sql`select value from kept`)).toMatchObject([{ value: 'ÄÖ' }]);
});

test('stop ends Postgres and leaves neither lock nor socket', async () => {
  const dataDir = await temporaryFolder();
  const postgres = await start({ dataDir });
  expect(postgres.pid).toBeGreaterThan(0);
  await postgres.stop();
  await postgres.stop();
  expect(postgres.pid).toBeUndefined();
  expect(await readdir(join(dataDir, 'postgres'))).toEqual([String(findBinaries().major)]);
});

test('a second server on the same DATA_DIR is refused by name while the first lives, and not after', async () => {
  const dataDir = await temporaryFolder();
  const first = startChild(dataDir, 'idle');
  expect((await first.ready).refused).toBe('');

  const second = startEmbeddedPostgres({ dataDir, log: silentLog });
  await expect(second).rejects.toThrow(DatabaseRefusal);
  await expect(second).rejects.toThrow(`in use by another Rockpool (process ${first.process.pid})`);

  first.process.kill('SIGKILL');
  await first.ended;
  const third = await start({ dataDir });
  expect(await ask(third.url, (sql) => sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
});

test('of several that start at the same moment one has the cluster', async () => {
  const dataDir = await temporaryFolder();
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => start({ dataDir })));
  const started = outcomes.filter(({ status }) => status === 'fulfilled');
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(started.length).toBe(1);
  for (const error of refused) expect(error).toBeInstanceOf(DatabaseRefusal);
});

test('a lock file of Postgres that names a stranger, alive or not, does not stop the start', async () => {
  const dataDir = await temporaryFolder();
  const postgres = await start({ dataDir });
  const file = join(postgres.data, 'postmaster.pid');
  const content = await readFile(file, 'utf8');
  await postgres.stop();
  // Postgres heeds processes of its own user alone.
  const stranger = spawn('/bin/sleep', ['60'], {
    ...spawnAs(accountFor(join(dataDir, 'postgres'))),
    stdio: 'ignore',
  });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  for (const pid of [stranger.pid, process.pid, 4_000_000]) {
    // The process id stands in the first line. Another process has it now, as after a restart of a container.
    await writeFile(file, content.replace(/^\d+/, String(pid)));
    const again = await start({ dataDir });
    expect(await ask(again.url, (sql) => sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
    await again.stop();
  }
});

test('where the lock cannot tell, a Postgres that is alive is left alone and the start refused', async () => {
  const postgres = await start({ dataDir: await temporaryFolder() });
  await expect(clearStalePostmaster(postgres.data, false, silentLog)).rejects.toThrow(
    `in use by a Postgres (process ${postgres.pid})`,
  );
  expect(await ask(postgres.url, (sql) => sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
});

test('a cluster of another major version is refused with advice, and left as it is', async () => {
  const dataDir = await temporaryFolder();
  const old = join(dataDir, 'postgres', '12', 'data');
  await mkdir(old, { recursive: true });
  await writeFile(join(old, 'PG_VERSION'), '12\n');
  const attempt = startEmbeddedPostgres({ dataDir, log: silentLog });
  await expect(attempt).rejects.toThrow(DatabaseRefusal);
  await expect(attempt).rejects.toThrow(/cluster of Postgres 12.*pg_dump/);
  expect(await readdir(join(dataDir, 'postgres'))).toEqual(['12']);
});

test('a DATA_DIR whose path is too long for a socket works, and two servers on it are told apart', async () => {
  const dataDir = join(await temporaryFolder(), 'a'.repeat(60), 'b'.repeat(60));
  const postgres = await start({ dataDir });
  expect(await ask(postgres.url, (sql) => sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
  const folder = new URL(postgres.url).searchParams.get('host') ?? '';
  await expect(startEmbeddedPostgres({ dataDir, log: silentLog })).rejects.toThrow('in use by another');
  await postgres.stop();
  expect(existsSync(folder)).toBe(false);
});

test('a DATA_DIR that cannot be made is refused in words', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  await expect(
    startEmbeddedPostgres({ dataDir: join(folder, 'file', 'data'), log: silentLog }),
  ).rejects.toThrow(/^DATA_DIR .* cannot be made/);
});

test('systems without programs are told that DATABASE_URL is needed', () => {
  expect(() => findBinaries('win32', 'x64')).toThrow(/win32-x64.*DATABASE_URL/);
  expect(() => findBinaries('linux', 'riscv64')).toThrow(/linux-riscv64.*DATABASE_URL/);
  // Made for glibc, whose loader for this processor is not here.
  if (process.platform === 'linux' && process.arch === 'x64') {
    expect(() => findBinaries('linux', 'arm64')).toThrow(/needs glibc.*DATABASE_URL/);
  }
  // Not installed on this one.
  expect(() => findBinaries(process.platform === 'darwin' ? 'linux' : 'darwin', 'arm64')).toThrow(
    DatabaseRefusal,
  );
});
