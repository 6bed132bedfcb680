import type { GraphQLResolveInfo } from 'graphql';
import { RockpoolError } from '../../base/errors.ts';
import { isObject } from '../../base/json.ts';
import type { Log } from '../../base/log.ts';
import type { Models } from '../../models/engine/models.ts';
import { mentionsDeleted, type FilterInput } from '../../models/filter/filter.ts';
import type { Model, Schema } from '../../models/model.ts';
import { ownerView } from '../../models/rules.ts';
import { rootField, type FieldResolver, type ResolverMap } from '../resolver.ts';
import { projectSelection, selects } from '../selection.ts';

interface ListArgs {
  readonly filter?: FilterInput | null;
  readonly limit?: number | null;
  readonly nextToken?: string | null;
}

interface WriteArgs {
  readonly input: Readonly<Record<string, unknown>>;
  readonly condition?: FilterInput | null;
}

/** The generated fields of every shared model. */
export function modelResolvers(schema: Schema, models: Models, log: Log): ResolverMap {
  const resolvers: Record<string, Record<string, FieldResolver>> = { Query: {}, Mutation: {} };
  for (const model of schema.models) {
    Object.assign(resolvers['Query'] ?? {}, reads(model, models, log));
    Object.assign(resolvers['Mutation'] ?? {}, writes(model, models, log));
    const owners = ownerFields(model);
    if (owners !== undefined) resolvers[model.name] = owners;
  }
  return resolvers;
}

function reads(model: Model, models: Models, log: Log): Record<string, FieldResolver> {
  return {
    [`get${model.name}`]: rootField<{ id: string }>(log, ({ id }, { caller }, info) =>
      models.get(model, caller, id, { deleted: selects(info, ['_deleted']) }),
    ),
    [`list${model.plural}`]: rootField<ListArgs>(log, (args, { caller }, info) =>
      models.list(model, caller, {
        ...page(args),
        deleted:
          selects(info, ['items', '_deleted']) || (args.filter != null && mentionsDeleted(args.filter)),
      }),
    ),
    [`sync${model.plural}`]: rootField<ListArgs & { lastSync?: number | null }>(
      log,
      async (args, context, info) => {
        const result = await models.sync(model, context.caller, {
          ...page(args),
          lastSync: args.lastSync ?? undefined,
        });
        if (result.base) context.baseReads.push(String(info.path.key));
        return { items: result.items, nextToken: result.nextToken, startedAt: result.startedAt };
      },
    ),
  };
}

function writes(model: Model, models: Models, log: Log): Record<string, FieldResolver> {
  const write = (operation: 'create' | 'update' | 'delete') =>
    rootField<WriteArgs>(log, async ({ input, condition }, { caller }, info) => {
      try {
        return await models[operation](model, caller, input, condition ?? undefined);
      } catch (error) {
        throw withSelectedRow(error, model, info);
      }
    });
  return {
    [`create${model.name}`]: write('create'),
    [`update${model.name}`]: write('update'),
    [`delete${model.name}`]: write('delete'),
  };
}

/** The stored row that an error carries, cut down to what the mutation selects and shown as a read would show it. */
function withSelectedRow(error: unknown, model: Model, info: GraphQLResolveInfo): unknown {
  if (!(error instanceof RockpoolError) || !isObject(error.details.current)) return error;
  const row: Record<string, unknown> = { ...error.details.current };
  for (const rule of model.rules) {
    if (rule.allow === 'owner') row[rule.ownerField] = ownerView(row[rule.ownerField]);
  }
  return new RockpoolError(error.code, error.message, {
    details: { ...error.details, current: projectSelection(info, row, model.name) },
    cause: error.cause,
  });
}

/** Owners are stored as `sub::username` and read as the username. */
function ownerFields(model: Model): Record<string, FieldResolver> | undefined {
  const fields: Record<string, FieldResolver> = {};
  for (const rule of model.rules) {
    if (rule.allow !== 'owner') continue;
    const name = rule.ownerField;
    fields[name] = (source) => ownerView((source as Readonly<Record<string, unknown>>)[name]);
  }
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function page(args: ListArgs) {
  return {
    filter: args.filter ?? undefined,
    limit: args.limit ?? undefined,
    nextToken: args.nextToken ?? undefined,
  };
}
