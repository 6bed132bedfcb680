import type { Caller } from '../../auth/caller.ts';
import type { Sealer } from '../../auth/sealing.ts';
import type { Database } from '../../database/connection.ts';
import { asUnavailable } from '../../database/errors.ts';
import type { Marks } from '../../feed/marks.ts';
import type { FilterInput } from '../filter/filter.ts';
import type { Item, Model, Schema } from '../model.ts';
import { createPageTokens } from './page-tokens.ts';
import { createReader, type GetOptions, type ItemPage, type ListRequest } from './read.ts';
import { createStore, type Store } from './store.ts';
import { createSynchronizer, type SyncPage, type SyncRequest } from './sync.ts';
import { createWriter, type WriteRequest } from './write.ts';

export interface ModelsParts {
  readonly database: Pick<Database, 'sql' | 'direct' | 'transaction'>;
  readonly sealer: Pick<Sealer, 'signToken' | 'openToken'>;
  readonly schema: Schema;
  readonly marks: Pick<Marks, 'take' | 'at'>;
  /** Called after each commit that changed an item. */
  readonly ring: () => void;
}

type Input = Readonly<Record<string, unknown>>;

/**
 * The items of the shared models, for callers with rules. Inputs and filters are as GraphQL coerced them. All of it
 * throws FORBIDDEN, BAD_USER_INPUT and UNAVAILABLE; reads INVALID_PAGE_TOKEN; writes CONFLICT and CONDITION_FAILED,
 * which carry the stored item (`details.current`) where the caller may read it.
 */
export interface Models {
  create(model: Model, caller: Caller, input: Input, condition?: FilterInput): Promise<Item>;
  update(model: Model, caller: Caller, input: Input, condition?: FilterInput): Promise<Item>;
  /** The tombstone, of an item deleted before too; null where there never was one. */
  delete(model: Model, caller: Caller, input: Input, condition?: FilterInput): Promise<Item | null>;
  get(model: Model, caller: Caller, id: string, options: GetOptions): Promise<Item | null>;
  list(model: Model, caller: Caller, request: ListRequest): Promise<ItemPage>;
  sync(model: Model, caller: Caller, request: SyncRequest): Promise<SyncPage>;
  /** Removes the tombstones whose last change is at or below retention's floor, in batches. Returns how many. */
  purgeTombstones(floor: number): Promise<number>;
}

const PURGE_BATCH = 1000;

export function createModels({ database, sealer, schema, marks, ring }: ModelsParts): Models {
  const stores = new Map(schema.models.map((model) => [model.name, createStore(model)]));
  const tokens = createPageTokens(sealer);
  const writer = createWriter({ database, ring });
  const reader = createReader({ database, tokens });
  const synchronize = createSynchronizer({ database, tokens, marks });

  function storeOf({ name }: Model): Store {
    const store = stores.get(name);
    if (store === undefined) throw new Error(`${name} is no model of the schema`);
    return store;
  }

  async function write(model: Model, request: WriteRequest): Promise<Item> {
    const item = await writer(storeOf(model), request);
    if (item === null) throw new Error('only a delete has nothing to answer with');
    return item;
  }

  return {
    create: (model, caller, input, condition) =>
      write(model, { operation: 'create', caller, input, condition }),
    update: (model, caller, input, condition) =>
      write(model, { operation: 'update', caller, input, condition }),
    delete: (model, caller, input, condition) =>
      writer(storeOf(model), { operation: 'delete', caller, input, condition }),
    get: (model, caller, id, options) => reader.get(storeOf(model), caller, id, options),
    list: (model, caller, request) => reader.list(storeOf(model), caller, request),
    sync: (model, caller, request) => synchronize(storeOf(model), caller, request),
    async purgeTombstones(floor) {
      let purged = 0;
      try {
        for (const store of stores.values()) {
          for (let count = PURGE_BATCH; count === PURGE_BATCH; purged += count) {
            count = await store.purge(database.sql, floor, PURGE_BATCH);
          }
        }
      } catch (error) {
        throw asUnavailable(error);
      }
      return purged;
    },
  };
}
