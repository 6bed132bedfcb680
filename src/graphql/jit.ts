import { HeaderMap, type ApolloServerPlugin, type GraphQLResponse } from '@apollo/server';
import {
  getVariableValues,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Context } from './context.ts';
import { createCompiler, type CompiledOperation } from './live/compile.ts';

interface Compiled {
  runs: number;
  /** By operation name; null where the document cannot be compiled and graphql-js runs it. */
  readonly operations: Map<string, CompiledOperation | null>;
}

/**
 * Runs documents compiled: 1.5 to 3 times graphql-js on lists (stack measurements in docs/performance.md).
 * A document is compiled when it comes for the second time, so that one-off documents cost nothing; what was
 * compiled goes with the document when Apollo's document store lets it go.
 *
 * Variables are read by graphql-js. Wrong ones are left to it altogether: its messages and statuses are the
 * specified ones.
 */
export function jitPlugin(schema: GraphQLSchema): ApolloServerPlugin<Context> {
  const compile = createCompiler(schema);
  const compiledByDocument = new WeakMap<DocumentNode, Compiled>();

  function compiledFor(document: DocumentNode, operationName: string): CompiledOperation | null {
    let entry = compiledByDocument.get(document);
    if (entry === undefined) compiledByDocument.set(document, (entry = { runs: 0, operations: new Map() }));
    if (entry.runs++ === 0) return null;
    let operation = entry.operations.get(operationName);
    if (operation === undefined) {
      operation = compile(document, operationName === '' ? undefined : operationName) ?? null;
      entry.operations.set(operationName, operation);
    }
    return operation;
  }

  return {
    async requestDidStart() {
      return {
        async responseForOperation({ document, operation, request, contextValue, operationName }) {
          // Apollo asks before it finds that a document has no such operation.
          if ((operation as OperationDefinitionNode | undefined) === undefined) return null;
          const run = compiledFor(document, operationName ?? '');
          if (run === null) return null;
          const variables = coerce(schema, operation, request.variables ?? {});
          return variables === undefined ? null : respond(await run(undefined, contextValue, variables));
        },
      };
    },
  };
}

function coerce(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  if (variableDefinitions.length === 0) return {};
  return getVariableValues(schema, variableDefinitions, given, { maxErrors: 1 }).coerced;
}

function respond(result: ExecutionResult): GraphQLResponse {
  const errors = result.errors?.map(({ message, locations, path, extensions }) => ({
    message,
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions:
      extensions?.['code'] === undefined ? { ...extensions, code: 'INTERNAL_SERVER_ERROR' } : extensions,
  }));
  return {
    http: { status: undefined as unknown as number, headers: new HeaderMap() },
    body: {
      kind: 'single',
      singleResult: {
        data: (result.data ?? null) as Record<string, unknown>,
        ...(errors === undefined || errors.length === 0 ? {} : { errors }),
      },
    },
  };
}
