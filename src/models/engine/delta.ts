import type { Queryable } from '../../database/connection.ts';
import { matches } from '../filter/evaluate.ts';
import type { Filter } from '../filter/filter.ts';
import type { Item } from '../model.ts';
import { isVisible, type Grant } from '../rules.ts';
import { tombstonesOfGone, type HiddenRow } from './gone.ts';
import { pageOf, type Page, type PageLine } from './pages.ts';
import type { Store, Stored } from './store.ts';
import type { Delta } from './sync-place.ts';

export interface DeltaRequest {
  readonly store: Store;
  readonly grant: Grant;
  readonly filter: Filter | undefined;
  readonly horizon: number;
  readonly limit: number;
}

export interface DeltaPage {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined: this was the last. */
  readonly next: Delta | undefined;
}

/** Changes that one page looks at, at most: of those most may be of rows that the caller never sees. */
const MAX_LOOKED_AT = 10_000;
const BATCH = 1000;

/**
 * One page of a delta, of the rows as they are now. A row that is out of view now but was in view since `from` comes
 * as a tombstone. Undefined where retention, or another epoch, took what a delta must know: read the base.
 */
export async function readDelta(
  sql: Queryable,
  delta: Delta,
  request: DeltaRequest,
): Promise<DeltaPage | undefined> {
  const items: Item[] = [];
  let { after, epoch } = delta;
  for (let left = MAX_LOOKED_AT; left > 0;) {
    const size = Math.min(left, left === MAX_LOOKED_AT ? request.limit : BATCH);
    const batch = await readBatch(sql, { ...delta, after, epoch }, request, size);
    const shown = batch === undefined ? undefined : await show(sql, delta, request, batch.page.rows);
    if (batch === undefined || shown === undefined) return undefined;
    ({ epoch } = batch);
    const { rows, more } = batch.page;
    for (const { seq, item } of shown) {
      if (items.length === request.limit) return { items, next: { ...delta, after, epoch } };
      after = seq;
      if (item !== undefined) items.push(item);
    }
    if (!more) return { items, next: undefined };
    // Large rows end a batch early: what is shown of them is enough for one page.
    if (items.length === request.limit || (items.length > 0 && rows.length < size)) break;
    left -= size;
  }
  return { items, next: { ...delta, after, epoch } };
}

interface Batch {
  readonly page: Page;
  readonly epoch: string;
}

type Line = Omit<PageLine, '_seq'> & {
  readonly _floor: number;
  readonly _epoch: string;
  readonly _seq: number | null;
};

/** Rows, floor and epoch of one snapshot. Its cost is that of the rows it finds, whatever the table holds. */
async function readBatch(
  sql: Queryable,
  { from, after, epoch }: Delta,
  { store, horizon }: DeltaRequest,
  size: number,
): Promise<Batch | undefined> {
  const values = [after, horizon, size + 1];
  const lines = await sql.unsafe<Line[]>(store.statements.delta, values, { prepare: true });
  const [first] = lines;
  if (first === undefined || first._floor > from) return undefined;
  if (epoch !== undefined && first._epoch !== epoch) return undefined;
  const changed = lines.flatMap(({ _floor, _epoch, _seq, ...line }) =>
    _seq === null ? [] : [{ ...line, _seq }],
  );
  return { page: pageOf(changed as PageLine[], size), epoch: first._epoch };
}

interface Shown {
  readonly seq: number;
  readonly item: Item | undefined;
}

/** What the caller gets of each row, in order: the item, a tombstone, or nothing. */
async function show(
  sql: Queryable,
  { from }: Delta,
  { store, grant, filter }: DeltaRequest,
  rows: readonly Stored[],
): Promise<readonly Shown[] | undefined> {
  const sees = (item: Item): boolean =>
    isVisible(grant, item) && (filter === undefined || matches(filter, item));
  const hidden = new Map<Stored, HiddenRow>();
  for (const row of rows) {
    if (!sees(row.item)) hidden.set(row, { key: String(row.item['id']), seq: row.seq });
  }
  const request = { model: store.model, grant, from, rows: [...hidden.values()], sees };
  const gone = await tombstonesOfGone(sql, request);
  if (gone === undefined) return undefined;
  return rows.map((row) => {
    const away = hidden.get(row);
    return { seq: row.seq, item: away === undefined ? row.item : gone.get(away.key) };
  });
}
