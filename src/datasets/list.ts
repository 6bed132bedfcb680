import type { Sealer } from '../auth/sealing.ts';
import { RockpoolError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import type { Sql } from '../database/connection.ts';
import { identityHash } from '../feed/position.ts';
import type { Dataset, DatasetPage, PageRequest } from './dataset.ts';
import { invalidPage } from './pull.ts';
import { pageSize } from './validate.ts';

interface DatasetRow extends Omit<Dataset, 'createdAt' | 'lastModifiedAt'> {
  readonly createdAt: Date;
  readonly lastModifiedAt: Date;
}

const MAX_LIST = 64;
const PURPOSE = 'datasets-page';

/** The datasets themselves, without their records. */
export function createListing(sql: Sql, sealer: Pick<Sealer, 'signToken' | 'openToken'>) {
  const columns = sql`name, sync_count as "syncCount", created_at as "createdAt", last_modified_at as "lastModifiedAt",
    last_modified_by as "lastModifiedBy", data_storage as "dataStorage", num_records as "numRecords"`;

  function afterOf(token: string | undefined, identity: string): string {
    if (token === undefined) return '';
    const payload = sealer.openToken(token, PURPOSE);
    if (isObject(payload) && payload['i'] === identityHash(identity) && typeof payload['n'] === 'string') {
      return payload['n'];
    }
    throw invalidPage();
  }

  return {
    async list(identity: string, request: PageRequest): Promise<DatasetPage> {
      const limit = pageSize(request.limit, MAX_LIST);
      const rows = await sql<DatasetRow[]>`
        select ${columns} from rockpool.datasets d
        where identity_id = ${identity} and d.exists and name > ${afterOf(request.nextToken, identity)}
        order by name limit ${limit + 1}`;
      const items = rows.slice(0, limit).map(toDataset);
      const last = rows.length > limit ? items.at(-1) : undefined;
      const nextToken =
        last === undefined ? null : sealer.signToken({ i: identityHash(identity), n: last.name }, PURPOSE);
      return { items, nextToken };
    },

    async describe(identity: string, name: string): Promise<Dataset | null> {
      const [row] = await sql<DatasetRow[]>`
        select ${columns} from rockpool.datasets d
        where identity_id = ${identity} and name = ${name} and d.exists`;
      return row === undefined ? null : toDataset(row);
    },

    async drop(
      identity: string,
      actor: string,
      name: string,
      deviceId: string | undefined,
    ): Promise<Dataset> {
      const [row] = await sql<(Omit<DatasetRow, 'name'> & { outcome: string; survivor: string | null })[]>`
        select outcome, survivor, sync_count as "syncCount", created_at as "createdAt",
          last_modified_at as "lastModifiedAt", last_modified_by as "lastModifiedBy",
          data_storage as "dataStorage", num_records as "numRecords"
        from rockpool.drop_dataset(${identity}, ${name}, ${actor}, ${deviceId ?? null})`;
      if (row?.outcome === 'merged' && row.survivor !== null)
        return this.drop(row.survivor, actor, name, deviceId);
      if (row?.outcome !== 'dropped') {
        throw new RockpoolError('NOT_FOUND', `There is no dataset ${name}.`);
      }
      return toDataset({ ...row, name });
    },
  };
}

function toDataset(row: DatasetRow): Dataset {
  return {
    name: row.name,
    syncCount: row.syncCount,
    createdAt: row.createdAt.toISOString(),
    lastModifiedAt: row.lastModifiedAt.toISOString(),
    lastModifiedBy: row.lastModifiedBy,
    dataStorage: row.dataStorage,
    numRecords: row.numRecords,
  };
}
