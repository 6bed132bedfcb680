import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { silentLog } from '../../base/log.ts';
import type { Database } from '../../database/connection.ts';
import { createPostgresBus } from '../../feed/bus/postgres.ts';
import { measureLag } from '../../feed/lag.ts';
import { horizonOf } from '../../feed/replay.ts';
import { resolveConfig, type Config } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { reachDatabase } from '../foundation.ts';
import { openSealer } from '../settings.ts';
import { UsageError } from './usage-error.ts';

export const help = `Usage: rockpool doctor [--json]

Checks what a server needs: Node, Postgres' version and collation, LISTEN, the secret key, the feed's epoch, the
difference between the clocks, and how far the journal is behind. Exit code 1 when something is at fault.

Uses DATABASE_URL, or the embedded Postgres of DATA_DIR, running or not.
`;

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
}

/** Tokens and codes are judged by the nodes' clocks: more than this and they end too early or too late. */
const CLOCK_LIMIT_MS = 5000;
/** Writers end after two seconds; one that is older is stuck. */
const WRITER_LIMIT_MS = 10_000;

export async function run(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) throw new UsageError(`doctor takes no ${unknown}`);
  const config = resolveConfig(readEnvironment(process.env), false);
  const findings = [checkNode(), ...(await checkDatabase(config))];
  const ok = findings.every((finding) => finding.ok);
  process.stdout.write(
    args.includes('--json') ? `${JSON.stringify({ ok, findings }, null, 2)}\n` : told(findings),
  );
  return ok ? 0 : 1;
}

function told(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .map(({ name, ok, found }) => `${ok ? 'ok   ' : 'FAULT'}  ${name.padEnd(width)}  ${found}\n`)
    .join('');
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  return {
    name: 'node',
    ok,
    found: `${process.versions.node}${ok ? '' : ' (20.19+, 22.12+ or 24+ is needed)'}`,
  };
}

async function checkDatabase(config: Config): Promise<readonly Finding[]> {
  let opened: Awaited<ReturnType<typeof reachDatabase>>;
  try {
    opened = await reachDatabase(config, silentLog);
  } catch (error) {
    return [{ name: 'postgres', ok: false, found: messageOf(error) }];
  }
  const { database, close } = opened;
  try {
    const server = await checked('postgres', () => checkPostgres(database));
    if (!server.ok) return [server];
    return [
      server,
      await checked('clock', () => checkClock(database)),
      await checked('listen', () => checkListen(database)),
      await checked('keys', () => checkKeys(database, config)),
      await checked('epoch', () => checkEpochOf(database)),
      await checked('journal', () => checkJournal(database)),
    ];
  } finally {
    await close();
  }
}

async function checked(name: string, look: () => Promise<Omit<Finding, 'name'>>): Promise<Finding> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    return { name, ok: false, found: messageOf(error) };
  }
}

async function checkPostgres({ sql }: Database) {
  const [row] = await sql<{ version: string; number: number; encoding: string; collation: string }[]>`
    select current_setting('server_version') as version, current_setting('server_version_num')::integer as number,
      current_setting('server_encoding') as encoding, datcollate as collation
    from pg_database where datname = current_database()`;
  if (row === undefined) throw new Error('Postgres does not describe itself.');
  const ok = row.number >= 150_000 && row.encoding === 'UTF8';
  return {
    ok,
    found: `${row.version}, ${row.encoding}, collation ${row.collation} (ours is "C" throughout)`,
  };
}

async function checkClock({ sql }: Database) {
  const before = systemClock.now();
  const [row] = await sql<
    { ms: number }[]
  >`select extract(epoch from clock_timestamp()) * 1000::float8 as ms`;
  const difference = Math.round(Number(row?.ms) - (before + systemClock.now()) / 2);
  return {
    ok: Math.abs(difference) <= CLOCK_LIMIT_MS,
    found: `Postgres is ${difference} ms ahead of this machine`,
  };
}

async function checkListen(database: Database) {
  const bus = createPostgresBus({ database, log: silentLog });
  try {
    const deadline = Date.now() + 6000;
    while (bus.polling && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    return {
      ok: true,
      found: bus.polling ? 'not possible here: nodes poll every 250 ms (set LISTEN_URL)' : 'works',
    };
  } finally {
    await bus.close();
  }
}

async function checkKeys({ sql }: Database, config: Config) {
  const sealer = await openSealer(sql, config, silentLog);
  return { ok: true, found: `${sealer.keyIds.length} given, all that is sealed can be opened` };
}

async function checkEpochOf({ sql }: Database) {
  const [row] = await sql<{ epoch: string; floor: number }[]>`select epoch, floor from rockpool.feed_state`;
  if (row === undefined || row.epoch === '') return { ok: true, found: 'none yet: no server was started' };
  return { ok: true, found: `${row.epoch}, floor ${row.floor}` };
}

async function checkJournal({ sql }: Database) {
  const lag = await measureLag(sql, await horizonOf(sql), 0);
  const seconds = Math.round(lag.oldestWriterMs / 100) / 10;
  return {
    ok: lag.oldestWriterMs <= WRITER_LIMIT_MS,
    found: `${lag.entries} entries held back, oldest writer ${seconds} s`,
  };
}
