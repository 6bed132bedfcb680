import type { ApolloServer } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { createDatasets, type Datasets } from '../datasets/datasets.ts';
import { encodePosition } from '../feed/position.ts';
import type { Context } from '../graphql/context.ts';
import { executableSchema } from '../graphql/executable-schema.ts';
import { modelSdl } from '../graphql/model-sdl/model-sdl.ts';
import { datasetResolvers } from '../graphql/resolvers/datasets.ts';
import { modelResolvers } from '../graphql/resolvers/models.ts';
import { merged } from '../graphql/resolver.ts';
import { scalars } from '../graphql/scalars.ts';
import { createPreparedDocuments, type PreparedDocuments } from '../graphql/prepared-documents.ts';
import { createApollo } from '../graphql/server.ts';
import { createModels, type Models } from '../models/engine/models.ts';
import type { Schema } from '../models/model.ts';
import type { Callers } from './callers.ts';
import type { Config } from './config/config.ts';
import type { Foundation } from './foundation.ts';

/** The two ways to sync, and GraphQL over both. */
export interface Sync {
  readonly datasets: Datasets;
  readonly models: Models;
  readonly schema: GraphQLSchema;
  readonly apollo: ApolloServer<Context>;
  /** What Apollo has found good before and need not be asked again. */
  readonly documents: PreparedDocuments;
  /** Context of one request: the position is taken before anything is read. */
  contextOf(caller: Context['caller'], requestId: string, amplify: boolean): Context;
}

export function createSync(
  foundation: Foundation,
  callers: Callers,
  config: Config,
  sdl: { readonly api: string; readonly schema: Schema },
  clock: Clock,
  log: Log,
): Sync {
  const { database, sealer, bus, reader, marks } = foundation;
  const feed = { ring: () => bus.ring(), epoch: () => reader.epoch, horizon: () => reader.horizon };
  const datasets = createDatasets({
    database,
    sealer,
    clock,
    ...feed,
    sessionMinutes: config.sessionMinutes,
  });
  const models = createModels({ database, sealer, schema: sdl.schema, marks, ring: feed.ring });
  const schema = executableSchema(
    `${sdl.api}\n${modelSdl(sdl.schema)}`,
    scalars,
    merged(datasetResolvers(datasets, log), modelResolvers(sdl.schema, models, log)),
  );
  const documents = createPreparedDocuments(schema);
  return {
    datasets,
    models,
    schema,
    apollo: createApollo({ schema, documents, introspection: !config.production, log }),
    documents,
    contextOf(caller, requestId, amplify) {
      let identity: Promise<string> | undefined;
      return {
        caller,
        requestId,
        amplify,
        position: encodePosition({ epoch: reader.epoch, horizon: reader.horizon }),
        identity: () => (identity ??= callers.identityOf(caller)),
        baseReads: [],
      };
    },
  };
}
