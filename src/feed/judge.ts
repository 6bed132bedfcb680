import type { Database } from '../database/connection.ts';
import { judgePosition, topOf, type Position } from './position.ts';
import type { FeedReader } from './reader.ts';
import { headOf } from './replay.ts';

/** Judges positions as this node sees the feed. Postgres is asked only about one that lies above this node's reader. */
export type Judge = (position: Position) => Promise<'ok' | 'resync'>;

export function createJudge(
  database: Pick<Database, 'sql'>,
  reader: Pick<FeedReader, 'epoch' | 'floor' | 'horizon'>,
): Judge {
  return async (position) => {
    const head = topOf(position) > reader.horizon ? await headOf(database.sql) : reader.horizon;
    return judgePosition(position, { epoch: reader.epoch, floor: reader.floor, head });
  };
}
