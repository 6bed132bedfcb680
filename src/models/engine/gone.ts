import type { Queryable } from '../../database/connection.ts';
import { topics } from '../../feed/journal.ts';
import { compareText } from '../filter/text-order.ts';
import type { Item, Model } from '../model.ts';
import { isItem, type Grant } from '../rules.ts';
import { PAGE_BYTES } from './pages.ts';

/** A changed row that is not in the caller's view now. */
export interface HiddenRow {
  readonly key: string;
  readonly seq: number;
}

export interface GoneRequest {
  readonly model: Model;
  readonly grant: Grant;
  /** The caller has seen everything up to it. */
  readonly from: number;
  readonly rows: readonly HiddenRow[];
  /** Whether an image is in the caller's view: rights of now, and the filter. */
  readonly sees: (item: Item) => boolean;
}

/** Rows and images looked at together, so that what is in memory has a bound. */
const ROWS = 50;
const IMAGES = 500;

/**
 * Tells which rows the caller may have had: those of which any image above `from` was in view. For each a tombstone
 * by key, made of the last such image. Undefined where retention has taken entries above `from`, so that nobody can
 * tell any more.
 */
export async function tombstonesOfGone(
  sql: Queryable,
  request: GoneRequest,
): Promise<ReadonlyMap<string, Item> | undefined> {
  const tombstones = new Map<string, Item>();
  for (let start = 0; start < request.rows.length; start += ROWS) {
    let open: readonly OpenRow[] = request.rows
      .slice(start, start + ROWS)
      .map(({ key, seq }) => ({ key, below: seq + 1 }))
      .toSorted((a, b) => compareText(a.key, b.key));
    while (open.length > 0) {
      const looked = await lookBack(sql, request, open);
      if (looked === undefined) return undefined;
      for (const [key, tombstone] of looked.found) tombstones.set(key, tombstone);
      open = looked.open;
    }
  }
  return tombstones;
}

/** A row of which no image in view was found yet, and below which number to look on. */
interface OpenRow {
  readonly key: string;
  readonly below: number;
}

interface Line {
  readonly floor: number;
  readonly key: string | null;
  readonly seq: number;
  readonly before: unknown;
  readonly after: unknown;
  readonly more: true | null;
}

/** Some entries of each row, newest first; `rows` in the order of keys. */
async function lookBack(
  sql: Queryable,
  request: GoneRequest,
  rows: readonly OpenRow[],
): Promise<{ found: ReadonlyMap<string, Item>; open: readonly OpenRow[] } | undefined> {
  const { model, grant, from, sees } = request;
  const limit = Math.ceil(IMAGES / rows.length);
  const lines = await sql<Line[]>`
    select s.floor, e.key, e.seq, e.before, e.after, e.more
    from rockpool.feed_state s left join (
      select j.*, lead(true) over w as more,
        sum(coalesce(pg_column_size(j.before), 0) + coalesce(pg_column_size(j.after), 0))
          over (w rows between unbounded preceding and 1 preceding) as bytes_before
      from unnest(${rows.map(({ key }) => key)}::text[], ${rows.map(({ below }) => below)}::bigint[]) as r (key_, below)
      cross join lateral (
        select j.key, j.seq, j.before, j.after from rockpool.journal j
        where j.topic = ${topics.model(model.name)} and j.key = r.key_ collate "C"
          and j.seq > ${from} and j.seq < r.below and ${ownedBy(sql, grant)}
        order by j.seq desc limit ${limit}
      ) j
      window w as (order by j.key, j.seq desc)
    ) e on coalesce(e.bytes_before, 0) < ${PAGE_BYTES}
    where s.id = 1 order by e.key, e.seq desc`;
  const [first] = lines;
  if (first === undefined || first.floor > from) return undefined;

  const found = new Map<string, Item>();
  const lookedAt = new Map<string, { count: number; last: number }>();
  for (const { key, seq, before, after } of lines) {
    if (key === null) continue;
    lookedAt.set(key, { count: (lookedAt.get(key)?.count ?? 0) + 1, last: seq });
    const tombstone = found.has(key) ? undefined : tombstoneOf(before, after, sees);
    if (tombstone !== undefined) found.set(key, tombstone);
  }
  const last = lines.at(-1);
  /** Where the bytes ended the page: the entries of these rows are not all here. */
  const cut = last?.more === true ? last.key : null;
  const open = rows
    .filter(({ key }) => {
      if (found.has(key)) return false;
      return (lookedAt.get(key)?.count ?? 0) >= limit || (cut !== null && compareText(key, cut) >= 0);
    })
    .map(({ key, below }) => ({ key, below: lookedAt.get(key)?.last ?? below }));
  return { found, open };
}

/** The entry's last image in view as a tombstone, with the version and time of the change that took it away. */
function tombstoneOf(before: unknown, after: unknown, sees: (item: Item) => boolean): Item | undefined {
  if (isItem(after) && sees(after)) return gone(after, after._lastChangedAt + 1);
  if (!isItem(before) || !sees(before)) return undefined;
  return gone(before, isItem(after) ? after._lastChangedAt : before._lastChangedAt + 1);
}

function gone(image: Item, changedAt: number): Item {
  return { ...image, _version: image._version + 1, _deleted: true, _lastChangedAt: changedAt };
}

/**
 * Spares the images of rows that were never the caller's: necessary for being in view, not sufficient. In a model
 * where everybody owns a few items, most changes are of others.
 */
function ownedBy(sql: Queryable, grant: Grant) {
  if (grant.kind !== 'owners') return sql`true`;
  const conditions = grant.fields.map(({ field, many }) => {
    const values = [...grant.values];
    return many
      ? sql`(j.before -> ${field}::text ?| ${values}::text[] or j.after -> ${field}::text ?| ${values}::text[])`
      : sql`(j.before ->> ${field}::text = any(${values}::text[]) or j.after ->> ${field}::text = any(${values}::text[]))`;
  });
  return conditions.reduce((all, one) => sql`(${all} or ${one})`);
}
