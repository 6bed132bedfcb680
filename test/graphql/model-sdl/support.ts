import { buildASTSchema, parse, type GraphQLSchema } from 'graphql';
import { apiSdl, reservedNamesOf } from '../../../src/graphql/api-sdl.ts';
import { modelSdl } from '../../../src/graphql/model-sdl/model-sdl.ts';
import type { Schema } from '../../../src/models/model.ts';
import { parseModels } from '../../../src/models/sdl/parse-models.ts';

export const FIXED_SDL = await apiSdl('schema');

export function models(text: string): Schema {
  return parseModels([{ file: 'a.graphql', text }], {
    defaultStrategy: 'AUTOMERGE',
    reservedNames: reservedNamesOf(FIXED_SDL),
  });
}

/** The whole API with the models of `text`, checked as graphql-js checks SDL. */
export function apiOf(text: string): GraphQLSchema {
  return buildASTSchema(parse(`${FIXED_SDL}\n${modelSdl(models(text))}`));
}

/** Members of a type or input in order: `title: String!`. */
export function membersOf(schema: GraphQLSchema, typeName: string): string[] {
  const type = schema.getType(typeName);
  if (type === undefined || !('getFields' in type)) return [];
  return Object.values(type.getFields()).map((field) => `${field.name}: ${String(field.type)}`);
}

/** A root field as it stands in SDL: `getPost(id: ID!): Post`. */
export function rootField(
  schema: GraphQLSchema,
  root: 'Query' | 'Mutation' | 'Subscription',
  name: string,
): string {
  const type = schema.getType(root);
  const field = type !== undefined && 'getFields' in type ? type.getFields()[name] : undefined;
  if (field === undefined || !('args' in field)) return 'none';
  const args = field.args.map((arg) => `${arg.name}: ${String(arg.type)}`).join(', ');
  return `${name}${args === '' ? '' : `(${args})`}: ${String(field.type)}`;
}
