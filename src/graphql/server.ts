import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import type { Log } from '../base/log.ts';
import { toAppSyncError } from './appsync-errors.ts';
import type { Context } from './context.ts';
import { jitPlugin } from './jit.ts';
import { documentLimits, DOCUMENT_LIMITS } from './limits.ts';

/** Apollo over our schema, tuned as docs/performance.md measures: no tracing, no per-field plugin, compiled documents. */
export function createApollo(parts: {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly log: Log;
}): ApolloServer<Context> {
  const { schema, introspection, log } = parts;
  return new ApolloServer<Context>({
    schema,
    introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: {
      requestHeaders: ['authorization', 'x-api-key', 'x-amz-date', 'apollo-require-preflight'],
    },
    parseOptions: { maxTokens: DOCUMENT_LIMITS.tokens },
    validationRules: validationRules(introspection).slice(),
    plugins: [ApolloServerPluginCacheControlDisabled(), operationsOverHttp(), jitPlugin(schema)],
    // Start and stop belong to app.
    stopOnTerminationSignals: false,
    logger: {
      debug: (message?: unknown) => log.debug(String(message)),
      info: (message?: unknown) => log.info(String(message)),
      warn: (message?: unknown) => log.warn(String(message)),
      error: (message?: unknown) => log.error(String(message)),
    },
    formatError: hideInternals,
  });
}

/** The rules beside GraphQL's own, for every transport. */
export function validationRules(introspection: boolean) {
  return introspection
    ? [documentLimits(DOCUMENT_LIMITS)]
    : [documentLimits(DOCUMENT_LIMITS), NoSchemaIntrospectionCustomRule];
}

/** What is particular to one request, one answer: no subscriptions, positions beside queries, AppSync's error objects. */
function operationsOverHttp(): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation }) {
          if (operation?.operation !== 'subscription') return;
          throw new GraphQLError(
            'Subscriptions are not served over plain HTTP: use a WebSocket with subprotocol graphql-transport-ws.',
            { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } },
          );
        },
        async willSendResponse({ response, contextValue, operation }) {
          if (response.body.kind !== 'single') return;
          const result = response.body.singleResult;
          if (operation?.operation === 'query') {
            result.extensions = {
              ...result.extensions,
              position: contextValue.position,
              ...(contextValue.baseReads.length === 0 ? {} : { base: contextValue.baseReads }),
            };
          }
          if (contextValue.amplify && result.errors !== undefined) {
            result.errors = result.errors.map(
              (error) => toAppSyncError(error) as unknown as GraphQLFormattedError,
            );
            // AppSync answers validation errors with 200 and null data.
            if (result.data === undefined) result.data = null;
          }
        },
      };
    },
  };
}

/** Codes without one of ours are Apollo's own; a fault of the server shows nothing of itself. */
function hideInternals(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const code = formatted.extensions?.['code'];
  if (code !== 'INTERNAL_SERVER_ERROR' || formatted.extensions?.['requestId'] !== undefined) return formatted;
  return {
    ...formatted,
    message: isOfTheSchema(formatted.message) ? formatted.message : 'Internal server error.',
  };
}

/** graphql-js' own sentence about an item that a rule or a fault kept back. */
function isOfTheSchema(message: string): boolean {
  return message.startsWith('Cannot return null for non-nullable field');
}
