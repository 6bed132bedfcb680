import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { NoSchemaIntrospectionCustomRule, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Log } from '../base/log.ts';
import { answersPlugin } from './answers.ts';
import type { Context } from './context.ts';
import { jitPlugin } from './jit.ts';
import type { PreparedDocuments } from './prepared-documents.ts';
import { documentLimits, DOCUMENT_LIMITS } from './limits.ts';

/** Apollo over our schema, tuned as docs/performance.md measures: no tracing, no per-field plugin, compiled documents. */
export function createApollo(parts: {
  readonly schema: GraphQLSchema;
  readonly documents: PreparedDocuments;
  readonly introspection: boolean;
  readonly log: Log;
}): ApolloServer<Context> {
  const { schema, documents, introspection, log } = parts;
  return new ApolloServer<Context>({
    schema,
    introspection,
    // Where the schema is not told, suggestions do not tell it either.
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: {
      requestHeaders: ['authorization', 'x-api-key', 'x-amz-date', 'apollo-require-preflight'],
    },
    parseOptions: { maxTokens: DOCUMENT_LIMITS.tokens },
    // Apollo forbids introspection itself.
    validationRules: [documentLimits(DOCUMENT_LIMITS)],
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      answersPlugin(schema, log),
      jitPlugin(documents),
    ],
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

/** The rules beside GraphQL's own, for transports that do not go through Apollo. */
export function validationRules(introspection: boolean) {
  return introspection
    ? [documentLimits(DOCUMENT_LIMITS)]
    : [documentLimits(DOCUMENT_LIMITS), NoSchemaIntrospectionCustomRule];
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
