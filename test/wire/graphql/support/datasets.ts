import { ask, type Fields, type Headers } from './call.ts';

/* The dataset fields as an app asks for them. */

export const RECORD = '{ key value syncCount lastModifiedAt lastModifiedBy deviceLastModifiedAt }';

export const PUSH = `mutation Push($input: PushDatasetInput!) {
  pushDataset(input: $input) {
    __typename
    ... on DatasetPushed { records ${RECORD} syncCount position }
    ... on DatasetConflict { syncCount conflicts { key sent current record ${RECORD} } }
  }
}`;

export const PULL = `query Pull($name: String!, $since: Long, $limit: Int, $nextToken: String) {
  pullDataset(name: $name, since: $since, limit: $limit, nextToken: $nextToken) {
    exists deletedSince syncCount records ${RECORD} mergedDatasets sessionToken position nextToken
  }
}`;

const DELETE = `mutation Delete($name: String!, $deviceId: ID) {
  deleteDataset(name: $name, deviceId: $deviceId) {
    name syncCount createdAt lastModifiedAt lastModifiedBy dataStorage numRecords
  }
}`;

export interface Patch {
  readonly op: 'REPLACE' | 'REMOVE';
  readonly key: string;
  readonly value?: string | null;
  readonly syncCount: number;
  readonly deviceLastModifiedAt?: string;
}

export interface Pushed {
  readonly __typename: 'DatasetPushed' | 'DatasetConflict';
  readonly syncCount: number;
  readonly records: readonly Fields[];
  readonly position: string;
}

export interface Pulled {
  readonly exists: boolean;
  readonly deletedSince: boolean;
  readonly syncCount: number;
  readonly records: readonly Fields[];
  readonly sessionToken: string;
  readonly position: string;
  readonly nextToken: string | null;
}

export function push(
  url: string,
  headers: Headers,
  name: string,
  patches: readonly Patch[],
  more: Fields = {},
): Promise<Pushed> {
  return ask(url, headers, PUSH, { input: { name, patches, ...more } });
}

export function pull(url: string, headers: Headers, name: string, more: Fields = {}): Promise<Pulled> {
  return ask(url, headers, PULL, { name, ...more });
}

export function deleted(url: string, headers: Headers, name: string, deviceId?: string): Promise<Fields> {
  return ask(url, headers, DELETE, { name, ...(deviceId === undefined ? {} : { deviceId }) });
}
