/**
 * A shared model as the engine knows it, made from SDL by `parseModels` and used by everything else:
 * tables, statements, rules, the GraphQL schema and the hub. Immutable after start.
 */
export interface Schema {
  readonly models: readonly Model[];
  readonly modelsByName: ReadonlyMap<string, Model>;
  readonly enums: readonly EnumType[];
  /** Nested, non-model types: stored as jsonb. */
  readonly objects: readonly ObjectType[];
}

export interface Model {
  /** Type name, such as `Note`. */
  readonly name: string;
  /** As npm's pluralize forms it: `Notes`. */
  readonly plural: string;
  readonly description: string | undefined;
  /** Table in `public`, snake_case of the type name: `note`. */
  readonly table: string;
  /**
   * User fields in the order of the SDL, then, where the SDL has them not, `id`, `createdAt`, `updatedAt` and the
   * owner fields of rules. Metadata (`_version` and the like) is not among them.
   */
  readonly fields: readonly Field[];
  readonly fieldsByName: ReadonlyMap<string, Field>;
  /** Names of the key's fields; `['id']` until custom keys come. Their values joined by `#` are an item's key. */
  readonly key: readonly string[];
  readonly strategy: StrategyName;
  /** In the order of the SDL. No rules: nobody but root. */
  readonly rules: readonly Rule[];
}

/**
 * The longest key and the longest single owner, in bytes of UTF-8: both stand in index rows, which Postgres limits.
 * DynamoDB allows a partition key as much.
 */
export const KEY_BYTES = 2048;

export type StrategyName = 'AUTOMERGE' | 'OPTIMISTIC_CONCURRENCY';

export interface Field {
  readonly name: string;
  readonly description: string | undefined;
  /** Column, snake_case of the name. */
  readonly column: string;
  /** The element's type where `list` is set. */
  readonly type: FieldType;
  readonly nonNull: boolean;
  /** For lists: whether elements may be null. */
  readonly list: { readonly nonNullElements: boolean } | undefined;
  /** `timestamp` and `owner` fields that the engine added itself; they are in no input. */
  readonly implicit: 'timestamp' | 'owner' | undefined;
}

export type ScalarName =
  | 'ID'
  | 'String'
  | 'Int'
  | 'Float'
  | 'Boolean'
  | 'AWSDate'
  | 'AWSTime'
  | 'AWSDateTime'
  | 'AWSTimestamp'
  | 'AWSEmail'
  | 'AWSJSON'
  | 'AWSURL'
  | 'AWSPhone'
  | 'AWSIPAddress';

export type FieldType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | { readonly kind: 'enum'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'object'; readonly name: string };

export interface EnumType {
  readonly name: string;
  readonly description: string | undefined;
  readonly values: readonly string[];
}

export interface ObjectType {
  readonly name: string;
  readonly description: string | undefined;
  readonly fields: readonly Field[];
}

export type ModelOperation = 'create' | 'update' | 'delete' | 'get' | 'list' | 'sync' | 'listen';

export type Rule =
  | {
      readonly allow: 'owner';
      readonly operations: ReadonlySet<ModelOperation>;
      readonly ownerField: string;
      /** True for a list of owners. */
      readonly many: boolean;
    }
  | { readonly allow: 'private'; readonly operations: ReadonlySet<ModelOperation> }
  | {
      readonly allow: 'groups';
      readonly operations: ReadonlySet<ModelOperation>;
      readonly groups: readonly string[];
    }
  | { readonly allow: 'public'; readonly operations: ReadonlySet<ModelOperation> };

/**
 * An item as it travels through the house and stands in the journal: keyed by GraphQL field names, values as
 * JSON. `owner` holds the stored form (`sub::username`).
 */
export interface Item {
  readonly [field: string]: unknown;
  readonly _version: number;
  /** True on a tombstone, otherwise null. */
  readonly _deleted: true | null;
  /** Epoch milliseconds, strictly increasing per item. */
  readonly _lastChangedAt: number;
}
