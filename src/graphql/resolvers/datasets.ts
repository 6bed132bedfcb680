import type { Log } from '../../base/log.ts';
import { actorOf } from '../../auth/caller.ts';
import type { Datasets } from '../../datasets/datasets.ts';
import type { PushInput } from '../../datasets/dataset.ts';
import { RockpoolError } from '../../base/errors.ts';
import { rootField, type ResolverMap } from '../resolver.ts';

interface Page {
  readonly limit: number | null;
  readonly nextToken: string | null;
}

/** The fields of `schema/rockpool.graphql`: each one call of the engine, on the caller's own identity. */
export function datasetResolvers(datasets: Datasets, log: Log): ResolverMap {
  return {
    Query: {
      position: rootField(log, (_args, context) => context.position),
      datasets: rootField<Page>(log, async (args, context) =>
        datasets.list(await context.identity(), pageOf(args)),
      ),
      dataset: rootField<{ name: string }>(log, async ({ name }, context) =>
        datasets.describe(await context.identity(), name),
      ),
      pullDataset: rootField<Page & { name: string; since: number | null }>(log, async (args, context) =>
        datasets.pull(await context.identity(), { name: args.name, since: args.since ?? 0, ...pageOf(args) }),
      ),
    },
    Mutation: {
      pushDataset: rootField<{ input: PushInput }>(log, async ({ input }, context) => {
        const result = await datasets.push(await context.identity(), actorOf(context.caller), input);
        return result.kind === 'pushed'
          ? {
              __typename: 'DatasetPushed',
              records: result.records,
              syncCount: result.syncCount,
              position: result.position,
            }
          : { __typename: 'DatasetConflict', syncCount: result.syncCount, conflicts: result.conflicts };
      }),
      deleteDataset: rootField<{ name: string; deviceId: string | null }>(
        log,
        async ({ name, deviceId }, context) => {
          const identity = await context.identity();
          return datasets.drop(identity, actorOf(context.caller), name, deviceId ?? undefined);
        },
      ),
    },
  };
}

function pageOf({ limit, nextToken }: Page) {
  return { limit: limit ?? undefined, nextToken: nextToken ?? undefined };
}

/** What callers without an identity get from the dataset fields. */
export function withoutIdentity(kind: string): RockpoolError {
  return new RockpoolError(
    'FORBIDDEN',
    `Datasets belong to one user: a caller by ${kind} has none. Sign in and send a token.`,
  );
}
