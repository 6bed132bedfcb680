import type { Queryable } from '../database/connection.ts';
import { asUnavailable } from '../database/errors.ts';
import type { Entry } from './journal.ts';

export interface ReplayRequest {
  /** Whole topics, or all whose name begins so: the datasets of an identity. */
  readonly topic: { readonly equals: readonly string[] } | { readonly prefix: string };
  /** Exclusive. */
  readonly after: number;
  /** Inclusive: the hub's cursor, or another horizon. Above a horizon entries can be missing. */
  readonly upTo: number;
  readonly limit: number;
  /** A page may hold less than `limit` so that its images, as stored, stay below so many bytes. Default: no bound. */
  readonly bytes?: number;
}

export interface Replay {
  readonly entries: Entry[];
  /** Floor and epoch of the same snapshot. Where the floor is above `after`, entries may be gone: resync. */
  readonly floor: number;
  readonly epoch: string;
  /** No entry of the topic is missing up to here; `upTo` on the last page. */
  readonly through: number;
}

interface Row extends Omit<Entry, 'seq'> {
  readonly seq: number | null;
  readonly floor: number;
  readonly epoch: string;
  readonly more: boolean | null;
}

/**
 * A page of what happened to some topics, in the order of `seq`. What it costs grows with what it finds and with the
 * number of topics, not with what happened elsewhere or before.
 *
 * A model's entries come from the index (topic, seq). All other topics have one key each, or few, so the statement
 * first hops over their pairs (topic, key), two probes for each, and reads each from the index (topic, key, seq).
 *
 * Rows are compared as a whole: with `topic = $1 and seq > $2` the planner, which knows nothing of $2, takes the
 * primary key and filters by topic whatever happened since (measured: 15 000 rows touched for one found).
 */
export async function readEntries(sql: Queryable, request: ReplayRequest): Promise<Replay> {
  const { after, upTo, limit, bytes = Number.MAX_SAFE_INTEGER } = request;
  const { models, ranges } = partsOf(request.topic);
  try {
    const rows = await sql<Row[]>`
      with recursive streams (topic, key, until) as (
        select f.topic, f.key, r.until
        from unnest(${ranges.map((range) => range.from)}::text[], ${ranges.map((range) => range.until)}::text[])
          as r (from_, until)
        cross join lateral (
          select j.topic, j.key from rockpool.journal j
          where j.topic >= r.from_ collate "C" and j.topic < r.until collate "C"
          order by j.topic, j.key limit 1
        ) f
        union all
        select n.topic, n.key, s.until from streams s
        cross join lateral (
          select j.topic, j.key from rockpool.journal j
          where (j.topic, j.key) > (s.topic, s.key) and j.topic < s.until collate "C"
          order by j.topic, j.key limit 1
        ) n
      ),
      found as (
        select e.* from streams s cross join lateral (
          select j.* from rockpool.journal j
          where (j.topic, j.key, j.seq) > (s.topic, s.key, ${after}) and (j.topic, j.key, j.seq) <= (s.topic, s.key, ${upTo})
          order by j.topic, j.key, j.seq limit ${limit}
        ) e
        union all
        select e.* from unnest(${models}::text[]) as m (topic) cross join lateral (
          select j.* from rockpool.journal j
          where (j.topic, j.seq) > (m.topic collate "C", ${after}) and (j.topic, j.seq) <= (m.topic collate "C", ${upTo})
            and j.topic like 'model:%'
          order by j.topic, j.seq limit ${limit}
        ) e
      ),
      page as (
        select f.*, lead(true) over (order by f.seq) as more,
          sum(coalesce(pg_column_size(f.before), 0) + coalesce(pg_column_size(f.after), 0))
            over (order by f.seq rows between unbounded preceding and 1 preceding) as bytes_before
        from (select * from found order by seq limit ${limit}) f
      )
      select st.floor, st.epoch, p.more,
        p.seq, p.topic, p.key, p.version, p.operation, p.before, p.after, p.actor, p.device, p.at
      from rockpool.feed_state st left join page p on coalesce(p.bytes_before, 0) < ${bytes}
      where st.id = 1 order by p.seq`;
    const [first] = rows;
    if (first === undefined) throw new Error('rockpool.feed_state is empty: the migrations were not applied');
    const cut = rows.length >= limit || rows.at(-1)?.more === true;
    const entries = rows.flatMap(toEntry);
    return {
      entries,
      floor: first.floor,
      epoch: first.epoch,
      through: (cut ? entries.at(-1)?.seq : undefined) ?? upTo,
    };
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** A row without `seq` only carries floor and epoch: there was nothing. */
function toEntry({ floor: _floor, epoch: _epoch, more: _more, seq, ...rest }: Row): Entry[] {
  return seq === null ? [] : [{ seq, ...rest }];
}

interface Range {
  readonly from: string;
  /** Exclusive, in the order of bytes. */
  readonly until: string;
}

function partsOf(topic: ReplayRequest['topic']): { models: readonly string[]; ranges: readonly Range[] } {
  if ('prefix' in topic) {
    const last = topic.prefix.charCodeAt(topic.prefix.length - 1);
    if (!(last < 0x7e)) throw new Error('a prefix of topics ends with an ASCII character');
    const until = topic.prefix.slice(0, -1) + String.fromCharCode(last + 1);
    return { models: [], ranges: [{ from: topic.prefix, until }] };
  }
  const all = [...new Set(topic.equals)];
  return {
    models: all.filter((name) => name.startsWith('model:')),
    // U+0001 is the lowest character that text can hold: nothing lies between a topic and the end of its range.
    ranges: all
      .filter((name) => !name.startsWith('model:'))
      .map((name) => ({ from: name, until: `${name}\u0001` })),
  };
}

/** The highest number ever drawn: a position above it is of another history. */
export async function headOf(sql: Queryable): Promise<number> {
  try {
    const [row] = await sql<{ head: number }[]>`select last_value as head from rockpool.journal_seq`;
    return row?.head ?? 0;
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** The present horizon: whatever is read afterwards holds every entry up to it. Fresher than a reader's own. */
export async function horizonOf(sql: Queryable): Promise<number> {
  try {
    const [row] = await sql<{ horizon: number }[]>`select rockpool.journal_horizon() as horizon`;
    return row?.horizon ?? 0;
  } catch (error) {
    throw asUnavailable(error);
  }
}
