import type { Sql } from '../database/connection.ts';
import { asUnavailable } from '../database/errors.ts';

export interface FeedLag {
  /** How far the newest committed entry is ahead of this node's reader: an upper bound on entries to come. */
  readonly entries: number;
  /** Milliseconds since this node last read the journal. */
  readonly sinceReadMs: number;
  /** Age, in milliseconds, of the oldest transaction that holds the feed back; 0 without any. */
  readonly oldestWriterMs: number;
}

/** The writers are those that hold a mark, as `rockpool.journal_bound` finds them. */
export async function measureLag(sql: Sql, horizon: number, sinceReadMs: number): Promise<FeedLag> {
  try {
    const [row] = await sql<{ newest: number; oldest: number }[]>`
      select coalesce((select max(seq) from rockpool.journal), 0) as newest,
        coalesce((
          select max(extract(epoch from clock_timestamp() - a.xact_start)) * 1000
          from pg_locks l join pg_stat_activity a on a.pid = l.pid
          where l.locktype = 'advisory' and l.objsubid = 1 and (l.classid::bigint >> 16) = 21103
            and l.database = (select d.oid from pg_database d where d.datname = current_database())
        ), 0)::float8 as oldest`;
    return {
      entries: Math.max(0, (row?.newest ?? 0) - horizon),
      sinceReadMs,
      oldestWriterMs: Math.max(0, row?.oldest ?? 0),
    };
  } catch (error) {
    throw asUnavailable(error);
  }
}
