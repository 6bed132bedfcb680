import type { ApolloServerPlugin } from '@apollo/server';
import {
  GraphQLError,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Log } from '../base/log.ts';
import { toAppSyncError } from './appsync-errors.ts';
import type { Context } from './context.ts';
import { assertShallow, wrongVariables } from './variables.ts';

/**
 * What is ours in every answer: positions beside queries, the path of a variable that does not fit, a request id with
 * a fault of ours, AppSync's error objects for its clients. Subscriptions are refused: they need a socket.
 */
export function answersPlugin(schema: GraphQLSchema, log: Log): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation, request }) {
          if (operation?.operation === 'subscription') throw noSubscriptions();
          if (operation?.variableDefinitions?.length) assertShallow(request.variables);
        },
        async didEncounterErrors({ errors, contextValue: { requestId } }) {
          for (const error of errors) {
            // Those of ours are logged where they are translated.
            if (error.originalError !== undefined && error.extensions['code'] === undefined)
              log.error({ err: error.originalError, requestId }, 'a request failed');
          }
        },
        async willSendResponse({ response, contextValue, operation, request }) {
          if (response.body.kind !== 'single') return;
          const result = response.body.singleResult;
          complete(result, operation, contextValue);
          if (result.errors === undefined) return;
          const nothingRan = result.data === undefined;
          if (nothingRan && operation !== undefined)
            result.errors = withArguments(result.errors, schema, operation, request.variables ?? {});
          if (!contextValue.amplify) return;
          const codes = result.errors.map(codeOf);
          result.errors = result.errors.map(
            (error) => toAppSyncError(error) as unknown as GraphQLFormattedError,
          );
          if (!nothingRan) return;
          // AppSync answers documents and variables that do not fit with 200 and null data.
          result.data = null;
          if (codes.every((code) => FOR_200.has(code))) response.http.status = 200;
        },
      };
    },
  };
}

/** What a compiled document gave, with errors as they are sent. */
export function formatted({ data = null, errors = [] }: ExecutionResult): FormattedExecutionResult {
  if (errors.length === 0) return { data };
  return {
    errors: errors.map(({ message, locations, path, extensions }) => ({
      message,
      ...(locations === undefined ? {} : { locations }),
      ...(path === undefined ? {} : { path }),
      extensions:
        extensions?.['code'] === undefined ? { ...extensions, code: 'INTERNAL_SERVER_ERROR' } : extensions,
    })),
    data,
  };
}

/** What every answer carries: queries a position, faults of ours a request id. */
export function complete(
  result: {
    errors?: readonly GraphQLFormattedError[];
    extensions?: Readonly<Record<string, unknown>>;
  },
  operation: OperationDefinitionNode | undefined,
  { position, baseReads, requestId }: Context,
): void {
  if (operation?.operation === 'query') {
    result.extensions = {
      ...result.extensions,
      position,
      ...(baseReads.length === 0 ? {} : { base: baseReads }),
    };
  }
  if (result.errors !== undefined) result.errors = withRequestId(result.errors, requestId);
}

const FOR_200: ReadonlySet<unknown> = new Set([
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
]);

function noSubscriptions(): GraphQLError {
  return new GraphQLError(
    'Subscriptions are not served over plain HTTP: use a WebSocket with subprotocol graphql-transport-ws.',
    { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } },
  );
}

function withRequestId(
  errors: readonly GraphQLFormattedError[],
  requestId: string,
): readonly GraphQLFormattedError[] {
  return errors.map((error) =>
    codeOf(error) === 'INTERNAL_SERVER_ERROR'
      ? { ...error, extensions: { ...error.extensions, requestId } }
      : error,
  );
}

function withArguments(
  errors: readonly GraphQLFormattedError[],
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): readonly GraphQLFormattedError[] {
  const unnamed = (error: GraphQLFormattedError) =>
    codeOf(error) === 'BAD_USER_INPUT' && error.extensions?.['argument'] === undefined;
  if (!errors.some(unnamed)) return errors;
  const paths = wrongVariables(schema, operation, variables);
  return errors.map((error, index) => {
    const argument = paths[index];
    if (argument === undefined || !unnamed(error)) return error;
    return { ...error, extensions: { ...error.extensions, argument } };
  });
}

function codeOf(error: GraphQLFormattedError): unknown {
  return error.extensions?.['code'];
}
