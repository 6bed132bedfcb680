import type { Item, Model } from '../model.ts';

/** What a client wants of an item that moved on since the client saw it. */
export interface Incoming {
  readonly operation: 'update' | 'delete';
  /** The version that the client had seen; it may be greater than the stored one. Undefined: it named none. */
  readonly version: number | undefined;
  /** The fields that were sent, explicit nulls among them; none for a delete. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * How a conflict ends. `merge`: these fields are laid over the stored item, as its next version. `keep`: the stored
 * item is the answer and nothing is written. `reject`: CONFLICT, and nothing is written.
 */
export type Outcome =
  | { readonly kind: 'merge'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'keep' }
  | { readonly kind: 'reject' };

/**
 * Settles one conflict. Pure: loading, locking, rules, conditions and the journal stand around it (`engine/decide.ts`).
 * It is asked where the versions differ, and for an update of a tombstone, which always counts as newer. `base` is the
 * item as the client had seen it, where the journal still holds it.
 */
export type Strategy = (model: Model, base: Item | undefined, stored: Item, incoming: Incoming) => Outcome;
