import { HeaderMap, type ApolloServerPlugin, type GraphQLResponse } from '@apollo/server';
import type { FormattedExecutionResult, OperationDefinitionNode } from 'graphql';
import { formatted } from './answers.ts';
import type { Context } from './context.ts';
import type { PreparedDocuments } from './prepared-documents.ts';

/**
 * Lets Apollo run documents compiled. Wrong variables are left to graphql-js: its messages and statuses are the
 * specified ones.
 */
export function jitPlugin(documents: PreparedDocuments): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ document, operation, request, contextValue, source }) {
          // Apollo asks before it finds that a document has no such operation.
          if ((operation as OperationDefinitionNode | undefined) === undefined) return null;
          const { operationName } = request;
          const prepared = documents.prepare({ source, document, operation, operationName });
          const result = prepared?.run(request.variables ?? {}, contextValue);
          return result === undefined ? null : respond(formatted(await result));
        },
      };
    },
  };
}

function respond(singleResult: FormattedExecutionResult): GraphQLResponse {
  return {
    http: { status: undefined as unknown as number, headers: new HeaderMap() },
    body: { kind: 'single', singleResult: singleResult as { data: Record<string, unknown> } },
  };
}
