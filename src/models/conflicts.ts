import type { Item, StrategyName } from './model.ts';
import type { Incoming } from './strategies/strategy.ts';

/** A conflict as it was detected and settled, kept in `rockpool.conflicts` in the transaction that settled it. */
export interface Conflict {
  readonly key: string;
  readonly operation: Incoming['operation'];
  readonly strategy: StrategyName;
  readonly outcome: 'merged' | 'rejected';
  /** The version that the client named; the stored one where it named none (an update of a tombstone). */
  readonly baseVersion: number;
  /** The item at that version, where the journal still holds it. */
  readonly base: Item | undefined;
  readonly stored: Item;
  /** The fields that were sent. */
  readonly incoming: Readonly<Record<string, unknown>>;
  /** What is stored now; undefined where it was rejected. */
  readonly result: Item | undefined;
}

/** Columns of `rockpool.conflicts` in the order of `conflictValues`, each with the cast of its parameter. */
export const CONFLICT_COLUMNS: readonly (readonly [column: string, cast: string])[] = [
  ['model', 'text'],
  ['item_id', 'text'],
  ['operation', 'text'],
  ['strategy', 'text'],
  ['outcome', 'text'],
  ['base_version', 'integer'],
  ['base', 'text::jsonb'],
  ['stored', 'text::jsonb'],
  ['incoming', 'text::jsonb'],
  ['result', 'text::jsonb'],
  ['actor', 'text'],
];

export function conflictValues(
  model: string,
  actor: string,
  conflict: Conflict,
): readonly (string | number | null)[] {
  const { key, operation, strategy, outcome, baseVersion, base, stored, incoming, result } = conflict;
  const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
  return [
    model,
    key,
    operation,
    strategy,
    outcome,
    baseVersion,
    json(base),
    json(stored),
    json(incoming),
    json(result),
    actor,
  ];
}
