/** A dataset as its owner sees it. Times are ISO 8601 with milliseconds, by Postgres's clock. */
export interface Dataset {
  readonly name: string;
  readonly syncCount: number;
  readonly createdAt: string;
  readonly lastModifiedAt: string;
  readonly lastModifiedBy: string;
  readonly dataStorage: number;
  readonly numRecords: number;
}

/** A null value: the record was removed. */
export interface DatasetRecord {
  readonly key: string;
  readonly value: string | null;
  readonly syncCount: number;
  readonly lastModifiedAt: string;
  readonly lastModifiedBy: string;
  readonly deviceLastModifiedAt: string;
}

export interface DatasetPage {
  readonly items: readonly Dataset[];
  readonly nextToken: string | null;
}

export interface PageRequest {
  readonly limit?: number | undefined;
  readonly nextToken?: string | undefined;
}

export interface PullRequest extends PageRequest {
  readonly name: string;
  readonly since: number;
}

export interface Pull {
  readonly exists: boolean;
  readonly deletedSince: boolean;
  readonly syncCount: number;
  readonly records: readonly DatasetRecord[];
  readonly mergedDatasets: readonly string[];
  readonly sessionToken: string;
  readonly position: string;
  readonly nextToken: string | null;
}

export interface PatchInput {
  readonly op: 'REPLACE' | 'REMOVE';
  readonly key: string;
  readonly value?: string | null | undefined;
  readonly syncCount: number;
  readonly deviceLastModifiedAt?: string | null | undefined;
}

export interface PushInput {
  readonly name: string;
  readonly patches: readonly PatchInput[];
  readonly deviceId?: string | null | undefined;
  readonly sessionToken?: string | null | undefined;
}

export interface RecordConflict {
  readonly key: string;
  readonly sent: number;
  readonly current: number;
  readonly record: DatasetRecord;
}

export type PushResult =
  | {
      readonly kind: 'pushed';
      readonly records: readonly DatasetRecord[];
      readonly syncCount: number;
      readonly position: string;
    }
  | { readonly kind: 'conflict'; readonly syncCount: number; readonly conflicts: readonly RecordConflict[] };
