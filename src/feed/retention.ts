/**
 * Retention moves one number, the floor: everything at or below it may be gone. All else follows from the floor and
 * never from a time, so that no two parts can disagree about what is still there: tombstones at or below it are purged
 * (by the models, through `purge`), positions and marks below it are void, partitions wholly below it are dropped.
 *
 * The order is fixed: the floor is committed first, and only then is anything taken away. Every page of a delta or a
 * replay reads the floor in its own snapshot and so knows whether it came too late.
 */

import { messageOf } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../database/connection.ts';
import { isTransient } from '../database/errors.ts';
import { dropPartitions, makePartitions, PARTITION_SIZE } from './partitions.ts';
import { pause } from './signal.ts';

export interface RetentionOptions {
  readonly database: Pick<Database, 'sql' | 'transaction'>;
  /** How long entries stay. */
  readonly retentionMs: number;
  readonly log: Log;
  /** Takes away what the rooms on the left keep only as long as the journal; may be called again with the same floor. */
  readonly purge: (floor: number) => Promise<void>;
  /** For tests: the time that the ages of entries are counted to. Default: Postgres's own clock. */
  readonly clock?: Clock;
  /** For tests. Default 1 000 000 entries. */
  readonly partitionSize?: number;
}

export interface Retention {
  /** Makes sure of the partitions, then works in the background. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** One round now. Returns the floor; undefined where another node is at it. */
  run(): Promise<number | undefined>;
}

const LONGEST_INTERVAL_MS = 60_000;
/** Half a partition is far, but a floor a minute apart is not how often one wants to look whether it is used up. */
const PARTITION_INTERVAL_MS = 10_000;

export function createRetention(options: RetentionOptions): Retention {
  const { database, retentionMs, log, purge, clock, partitionSize = PARTITION_SIZE } = options;
  const intervalMs = Math.min(retentionMs / 10, LONGEST_INTERVAL_MS);
  const stopping = new AbortController();
  let running: Promise<unknown> | undefined;

  /** `restMs`: nothing is done where some node moved the floor less than that ago. */
  async function round(restMs: number): Promise<number | undefined> {
    const floor = await moveFloor(database, retentionMs, restMs, clock);
    if (floor === undefined) return undefined;
    await purge(floor);
    await sweepMarks(database, floor);
    for (const name of await dropPartitions(database, floor, log))
      log.info(`journal: ${name} dropped, all of it is old`);
    return floor;
  }

  async function makeRoom(): Promise<void> {
    for (const name of await makePartitions(database, partitionSize)) log.info(`journal: ${name} made`);
  }

  async function repeat(everyMs: number, work: () => Promise<unknown>): Promise<void> {
    while (!stopping.signal.aborted) {
      await pause(everyMs, stopping.signal);
      if (stopping.signal.aborted) return;
      await work().catch((error: unknown) => {
        // It comes again by itself.
        log[isTransient(error) ? 'debug' : 'error']({ err: error }, `retention failed: ${messageOf(error)}`);
      });
    }
  }

  return {
    async start() {
      await makeRoom();
      running = Promise.all([
        repeat(intervalMs, () => round(intervalMs / 2)),
        repeat(PARTITION_INTERVAL_MS, makeRoom),
      ]);
    },
    async stop() {
      stopping.abort();
      await running;
    },
    async run() {
      await makeRoom();
      return round(0);
    },
  };
}

/**
 * Raises the floor to the highest entry such that it and all before it are older than `retentionMs`. No further than
 * may be read: below it lie numbers that a writer may still use. Undefined: another node is at it, or was just now.
 */
async function moveFloor(
  database: Pick<Database, 'transaction'>,
  retentionMs: number,
  restMs: number,
  clock: Clock | undefined,
): Promise<number | undefined> {
  return database.transaction(async (sql) => {
    const now = clock === undefined ? sql`clock_timestamp()` : sql`${new Date(clock.now())}::timestamptz`;
    const [turn] = await sql<{ mine: boolean; horizon: number }[]>`
      select pg_try_advisory_xact_lock(21103, 2)
          and floor_moved_at <= clock_timestamp() - ${restMs}::float8 * interval '1 millisecond' as mine,
        rockpool.journal_horizon() as horizon
      from rockpool.feed_state where id = 1`;
    if (turn === undefined || !turn.mine) return undefined;
    // A statement of its own, so that it sees every entry up to the horizon.
    const [moved] = await sql<{ floor: number }[]>`
      update rockpool.feed_state s set
        floor = greatest(s.floor, (
          select max(j.seq) from rockpool.journal j where j.seq <= ${turn.horizon} and j.seq < coalesce((
            select min(y.seq) from rockpool.journal y
            where y.seq > s.floor and y.seq <= ${turn.horizon}
              and y.at > ${now} - ${retentionMs}::float8 * interval '1 millisecond'
          ), ${turn.horizon} + 1)
        )),
        floor_moved_at = clock_timestamp()
      where s.id = 1 returning s.floor`;
    return moved?.floor;
  });
}

/**
 * Marks below the floor name nothing any more. The newest stays in any case: the next must have a higher time than any
 * that was ever given.
 */
async function sweepMarks(database: Pick<Database, 'sql'>, floor: number): Promise<void> {
  await database.sql`
    delete from rockpool.marks where horizon < ${floor} and ms < (select max(ms) from rockpool.marks)`;
}
