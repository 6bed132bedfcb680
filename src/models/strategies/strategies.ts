import type { StrategyName } from '../model.ts';
import { automerge } from './automerge.ts';
import { optimisticConcurrency } from './optimistic-concurrency.ts';
import type { Strategy } from './strategy.ts';

/** One line a strategy; its name is the value of `@conflict(strategy:)`. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  AUTOMERGE: automerge,
  OPTIMISTIC_CONCURRENCY: optimisticConcurrency,
};
