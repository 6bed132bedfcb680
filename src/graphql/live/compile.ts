import {
  GraphQLScalarType,
  GraphQLSchema,
  Kind,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type TypeNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';

/** Runs one operation, compiled. `variables` are those that `getVariableValues` coerced, not the client's own. */
export type CompiledOperation = (
  rootValue: unknown,
  context: unknown,
  variables: Readonly<Record<string, unknown>>,
) => ExecutionResult | Promise<ExecutionResult>;

/**
 * graphql-jit, without its own reading of variables: that unfolds an input type that holds itself, as every filter with
 * `and` and `or` does, until the memory is used up (0.8.9). It is told that all variables are of a scalar that takes
 * anything, and gets them coerced by graphql-js, whose messages are the specified ones anyway.
 *
 * Undefined for what it cannot compile; graphql-js runs that.
 */
export function createCompiler(
  schema: GraphQLSchema,
): (document: DocumentNode, operationName: string | undefined) => CompiledOperation | undefined {
  const coerced = new GraphQLScalarType({ name: 'RockpoolCoerced' });
  const config = schema.toConfig();
  const compiling = new GraphQLSchema({ ...config, types: [...config.types, coerced], assumeValid: true });
  const anything: TypeNode = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: coerced.name } };

  return (document, operationName) => {
    const simplified = visit(document, {
      VariableDefinition(definition) {
        // @skip and @include are compiled into conditions, and want to see that it is one.
        if (isBoolean(definition.type)) return false;
        const { defaultValue: _, ...rest } = definition;
        return { ...rest, type: anything };
      },
    });
    const compiled = compileQuery(compiling, simplified, operationName);
    if (!isCompiledQuery(compiled)) return undefined;
    return (rootValue, context, variables) =>
      compiled.query(rootValue, context, variables) as ExecutionResult;
  };
}

function isBoolean(type: TypeNode): boolean {
  if (type.kind === Kind.NON_NULL_TYPE) return isBoolean(type.type);
  return type.kind === Kind.NAMED_TYPE && type.name.value === 'Boolean';
}
