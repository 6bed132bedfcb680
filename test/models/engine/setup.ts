import { createSealer } from '../../../src/auth/sealing.ts';
import type { UserCaller } from '../../../src/auth/caller.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Database } from '../../../src/database/connection.ts';
import { createMarks } from '../../../src/feed/marks.ts';
import { createModels, type Models } from '../../../src/models/engine/models.ts';
import type { Model, Schema } from '../../../src/models/model.ts';
import { parseModels } from '../../../src/models/sdl/parse-models.ts';
import { applyModels } from '../../../src/models/tables/apply-models.ts';

/** The models of an SDL. */
export function schemaOf(text: string): Schema {
  return parseModels([{ file: 'test.graphql', text }], {
    defaultStrategy: 'AUTOMERGE',
    reservedNames: {
      types: new Set(),
      queries: new Set(),
      mutations: new Set(),
      subscriptions: new Set(),
    },
  });
}

export function modelOf(schema: Schema, name: string): Model {
  const model = schema.modelsByName.get(name);
  if (model === undefined) throw new Error(`no model ${name}`);
  return model;
}

/** A signed-in user of the embedded pool; the sub is made from the name. */
export function user(username: string, more: Partial<UserCaller> = {}): UserCaller {
  return {
    kind: 'user',
    poolId: 'us-east-1_Rockpool1',
    sub: `sub-of-${username}`,
    username,
    groups: [],
    tokenUse: 'access',
    clientId: 'client',
    originJti: undefined,
    issuedAt: 0,
    expiresAt: 2_000_000_000,
    embedded: true,
    bareUsername: true,
    ...more,
  };
}

export interface World {
  readonly schema: Schema;
  readonly models: Models;
  /** How often the doorbell was rung. */
  rings(): number;
  model(name: string): Model;
}

/** Tables and engine of an SDL in a migrated database. */
export async function createWorld(database: Database, text: string): Promise<World> {
  const schema = schemaOf(text);
  await applyModels(database, schema, { log: silentLog, endEpoch: () => Promise.resolve() });
  let rings = 0;
  return {
    schema,
    models: createModels({
      database,
      sealer: createSealer([Buffer.alloc(32, 7)]),
      schema,
      marks: createMarks({ database, epoch: () => 'test' }),
      ring: () => {
        rings++;
      },
    }),
    rings: () => rings,
    model: (name) => modelOf(schema, name),
  };
}

/** The entries of the journal that speak of one item, in order. */
export async function entriesOf(database: Database, model: string, key: string) {
  return database.sql<{ seq: number; version: number; operation: string; before: unknown; after: unknown }[]>`
    select seq, version, operation, before, after from rockpool.journal
    where topic = ${`model:${model}`} and key = ${key} order by seq`;
}
