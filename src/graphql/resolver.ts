import type { GraphQLResolveInfo } from 'graphql';
import { isPromise } from 'node:util/types';
import type { Log } from '../base/log.ts';
import type { Context } from './context.ts';
import { toGraphQLError } from './errors.ts';

/** A resolver of a root field. */
export type Resolve<Args> = (args: Args, context: Context, info: GraphQLResolveInfo) => unknown;

/** Resolvers of ours by type and field, already in graphql-js' form. */
export type ResolverMap = Readonly<Record<string, Readonly<Record<string, FieldResolver>>>>;
export type FieldResolver = (
  source: unknown,
  args: Record<string, unknown>,
  context: Context,
  info: GraphQLResolveInfo,
) => unknown;

/** Wraps a root field's resolver: errors of ours leave as GraphQL's, translated once. */
export function rootField<Args>(log: Log, resolve: Resolve<Args>): FieldResolver {
  return (_source, args, context, info) => {
    const fail = (error: unknown): never => {
      throw toGraphQLError(error, { requestId: context.requestId, log });
    };
    try {
      const result = resolve(args as Args, context, info);
      return isPromise(result) ? result.catch(fail) : result;
    } catch (error) {
      return fail(error);
    }
  };
}

/** Several maps as one; a field that stands in two is a fault of ours. */
export function merged(...maps: readonly ResolverMap[]): ResolverMap {
  const all: Record<string, Record<string, FieldResolver>> = {};
  for (const [type, fields] of maps.flatMap((map) => Object.entries(map))) {
    for (const [name, resolve] of Object.entries(fields)) {
      const ofType = (all[type] ??= {});
      if (ofType[name] !== undefined) throw new Error(`Two resolvers were given for ${type}.${name}.`);
      ofType[name] = resolve;
    }
  }
  return all;
}
