import {
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isScalarType,
  typeFromAST,
  valueFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql';
import { isObject } from '../base/json.ts';

type Variables = Readonly<Record<string, unknown>>;

/** What graphql-js' getVariableValues makes of a client's variables; undefined where they do not fit. */
export type CoerceVariables = (given: Variables) => Variables | undefined;

/** A value that does not fit its type. */
const WRONG: unique symbol = Symbol('wrong');
type Coerce = (value: unknown) => unknown;

/**
 * The variables of one operation, read by functions that are made once for its types. graphql-js looks at the types
 * anew for every value and notes the path to it, which takes longer than the rest of the execution of a large push.
 * Why variables do not fit is left to graphql-js.
 */
export function createCoercer(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
): CoerceVariables {
  const coercers = new Map<GraphQLInputType, Coerce>();
  const variables = definitions.map((definition) => {
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) throw new Error('a document that was not validated');
    return {
      name: definition.variable.name.value,
      required: isNonNullType(type),
      fallback:
        definition.defaultValue === undefined ? undefined : valueFromAST(definition.defaultValue, type),
      coerce: coercerOf(type, coercers),
    };
  });
  return (given) => {
    const coerced: Record<string, unknown> = {};
    for (const { name, required, fallback, coerce } of variables) {
      if (!Object.hasOwn(given, name)) {
        if (fallback !== undefined) coerced[name] = fallback;
        else if (required) return undefined;
        continue;
      }
      const value = coerce(given[name]);
      if (value === WRONG) return undefined;
      coerced[name] = value;
    }
    return coerced;
  };
}

function coercerOf(type: GraphQLInputType, known: Map<GraphQLInputType, Coerce>): Coerce {
  const made = known.get(type);
  if (made !== undefined) return made;
  // Types may hold themselves: what stands here meanwhile looks for the finished one.
  let finished: Coerce | undefined;
  known.set(type, (value) => finished?.(value));
  finished = makeCoercer(type, known);
  known.set(type, finished);
  return finished;
}

function makeCoercer(type: GraphQLInputType, known: Map<GraphQLInputType, Coerce>): Coerce {
  if (isNonNullType(type)) {
    const inner = coercerOf(type.ofType, known);
    return (value) => (value === null || value === undefined ? WRONG : inner(value));
  }
  if (isListType(type)) return listCoercer(coercerOf(type.ofType, known));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map((field) => ({
      name: field.name,
      fallback: field.defaultValue as unknown,
      required: isNonNullType(field.type),
      coerce: coercerOf(field.type, known),
    }));
    return type.isOneOf ? () => WRONG : objectCoercer(fields, new Set(fields.map(({ name }) => name)));
  }
  if (isScalarType(type) || isEnumType(type)) {
    return (value) => {
      if (value === null || value === undefined) return null;
      try {
        const parsed: unknown = type.parseValue(value);
        return parsed === undefined ? WRONG : parsed;
      } catch {
        return WRONG;
      }
    };
  }
  return () => WRONG;
}

function listCoercer(inner: Coerce): Coerce {
  return (value) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) {
      const one = inner(value);
      return one === WRONG ? WRONG : [one];
    }
    const items: unknown[] = [];
    for (const item of value as readonly unknown[]) {
      const coerced = inner(item);
      if (coerced === WRONG) return WRONG;
      items.push(coerced);
    }
    return items;
  };
}

interface InputField {
  readonly name: string;
  readonly fallback: unknown;
  readonly required: boolean;
  readonly coerce: Coerce;
}

function objectCoercer(fields: readonly InputField[], names: ReadonlySet<string>): Coerce {
  return (value) => {
    if (value === null || value === undefined) return null;
    if (!isObject(value)) return WRONG;
    const coerced: Record<string, unknown> = {};
    for (const { name, fallback, required, coerce } of fields) {
      const member = value[name];
      if (member === undefined) {
        if (fallback !== undefined) coerced[name] = fallback;
        else if (required) return WRONG;
        continue;
      }
      const item = coerce(member);
      if (item === WRONG) return WRONG;
      coerced[name] = item;
    }
    for (const name of Object.keys(value)) if (!names.has(name)) return WRONG;
    return coerced;
  };
}
