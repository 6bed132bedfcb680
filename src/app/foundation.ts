import { join } from 'node:path';
import type { Sealer } from '../auth/sealing.ts';
import type { Log } from '../base/log.ts';
import { openDatabase, type Database } from '../database/connection.ts';
import { findRunning } from '../database/embedded/running.ts';
import { startEmbeddedPostgres } from '../database/embedded/start.ts';
import { asUnavailable } from '../database/errors.ts';
import { migrateDatabase } from '../database/migrate.ts';
import { DatabaseRefusal } from '../database/refusal.ts';
import { messageOf, RockpoolError } from '../base/errors.ts';
import type { Bus } from '../feed/bus/bus.ts';
import { createPostgresBus } from '../feed/bus/postgres.ts';
import { createMarks, type Marks } from '../feed/marks.ts';
import { endEpoch } from '../feed/epoch.ts';
import { createFeedReader, type FeedReader } from '../feed/reader.ts';
import type { Schema } from '../models/model.ts';
import { applyModels, pendingChanges } from '../models/tables/apply-models.ts';
import type { Config } from './config/config.ts';
import { packageRoot } from './paths.ts';
import { fixSettings, openSealer } from './settings.ts';
import { StartError } from './start-error.ts';

/** What everything else stands on: Postgres, its feed, and the keys. */
export interface Foundation {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly bus: Bus;
  readonly reader: FeedReader;
  readonly marks: Marks;
  close(): Promise<void>;
}

export interface OpenedDatabase {
  readonly database: Database;
  close(): Promise<void>;
}

/** Folder of the migrations. */
export const migrationFolder = (): string => join(packageRoot(), 'drizzle');

/** Connects to the outside Postgres or starts the embedded one. Throws a StartError in words for who starts it. */
export async function connectDatabase(config: Config, log: Log): Promise<OpenedDatabase> {
  try {
    if (config.database.kind === 'embedded') {
      const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
      const database = openDatabase({ url: embedded.url, log });
      return {
        database,
        async close() {
          await database.close();
          await embedded.stop();
        },
      };
    }
    const { url, listenUrl } = config.database;
    const database = openDatabase({ url, log, ...(listenUrl === undefined ? {} : { listenUrl }) });
    return { database, close: () => database.close() };
  } catch (error) {
    throw inWords(error);
  }
}

/** For tools: joins the embedded Postgres of a server that runs, else as `connectDatabase`. */
export async function reachDatabase(config: Config, log: Log): Promise<OpenedDatabase> {
  const running = config.database.kind === 'embedded' ? await findRunning(config.dataDir) : undefined;
  if (running === undefined) return connectDatabase(config, log);
  const database = openDatabase({ url: running, log });
  return { database, close: () => database.close() };
}

/** Migrates, settles the keys and starts the feed. Undoes what it began when it fails. */
export async function openFoundation(config: Config, schema: Schema, log: Log): Promise<Foundation> {
  const { database, close } = await connectDatabase(config, log);
  const opened: (() => Promise<void>)[] = [close];
  const undo = async () => {
    for (const step of opened.toReversed()) await step();
  };
  try {
    await migrateDatabase(database, { folder: migrationFolder(), log });
    await fixSettings(database.sql, config);
    await bringModels(database, schema, config.production, log);
    const sealer = await openSealer(database.sql, config, log);
    const bus = createPostgresBus({ database, log });
    opened.push(() => bus.close());
    const reader = createFeedReader({ database, bus, log });
    await reader.start();
    opened.push(() => reader.stop());
    const marks = createMarks({ database, epoch: () => reader.epoch });
    return { database, sealer, bus, reader, marks, close: undo };
  } catch (error) {
    await undo();
    throw inWords(error);
  }
}

/**
 * Tables for the models. In production only the first start makes them by itself: a later change of the SDL is a step
 * of the deployment (`rockpool migrate`), not something that the first of many nodes does on the way.
 */
async function bringModels(database: Database, schema: Schema, production: boolean, log: Log): Promise<void> {
  if (production) {
    const [row] = await database.sql<
      { any: boolean }[]
    >`select exists (select from rockpool.model_types) as any`;
    const pending = row?.any === true ? await pendingChanges(database, schema) : [];
    if (pending.length > 0) {
      throw new StartError(
        `the tables do not fit the models of SCHEMA (${pending.join('; ')}): run \`rockpool migrate\` first.`,
      );
    }
  }
  await applyModels(database, schema, { log, endEpoch });
}

/** What the person who starts the server should read; faults of ours stay as they are. */
function inWords(error: unknown): unknown {
  if (error instanceof DatabaseRefusal) return new StartError(error.message, { cause: error });
  const shown = asUnavailable(error);
  if (shown instanceof RockpoolError && shown.code === 'UNAVAILABLE') {
    return new StartError(
      `Postgres cannot be reached (${messageOf(shown.cause)}): is DATABASE_URL right, and is it up?`,
      {
        cause: error,
      },
    );
  }
  if (isSqlState(error, '28', '3D')) {
    return new StartError(`Postgres refuses DATABASE_URL: ${messageOf(error)}.`, { cause: error });
  }
  return error;
}

/** Classes 28 (authorization) and 3D (no such database) are for the operator to mend. */
function isSqlState(error: unknown, ...classes: readonly string[]): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[0-9A-Z]{5}$/.test(code) && classes.some((name) => code.startsWith(name));
}
