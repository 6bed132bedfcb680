import type { GraphQLSchema } from 'graphql';
import { apiSdl, reservedNamesOf } from '../../../src/graphql/api-sdl.ts';
import { executableSchema } from '../../../src/graphql/executable-schema.ts';
import { modelSdl } from '../../../src/graphql/model-sdl/model-sdl.ts';
import type { ResolverMap } from '../../../src/graphql/resolver.ts';
import { scalars } from '../../../src/graphql/scalars.ts';
import type { Schema } from '../../../src/models/model.ts';
import { ownerView } from '../../../src/models/rules.ts';
import { parseModels } from '../../../src/models/sdl/parse-models.ts';

/** One model for each kind of rule. */
const MODELS = `
type Note @model @auth(rules: [{ allow: private }]) { id: ID!  title: String!  rating: Int }
type Diary @model @auth(rules: [{ allow: owner }, { allow: groups, groups: ["editors"] }]) { id: ID!  text: String }
type Paper @model @auth(rules: [{ allow: owner, ownerField: "author" }, { allow: owner, ownerField: "reviewers" }]) {
  id: ID!  text: String  author: String  reviewers: [String]
}
type Board @model @auth(rules: [{ allow: public }, { allow: groups, groups: ["editors"] }]) { id: ID!  name: String }
`;

export interface TestSchema {
  readonly schema: GraphQLSchema;
  readonly models: Schema;
}

/** The API's fixed part and the test models, executable. `position` answers, `slow` never does. */
export async function testSchema(): Promise<TestSchema> {
  const fixed = await apiSdl('schema');
  const models = parseModels([{ file: 'test.graphql', text: MODELS }], {
    defaultStrategy: 'AUTOMERGE',
    reservedNames: reservedNamesOf(fixed),
  });
  const shown = (field: string) => (source: unknown) => ownerView((source as Record<string, unknown>)[field]);
  const resolvers: ResolverMap = {
    Query: { position: () => 'here' },
    Diary: { owner: shown('owner') },
    Paper: { author: shown('author'), reviewers: shown('reviewers') },
  };
  return { schema: executableSchema(`${fixed}\n${modelSdl(models)}`, scalars, resolvers), models };
}
