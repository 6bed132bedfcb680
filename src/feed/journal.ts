import type { Json } from '../base/json.ts';

/** One change, as the journal holds it. Entries are read in the order of `seq`. */
export interface Entry {
  readonly seq: number;
  readonly topic: string;
  /** Key of the changed thing within its topic: dataset name, item id, login. */
  readonly key: string;
  /** Sync count of the dataset or version of the item after the change. */
  readonly version: number;
  readonly operation: Operation;
  /** The image before: what tells who must hear that a row is gone. Null on creation. */
  readonly before: Json;
  readonly after: Json;
  /** Who, as `actorOf` names a caller. */
  readonly actor: string | null;
  readonly device: string | null;
  readonly at: Date;
}

/**
 * `push` and `drop` are a dataset's, `create`, `update` and `delete` an item's; the others are of a caller topic:
 * a right that changed.
 */
export type Operation =
  | 'push'
  | 'drop'
  | 'create'
  | 'update'
  | 'delete'
  | 'groups'
  | 'sign-out'
  | 'revoke'
  | 'disable'
  | 'enable'
  | 'remove'
  | 'identity';

/** Topics, the one place that spells them. */
export const topics = {
  dataset: (identity: string, name: string) => `dataset:${identity}/${name}`,
  /** Prefix of all datasets of one identity. */
  datasetsOf: (identity: string) => `dataset:${identity}/`,
  model: (type: string) => `model:${type}`,
  caller: (poolId: string, sub: string) => `caller:${poolId}/${sub}`,
} as const;

/** A dataset's change: the records of one push as stored. In `after` of a `push` entry. */
export interface DatasetImage {
  readonly records: readonly RecordImage[];
}

/** A record as the journal holds it: short names, one per line of a push of 1 024. Times in epoch milliseconds. */
export interface RecordImage {
  readonly k: string;
  readonly v: string | null;
  /** Sync count. */
  readonly c: number;
  /** Last modified. */
  readonly m: number;
  /** Last modified by. */
  readonly b: string;
  /** Last modified on the device. */
  readonly d: number;
}
