import type { Sealer } from '../auth/sealing.ts';
import { RockpoolError } from '../base/errors.ts';
import { isObject, type Json } from '../base/json.ts';
import type { Sql } from '../database/connection.ts';
import { identityHash } from '../feed/position.ts';
import type { DatasetRecord } from './dataset.ts';

/** What one statement reads for a page: everything in one snapshot. */
export interface PageRow {
  readonly mergedInto: string | null;
  readonly lastSeq: number;
  /** Null: the dataset never was. */
  readonly exists: boolean | null;
  readonly syncCount: number;
  readonly deletedAtCount: number | null;
  readonly mergedDatasets: readonly string[];
  /** Key, value, count, time, by whom, time on the device; times in milliseconds. Null for none. */
  readonly records: readonly RecordRow[] | null;
}

export type RecordRow = readonly [string, string | null, number, number, string, number];

/** Where a page begins, and up to which count it goes. */
export interface PageFrom {
  readonly syncCount: number;
  readonly key: string;
  readonly upTo: number;
}

/** A range of the index records_delta: what did not change is not touched. One record more than asked for, if any. */
export async function readPullPage(
  sql: Sql,
  identity: string,
  name: string,
  from: PageFrom,
  limit: number,
): Promise<PageRow | undefined> {
  const [row] = await sql<PageRow[]>`
    select i.merged_into as "mergedInto", i.last_seq as "lastSeq", d.exists, coalesce(d.sync_count, 0) as "syncCount",
      d.deleted_at_count as "deletedAtCount",
      array(
        select m.name from rockpool.datasets m
        where m.identity_id = i.id and m.merged_from = ${name} and m.exists order by m.name
      ) as "mergedDatasets",
      (
        select json_agg(json_build_array(r.key, r.value, r.sync_count,
          (extract(epoch from r.last_modified_at) * 1000)::bigint, r.last_modified_by,
          (extract(epoch from r.device_last_modified_at) * 1000)::bigint))
        from (
          select * from rockpool.records r
          where r.identity_id = i.id and r.dataset = ${name}
            and (r.sync_count, r.key) > (${from.syncCount}::bigint, ${from.key}) and r.sync_count <= ${from.upTo}
          order by r.sync_count, r.key limit ${limit + 1}
        ) r
      ) as records
    from rockpool.identities i left join rockpool.datasets d on d.identity_id = i.id and d.name = ${name}
    where i.id = ${identity}`;
  return row;
}

/** Rows as records. Times repeat within a push: each is written once. */
export function toRecords(rows: readonly RecordRow[]): DatasetRecord[] {
  let lastMs = Number.NaN;
  let lastIso = '';
  const iso = (ms: number): string => {
    if (ms !== lastMs) {
      lastMs = ms;
      lastIso = new Date(ms).toISOString();
    }
    return lastIso;
  };
  return rows.map(([key, value, syncCount, at, by, deviceAt]) => ({
    key,
    value,
    syncCount,
    lastModifiedAt: iso(at),
    lastModifiedBy: by,
    deviceLastModifiedAt: iso(deviceAt),
  }));
}

/** What all pages of one pull share, and where the next of them begins. Signed: good on every node. */
export interface PullPlace {
  readonly exists: boolean;
  readonly deletedSince: boolean;
  readonly syncCount: number;
  readonly position: string;
  readonly after: { readonly syncCount: number; readonly key: string };
}

const PURPOSE = 'pull-page';

/** Page tokens of pulls. They hold for one caller and one question. */
export function createPullTokens(sealer: Pick<Sealer, 'signToken' | 'openToken'>) {
  const question = (identity: string, name: string, since: number) =>
    `${identityHash(identity)} ${since} ${name}`;
  return {
    issue(identity: string, name: string, since: number, place: PullPlace): string {
      return sealer.signToken({ q: question(identity, name, since), p: place as unknown as Json }, PURPOSE);
    },
    /** INVALID_PAGE_TOKEN for any other text. */
    open(token: string, identity: string, name: string, since: number): PullPlace {
      const payload = sealer.openToken(token, PURPOSE);
      if (isObject(payload) && payload['q'] === question(identity, name, since))
        return payload['p'] as unknown as PullPlace;
      throw invalidPage();
    },
  };
}

export function invalidPage(): RockpoolError {
  return new RockpoolError(
    'INVALID_PAGE_TOKEN',
    'This nextToken is not for this caller and this question: begin again without it.',
  );
}
