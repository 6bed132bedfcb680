/** A way to sync that is compared: a model of sync and, for datasets, how the client settles conflicts. */
export type Contender =
  | { readonly id: string; readonly kind: 'dataset'; readonly way: Way; readonly label: string }
  | {
      readonly id: string;
      readonly kind: 'model';
      readonly type: string;
      readonly strategy: string;
      readonly label: string;
    };

/** How a client of a dataset settles a conflict: the usual four. */
export type Way = 'last-writer' | 'server-wins' | 'client-wins' | 'merge-by-field';

const datasets = (
  [
    ['last-writer', 'dataset, the last writer wins'],
    ['server-wins', "dataset, the server's copy wins"],
    ['client-wins', "dataset, the device's copy wins"],
    ['merge-by-field', 'dataset, the device merges by field'],
  ] as const
).map(([way, label]): Contender => ({ id: `dataset/${way}`, kind: 'dataset', way, label }));

const models = (
  [
    ['AutomergeNote', 'AUTOMERGE', 'shared model, the server merges'],
    ['OptimisticNote', 'OPTIMISTIC_CONCURRENCY', 'shared model, the server refuses'],
  ] as const
).map(([type, strategy, label]): Contender => ({
  id: `model/${strategy}`,
  kind: 'model',
  type,
  strategy,
  label,
}));

export const CONTENDERS: readonly Contender[] = [...datasets, ...models];

/** Whether `name` (an id, `dataset`, `model` or `all`) means this contender, and how precisely. 0: it does not. */
export function matches(name: string, contender: Contender): 0 | 1 | 2 | 3 {
  if (name === contender.id) return 3;
  if (name === contender.kind) return 2;
  return name === 'all' ? 1 : 0;
}

/** SDL that a server needs for the models of the comparison: said to whoever points it at one without them. */
export const MODELS_SDL = models
  .map((contender) =>
    contender.kind === 'model'
      ? `type ${contender.type} @model @auth(rules: [{ allow: private }]) @conflict(strategy: ${contender.strategy}) {\n` +
        '  id: ID!\n  title: String!\n  body: String\n  color: String\n}\n'
      : '',
  )
  .join('\n');
