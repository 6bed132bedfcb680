import type { Strategy } from './strategy.ts';

/** Whoever comes second is told so, with what is stored, and decides (spec/appsync.md 2.3). */
export const optimisticConcurrency: Strategy = () => ({ kind: 'reject' });
