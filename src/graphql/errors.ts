import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { RockpoolError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

/** The one map from our errors to GraphQL's. Anything else is ours to mend: logged, and shown as a request id. */
export function toGraphQLError(error: unknown, context: { requestId: string; log: Log }): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (error instanceof RockpoolError) {
    if (error.code === 'UNAVAILABLE')
      context.log.warn({ err: error.cause, requestId: context.requestId }, error.message);
    return new GraphQLError(error.message, { extensions: extensionsOf(error) });
  }
  context.log.error({ err: error, requestId: context.requestId }, 'a request failed');
  return new GraphQLError('Internal server error.', {
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: context.requestId },
  });
}

/** `extensions` of an error of ours, as every GraphQL transport shows them. */
export function extensionsOf(error: RockpoolError): GraphQLErrorExtensions {
  const { argument, current } = error.details;
  return {
    code: error.code,
    ...(argument === undefined ? {} : { argument }),
    ...(current === undefined ? {} : { current }),
  };
}
