import {
  buildASTSchema,
  isObjectType,
  isScalarType,
  isUnionType,
  parse,
  type GraphQLScalarType,
  type GraphQLSchema,
} from 'graphql';
import { isObject } from '../base/json.ts';
import type { ResolverMap } from './resolver.ts';

/**
 * SDL with our scalars and resolvers put in. Unions are told apart by the `__typename` that their values carry.
 * Throws on SDL that is none and on a resolver without a field: both are faults of ours, found at start.
 */
export function executableSchema(
  sdl: string,
  scalars: readonly GraphQLScalarType[],
  resolvers: ResolverMap,
): GraphQLSchema {
  const schema = buildASTSchema(parse(sdl, { noLocation: true }));
  const scalarsByName = new Map(scalars.map((scalar) => [scalar.name, scalar]));
  for (const type of Object.values(schema.getTypeMap())) {
    const scalar = scalarsByName.get(type.name);
    if (isScalarType(type) && scalar !== undefined) {
      type.serialize = scalar.serialize;
      type.parseValue = scalar.parseValue;
      type.parseLiteral = scalar.parseLiteral;
    }
    if (isUnionType(type)) type.resolveType = (value) => typenameOf(value);
  }
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    for (const [fieldName, resolve] of Object.entries(fields)) {
      const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
      if (field === undefined)
        throw new Error(`There is a resolver for ${typeName}.${fieldName}, but no such field.`);
      field.resolve = resolve;
    }
  }
  return schema;
}

function typenameOf(value: unknown): string | undefined {
  const name = isObject(value) ? value['__typename'] : undefined;
  return typeof name === 'string' ? name : undefined;
}
