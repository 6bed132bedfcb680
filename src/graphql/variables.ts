import {
  coerceInputValue,
  GraphQLError,
  isInputType,
  isNonNullType,
  typeFromAST,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

/** Deeper than any input needs, and shallow enough for what walks variables by recursion. */
const DEEPEST = 64;

/** Throws BAD_USER_INPUT for variables that would end the stack of those who walk them. */
export function assertShallow(variables: unknown): void {
  if (isShallow(variables)) return;
  throw new GraphQLError(`The variables are nested more than ${DEEPEST} levels deep.`, {
    extensions: { code: 'BAD_USER_INPUT', argument: 'variables', http: { status: 400 } },
  });
}

/** Whether variables can be walked by recursion. */
export function isShallow(variables: unknown): boolean {
  return !isDeeper(variables, DEEPEST);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const members = value as Readonly<Record<string, unknown>>;
  for (const name in members) if (isDeeper(members[name], levels - 1)) return true;
  return false;
}

/**
 * Paths of the variables that do not fit their types, such as `input.patches.3.key`, in the order in which graphql-js
 * complains of them: its errors name them only in prose.
 */
export function wrongVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
): readonly string[] {
  const wrong: string[] = [];
  for (const { variable, type: node, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    const type = typeFromAST(schema, node);
    if (!isInputType(type)) continue;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined || value === null) {
      if (isNonNullType(type) && (value === null || defaultValue === undefined)) wrong.push(name);
      continue;
    }
    coerceInputValue(value, type, (path, _invalid, error) => {
      wrong.push([name, ...path, ...memberIn(error.message)].join('.'));
    });
  }
  return wrong;
}

/** A member that is missing or that nobody knows: graphql-js says it of the object that should hold it. */
function memberIn(message: string): readonly string[] {
  const [, name] = /^Field "(\w+)" (?:of required type|is not defined by type)/.exec(message) ?? [];
  return name === undefined ? [] : [name];
}
