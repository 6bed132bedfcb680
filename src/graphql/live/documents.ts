import {
  execute,
  getOperationAST,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { isPromise } from 'node:util/types';
import { createCompiler } from './compile.ts';
import { RefusedRequest } from './refused-request.ts';

/** One operation of a document that parses. */
export interface Operation {
  readonly text: string;
  readonly name: string | undefined;
  readonly document: DocumentNode;
  readonly node: OperationDefinitionNode;
  /** Throws RefusedRequest where the schema or the limits do not allow the document. */
  validate(): void;
  /** The selection, compiled once for all that ask the same. Only for documents that were validated. */
  selection(): Selection;
}

/** A compiled selection: runs on the value of the root field, once an event. */
export interface Selection {
  /** `variables`: as `getVariableValues` coerced them. */
  run(rootValue: unknown, variables: Readonly<Record<string, unknown>>): Answer;
}

export interface Answer {
  readonly data: unknown;
  readonly errors?: readonly GraphQLFormattedError[];
}

export interface Documents {
  /** Throws RefusedRequest where the text does not parse or has no such operation. */
  operation(text: string, operationName: string | undefined): Operation;
}

interface Entry {
  readonly document: DocumentNode;
  readonly operations: Map<string, Operation>;
  valid: boolean;
}

/** Characters of a document that is kept, here or by a subscription. */
const LONGEST_DOCUMENT = 64 * 1024;
/** Characters of all documents that are kept here. */
const CACHED_CHARACTERS = 8 * 1024 * 1024;

/**
 * Documents as clients send them, parsed, validated and compiled once while they are in use. A group keeps what it
 * runs, so what falls out of here costs nothing but a compilation (0.3 ms) for the next who asks.
 */
export function createDocuments(parts: {
  readonly schema: GraphQLSchema;
  /** The rules beside GraphQL's own: limits, introspection. */
  readonly rules: readonly ValidationRule[];
  readonly maxTokens: number;
  /** Documents kept. Default 1 000. */
  readonly size?: number;
}): Documents {
  const { schema, maxTokens } = parts;
  const rules = [...specifiedRules, ...parts.rules];
  const compiler = createCompiler(schema);
  const cache = new LRUCache<string, Entry>({
    max: parts.size ?? 1000,
    maxSize: CACHED_CHARACTERS,
    maxEntrySize: LONGEST_DOCUMENT,
    sizeCalculation: (_, text) => text.length,
  });

  function entryOf(text: string): Entry {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const entry = { document: parseText(text, maxTokens), operations: new Map(), valid: false };
    cache.set(text, entry);
    return entry;
  }

  return {
    operation(text, operationName) {
      const entry = entryOf(text);
      const known = entry.operations.get(operationName ?? '');
      if (known !== undefined) return known;
      const node = getOperationAST(entry.document, operationName);
      if (node === null || node === undefined) throw noOperation(operationName);
      let selection: Selection | undefined;
      const operation: Operation = {
        text,
        name: operationName,
        document: entry.document,
        node,
        validate() {
          if (entry.valid) return;
          if (text.length > LONGEST_DOCUMENT) {
            const error = new GraphQLError(`A subscription has at most ${LONGEST_DOCUMENT} characters.`);
            throw new RefusedRequest([error], 'GRAPHQL_VALIDATION_FAILED');
          }
          const errors = guarded(() => violations(schema, entry.document, rules));
          if (errors.length > 0) throw new RefusedRequest(errors, 'GRAPHQL_VALIDATION_FAILED');
          entry.valid = true;
        },
        selection: () => (selection ??= selectionOf(schema, compiler, entry.document, operationName)),
      };
      entry.operations.set(operationName ?? '', operation);
      return operation;
    },
  };
}

function parseText(text: string, maxTokens: number): DocumentNode {
  try {
    return guarded(() => parse(text, { maxTokens }));
  } catch (error) {
    if (error instanceof GraphQLError) throw new RefusedRequest([error], 'GRAPHQL_PARSE_FAILED');
    throw error;
  }
}

/** graphql-js' rule of the single root field throws where it meets a variable condition on that field. */
function violations(
  schema: GraphQLSchema,
  document: DocumentNode,
  rules: readonly ValidationRule[],
): readonly GraphQLError[] {
  try {
    return validate(schema, document, rules);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/** Parser and some rules recurse: a document that is nested thousands deep ends the stack, not the process. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RefusedRequest([new GraphQLError('The document is nested too deep.')], 'GRAPHQL_PARSE_FAILED');
  }
}

function noOperation(operationName: string | undefined): RefusedRequest {
  const message =
    operationName === undefined
      ? 'The document has no operation, or several: name one in `operationName`.'
      : `The document has no operation ${JSON.stringify(operationName)}.`;
  return new RefusedRequest([new GraphQLError(message)], 'OPERATION_RESOLUTION_FAILURE');
}

/** What cannot be compiled runs uncompiled. */
function selectionOf(
  schema: GraphQLSchema,
  compiler: ReturnType<typeof createCompiler>,
  document: DocumentNode,
  operationName: string | undefined,
): Selection {
  const run =
    compiler(document, operationName) ??
    ((rootValue, contextValue, variableValues) =>
      execute({
        schema,
        document,
        rootValue,
        contextValue,
        variableValues,
        operationName: operationName ?? null,
      }));
  return {
    run(rootValue, variables) {
      const result = run(rootValue, undefined, variables);
      if (isPromise(result)) {
        // Order is kept because an event is executed in the turn in which it comes.
        result.catch(() => undefined);
        throw new Error('A resolver below a subscription answered with a promise.');
      }
      return answerOf(result);
    },
  };
}

function answerOf(result: ExecutionResult): Answer {
  const data = result.data ?? null;
  if (result.errors === undefined || result.errors.length === 0) return { data };
  const errors = result.errors.map(({ message, locations, path, extensions }) => ({
    message,
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions: { code: 'INTERNAL_SERVER_ERROR', ...extensions },
  }));
  return { data, errors };
}
