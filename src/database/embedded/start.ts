import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../base/log.ts';
import { findBinaries, prepareBinaries } from './binaries.ts';
import { DATABASE_NAME, DATABASE_USER, openCluster } from './cluster.ts';
import { nameForgottenHomes, openHome, SYSTEM_FOLDER } from './folders.ts';
import { lockHome } from './owner-lock.ts';
import { makeSocketFolder, SOCKET_PORT } from './postmaster.ts';
import { supervise } from './supervisor.ts';

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: Log;
  /** Settings of Postgres beyond the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
  /** False: a cluster that need not survive a power cut. For tests. Default true. */
  readonly durable?: boolean;
  /** Where root keeps what Postgres' user cannot reach below DATA_DIR. Default /var/lib/rockpool. */
  readonly systemFolder?: string;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** For `openDatabase`, and for psql and pg_dump too. */
  readonly url: string;
  /** The folder of the cluster, links resolved. */
  readonly data: string;
  /** Process id of Postgres; undefined while it is down. */
  readonly pid: number | undefined;
  /** Stops Postgres. Connections that are still open are closed, what they had not committed is rolled back. */
  stop(): Promise<void>;
}

/**
 * Starts a Postgres of our own in DATA_DIR, made at the first start. It ends with this process, even with kill -9.
 * When it dies under us it is started again, until `stop`. Throws a DatabaseRefusal when it cannot be.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log } = options;
  const systemFolder = options.systemFolder ?? SYSTEM_FOLDER;
  const found = findBinaries();
  const home = openHome(dataDir, systemFolder, log);
  const lock = await lockHome(home.folder, dataDir);
  try {
    const { account } = home;
    const binaries = await prepareBinaries(found, account, account.other ? systemFolder : dataDir, log);
    const data = await openCluster(home, binaries, options.durable ?? true, log);
    const socketFolder = makeSocketFolder(home.folder, account, lock.held);
    const supervisor = await supervise({
      program: join(binaries.folder, 'bin', 'postgres'),
      data,
      socketFolder,
      account,
      settings: options.settings ?? {},
      ours: lock.held,
      log,
    });
    nameForgottenHomes(systemFolder, log);
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await supervisor.stop();
      rmSync(socketFolder, { recursive: true, force: true });
      await lock.release();
    };
    const stopOnce = (): Promise<void> => (stopping ??= stop());
    return {
      url: socketUrl(socketFolder),
      data,
      get pid() {
        return supervisor.pid;
      },
      stop: stopOnce,
      [Symbol.asyncDispose]: stopOnce,
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** As psql takes it; `openDatabase` hands the folder to the driver. The port is said so that PGPORT does not count. */
export function socketUrl(folder: string): string {
  return `postgres:///${DATABASE_NAME}?user=${DATABASE_USER}&host=${encodeURIComponent(folder)}&port=${SOCKET_PORT}`;
}
