/**
 * Sync: everything once, then what changed. `startedAt` is the time of a mark, which names a horizon in the journal;
 * given back as `lastSync` it means the last mark at or before it. The mark is taken before the first read, so what
 * the pages do not hold lies above its horizon and comes with the next sync.
 *
 * A delta can be told only while nothing of what it needs is gone. Otherwise the base is read: without `lastSync`;
 * where no mark is as old; where retention's floor passed the mark (looked at again in the snapshot of each page: a
 * delta goes on as a base read); after a change of the caller's groups; in another epoch.
 */

import type { Caller } from '../../auth/caller.ts';
import type { Database } from '../../database/connection.ts';
import { asUnavailable } from '../../database/errors.ts';
import type { Marks } from '../../feed/marks.ts';
import type { Filter, FilterInput } from '../filter/filter.ts';
import { parseFilter } from '../filter/parse.ts';
import { grantsFor, notAuthorized, type Grant } from '../rules.ts';
import { readBase } from './base-read.ts';
import { readDelta } from './delta.ts';
import type { PageTokens, Question } from './page-tokens.ts';
import { clampLimit, type ItemPage } from './read.ts';
import { rightsChangedSince } from './rights.ts';
import type { Store } from './store.ts';
import { BASE, readPlace, writePlace, type Base, type Delta, type SyncPlace } from './sync-place.ts';

export interface SyncParts {
  readonly database: Pick<Database, 'sql'>;
  readonly tokens: PageTokens;
  readonly marks: Pick<Marks, 'take' | 'at'>;
}

export interface SyncRequest {
  readonly filter?: FilterInput | undefined;
  /** Items of a page: 1 to 1 000, 100 where none is given. A page may hold fewer and yet not be the last. */
  readonly limit?: number | undefined;
  readonly nextToken?: string | undefined;
  /** `startedAt` of an earlier sync, in milliseconds. Undefined or 0: none. */
  readonly lastSync?: number | undefined;
}

export interface SyncPage extends ItemPage {
  /** Milliseconds, the same on every page. */
  readonly startedAt: number;
  /** True where `lastSync` was given and the base is read: what the pages do not bring is gone. */
  readonly base: boolean;
}

export type Synchronizer = (store: Store, caller: Caller, request: SyncRequest) => Promise<SyncPage>;

export function createSynchronizer({ database, tokens, marks }: SyncParts): Synchronizer {
  const { sql } = database;

  async function begin(caller: Caller, lastSync: number): Promise<SyncPlace> {
    // In this order: a time ahead of Postgres' clock must not mean the mark that is taken now.
    const last = lastSync > 0 ? await marks.at(lastSync) : undefined;
    const mark = await marks.take();
    const started = { startedAt: mark.ms, horizon: mark.horizon };
    if (last === undefined || (await rightsChangedSince(sql, caller, last))) {
      return { ...started, fellBack: lastSync > 0, reading: BASE };
    }
    const delta: Delta = { kind: 'delta', from: last.horizon, after: last.horizon, epoch: undefined };
    return { ...started, fellBack: false, reading: delta };
  }

  async function read(place: SyncPlace, request: PageRequest): Promise<Page> {
    const { horizon, reading } = place;
    const asked = { ...request, horizon };
    if (reading.kind === 'delta') {
      const page = await readDelta(sql, reading, asked);
      if (page !== undefined) return { ...page, fellBack: false };
      return { ...(await readBase(sql, BASE, asked)), fellBack: true };
    }
    return { ...(await readBase(sql, reading, asked)), fellBack: place.fellBack };
  }

  return async (store, caller, { filter: input, limit, nextToken, lastSync }) => {
    const { model } = store;
    const grant = grantsFor(model, caller, 'sync');
    if (grant.kind === 'none') throw notAuthorized(`sync${model.plural}`, 'Query');
    const question: Question = { field: 'sync', model: model.name, caller, filter: input };
    const given = nextToken === undefined ? undefined : readPlace(tokens.read(question, nextToken));
    const filter = input === undefined ? undefined : parseFilter(model, input, 'filter');
    try {
      const place = given ?? (await begin(caller, lastSync ?? 0));
      const { items, next, fellBack } = await read(place, { store, grant, filter, limit: clampLimit(limit) });
      const { startedAt, horizon } = place;
      return {
        items,
        nextToken:
          next === undefined
            ? null
            : tokens.write(question, writePlace({ startedAt, horizon, fellBack, reading: next })),
        startedAt,
        base: fellBack,
      };
    } catch (error) {
      throw asUnavailable(error);
    }
  };
}

interface PageRequest {
  readonly store: Store;
  readonly grant: Grant;
  readonly filter: Filter | undefined;
  readonly limit: number;
}

interface Page extends Pick<ItemPage, 'items'> {
  readonly next: Delta | Base | undefined;
  readonly fellBack: boolean;
}
