import { actorOf, type Caller } from '../../auth/caller.ts';
import { unavailable, type RockpoolError } from '../../base/errors.ts';
import { uuid } from '../../base/ids.ts';
import type { Database, Queryable } from '../../database/connection.ts';
import { asUnavailable } from '../../database/errors.ts';
import type { FilterInput } from '../filter/filter.ts';
import { parseFilter } from '../filter/parse.ts';
import type { Item } from '../model.ts';
import { grantsFor, notAuthorized } from '../rules.ts';
import { decide, type Mutation } from './decide.ts';
import { readChange, readContent } from './input.ts';
import type { Store } from './store.ts';

export interface WriterParts {
  readonly database: Pick<Database, 'sql' | 'direct' | 'transaction'>;
  /** Called after a commit that changed something. */
  readonly ring: () => void;
}

export interface WriteRequest {
  readonly operation: Mutation['operation'];
  readonly caller: Caller;
  readonly input: Readonly<Record<string, unknown>>;
  readonly condition: FilterInput | undefined;
}

export type Writer = (store: Store, request: WriteRequest) => Promise<Item | null>;

/** How often a write is begun anew because others changed the item between its reading and its writing. */
const ATTEMPTS = 8;

/**
 * A write is two statements. The first reads the row; then it is decided what becomes of it; the second, alone in its
 * transaction, writes row, journal entry and conflict if the row is still the one that was read. So nothing is locked
 * while a message travels, and two round trips suffice. Where another writer came between, the same is done again in
 * a transaction that holds the row from the reading on, so that writers of a hot item wait in a line.
 */
export function createWriter({ database, ring }: WriterParts): Writer {
  async function attempt(store: Store, mutation: Mutation, actor: string, number: number): Promise<Ending> {
    // Behind a transaction pooler only a transaction can have a lock time-out.
    if (number === 0 && database.direct) return tryOnce(database.sql, store, mutation, actor, false);
    return database.transaction((sql) => tryOnce(sql, store, mutation, actor, true));
  }

  return async (store, { operation, caller, input, condition }) => {
    const { model } = store;
    const grant = grantsFor(model, caller, operation);
    if (grant.kind === 'none') throw notAuthorized(`${operation}${model.name}`, 'Mutation');
    const mutation: Mutation = {
      model,
      caller,
      operation,
      grant,
      change: operation === 'create' ? readContent(model, input, uuid) : readChange(model, input),
      condition: condition === undefined ? undefined : parseFilter(model, condition, 'condition'),
    };
    try {
      for (let number = 0; number < ATTEMPTS; number++) {
        const ending = await attempt(store, mutation, actorOf(caller), number);
        if (ending === 'again') continue;
        if ('error' in ending) throw ending.error;
        if (ending.wrote) ring();
        return ending.item;
      }
    } catch (error) {
      throw asUnavailable(error);
    }
    throw unavailable('The item is written by too many at once. Try again.');
  };
}

type Ending =
  | { readonly item: Item | null; readonly wrote: boolean }
  | { readonly error: RockpoolError }
  | 'again';

/** What is refused is returned, not thrown: the conflict that is kept with it must be committed. */
async function tryOnce(
  sql: Queryable,
  store: Store,
  mutation: Mutation,
  actor: string,
  lock: boolean,
): Promise<Ending> {
  const { key } = mutation.change;
  const { stored, now } = await store.look(sql, key, lock);
  const decision = await decide(mutation, stored, now, (version) => store.imageOf(sql, key, version));
  switch (decision.kind) {
    case 'insert':
      return ended(await store.insert(sql, key, decision.after, actor), decision.after);
    case 'replace':
      return ended(await store.replace(sql, key, decision, actor), decision.after);
    case 'answer':
      if (decision.conflict !== undefined) await store.keep(sql, decision.conflict, actor);
      return { item: decision.item, wrote: false };
    case 'refuse':
      if (decision.conflict !== undefined) await store.keep(sql, decision.conflict, actor);
      return { error: decision.error };
  }
}

function ended(wrote: boolean, item: Item): Ending {
  return wrote ? { item, wrote } : 'again';
}
