import type {
  DocumentNode,
  ExecutionResult,
  FormattedExecutionResult,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { isObject } from '../base/json.ts';
import { complete, formatted } from './answers.ts';
import { createCoercer } from './coerce-variables.ts';
import type { Context } from './context.ts';
import { createCompiler } from './live/compile.ts';
import { isShallow } from './variables.ts';

type Variables = Readonly<Record<string, unknown>>;

/** An operation that was found good and is compiled. */
export interface PreparedOperation {
  readonly operation: OperationDefinitionNode;
  /** Undefined where the variables do not fit: nothing has run then, and graphql-js knows why. */
  run(variables: Variables, context: Context): ExecutionResult | Promise<ExecutionResult> | undefined;
}

export interface PreparedRequest {
  /** Text of the document. */
  readonly source: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client named it. */
  readonly operationName: string | undefined;
}

/**
 * Documents compiled by graphql-jit, which runs them 1.5 to 3 times as fast as graphql-js does lists
 * (docs/performance.md). A document is compiled when it comes for the second time, so that one-off documents cost
 * nothing.
 */
export interface PreparedDocuments {
  /** For a request whose document was parsed and validated. Undefined: graphql-js is to run it. */
  prepare(request: PreparedRequest): PreparedOperation | undefined;
  /**
   * The answer to a request, as JSON brought it, whose document was prepared before and whose variables fit: nearly all
   * requests. Apollo would look up again all that it found the first times, for more than the rest takes. Undefined:
   * the request is Apollo's, nothing has run.
   */
  answer(request: unknown, context: Context): Promise<FormattedExecutionResult> | undefined;
}

interface Entry {
  runs: number;
  /** By the name that the client gave; null where the operation cannot be compiled. */
  readonly operations: Map<string | undefined, PreparedOperation | null>;
}

/** Texts that are kept, and their characters together: a compiled document takes some tens of kilobytes. */
const MOST_DOCUMENTS = 1000;
const MOST_CHARACTERS = 1_000_000;

export function createPreparedDocuments(schema: GraphQLSchema): PreparedDocuments {
  const compile = createCompiler(schema);
  const entries = new LRUCache<string, Entry>({
    max: MOST_DOCUMENTS,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (_entry, source) => source.length,
  });

  function make({ document, operation, operationName }: PreparedRequest): PreparedOperation | null {
    const run = compile(document, operationName);
    if (run === undefined) return null;
    const coerce = createCoercer(schema, operation.variableDefinitions ?? []);
    return {
      operation,
      run(variables, context) {
        const coerced = coerce(variables);
        return coerced === undefined ? undefined : run(undefined, context, coerced);
      },
    };
  }

  return {
    prepare(request) {
      const { source, operationName } = request;
      let entry = entries.get(source);
      if (entry === undefined) entries.set(source, (entry = { runs: 0, operations: new Map() }));
      if (entry.runs++ === 0) return undefined;
      let prepared = entry.operations.get(operationName);
      if (prepared === undefined) entry.operations.set(operationName, (prepared = make(request)));
      return prepared ?? undefined;
    },
    answer(request, context) {
      if (!isObject(request)) return undefined;
      const { query, variables = {}, operationName, extensions } = request;
      if (typeof query !== 'string' || !isObject(variables) || extensions !== undefined) return undefined;
      if (operationName !== undefined && typeof operationName !== 'string') return undefined;
      const prepared = entries.get(query)?.operations.get(operationName);
      if (prepared === undefined || prepared === null || !isShallow(variables)) return undefined;
      const running = prepared.run(variables, context);
      return running === undefined ? undefined : finish(prepared.operation, running, context);
    },
  };
}

async function finish(
  operation: OperationDefinitionNode,
  running: ExecutionResult | Promise<ExecutionResult>,
  context: Context,
): Promise<FormattedExecutionResult> {
  const result = formatted(await running);
  complete(result, operation, context);
  return result;
}
