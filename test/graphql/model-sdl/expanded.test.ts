/**
 * The expanded schema of spec/appsync.md 3.10, which the real transformer made, for the same two models without
 * their relation.
 */
import { parse, type DefinitionNode, type FieldDefinitionNode, type InputValueDefinitionNode } from 'graphql';
import { describe, expect, test } from 'vitest';
import { apiOf, membersOf, rootField } from './support.ts';

const INPUT = `
type Post @model @auth(rules: [{ allow: owner }, { allow: public, provider: apiKey, operations: [read] }]) {
  id: ID!  title: String!  rating: Int  tags: [String]  status: Status
}
type Comment @model @auth(rules: [{ allow: public, provider: apiKey }, { allow: groups, groups: ["Admin"] }]) {
  id: ID!  content: String!
}
enum Status { DRAFT PUBLISHED }`;

const EXPECTED = `
type Post {
  id: ID!
  title: String!
  rating: Int
  tags: [String]
  status: Status
  createdAt: AWSDateTime!
  updatedAt: AWSDateTime!
  _version: Int!
  _deleted: Boolean
  _lastChangedAt: AWSTimestamp!
  owner: String
}
type Comment {
  id: ID!
  content: String!
  createdAt: AWSDateTime!
  updatedAt: AWSDateTime!
  _version: Int!
  _deleted: Boolean
  _lastChangedAt: AWSTimestamp!
}
input ModelStringInput { ne: String  eq: String  le: String  lt: String  ge: String  gt: String  contains: String  notContains: String  between: [String]  beginsWith: String  attributeExists: Boolean  attributeType: ModelAttributeTypes  size: ModelSizeInput }
input ModelIntInput { ne: Int  eq: Int  le: Int  lt: Int  ge: Int  gt: Int  between: [Int]  attributeExists: Boolean  attributeType: ModelAttributeTypes }
input ModelFloatInput { ne: Float  eq: Float  le: Float  lt: Float  ge: Float  gt: Float  between: [Float]  attributeExists: Boolean  attributeType: ModelAttributeTypes }
input ModelBooleanInput { ne: Boolean  eq: Boolean  attributeExists: Boolean  attributeType: ModelAttributeTypes }
input ModelIDInput { ne: ID  eq: ID  le: ID  lt: ID  ge: ID  gt: ID  contains: ID  notContains: ID  between: [ID]  beginsWith: ID  attributeExists: Boolean  attributeType: ModelAttributeTypes  size: ModelSizeInput }
input ModelSubscriptionStringInput { ne: String  eq: String  le: String  lt: String  ge: String  gt: String  contains: String  notContains: String  between: [String]  beginsWith: String  in: [String]  notIn: [String] }
input ModelSubscriptionIntInput { ne: Int  eq: Int  le: Int  lt: Int  ge: Int  gt: Int  between: [Int]  in: [Int]  notIn: [Int] }
input ModelSubscriptionFloatInput { ne: Float  eq: Float  le: Float  lt: Float  ge: Float  gt: Float  between: [Float]  in: [Float]  notIn: [Float] }
input ModelSubscriptionBooleanInput { ne: Boolean  eq: Boolean }
input ModelSubscriptionIDInput { ne: ID  eq: ID  le: ID  lt: ID  ge: ID  gt: ID  contains: ID  notContains: ID  between: [ID]  beginsWith: ID  in: [ID]  notIn: [ID] }
input ModelSizeInput { ne: Int  eq: Int  le: Int  lt: Int  ge: Int  gt: Int  between: [Int] }
type ModelPostConnection { items: [Post]!  nextToken: String  startedAt: AWSTimestamp }
input ModelStatusInput { eq: Status  ne: Status }
input ModelPostFilterInput { id: ModelIDInput  title: ModelStringInput  rating: ModelIntInput  tags: ModelStringInput  status: ModelStatusInput  createdAt: ModelStringInput  updatedAt: ModelStringInput  and: [ModelPostFilterInput]  or: [ModelPostFilterInput]  not: ModelPostFilterInput  _deleted: ModelBooleanInput  owner: ModelStringInput }
input ModelPostConditionInput { title: ModelStringInput  rating: ModelIntInput  tags: ModelStringInput  status: ModelStatusInput  and: [ModelPostConditionInput]  or: [ModelPostConditionInput]  not: ModelPostConditionInput  _deleted: ModelBooleanInput  createdAt: ModelStringInput  updatedAt: ModelStringInput  owner: ModelStringInput }
input CreatePostInput { id: ID  title: String!  rating: Int  tags: [String]  status: Status  _version: Int }
input UpdatePostInput { id: ID!  title: String  rating: Int  tags: [String]  status: Status  _version: Int }
input DeletePostInput { id: ID!  _version: Int }
input ModelSubscriptionPostFilterInput { id: ModelSubscriptionIDInput  title: ModelSubscriptionStringInput  rating: ModelSubscriptionIntInput  tags: ModelSubscriptionStringInput  status: ModelSubscriptionStringInput  createdAt: ModelSubscriptionStringInput  updatedAt: ModelSubscriptionStringInput  and: [ModelSubscriptionPostFilterInput]  or: [ModelSubscriptionPostFilterInput]  _deleted: ModelBooleanInput  owner: ModelStringInput }
type ModelCommentConnection { items: [Comment]!  nextToken: String  startedAt: AWSTimestamp }
input ModelCommentFilterInput { id: ModelIDInput  content: ModelStringInput  createdAt: ModelStringInput  updatedAt: ModelStringInput  and: [ModelCommentFilterInput]  or: [ModelCommentFilterInput]  not: ModelCommentFilterInput  _deleted: ModelBooleanInput }
input ModelCommentConditionInput { content: ModelStringInput  and: [ModelCommentConditionInput]  or: [ModelCommentConditionInput]  not: ModelCommentConditionInput  _deleted: ModelBooleanInput  createdAt: ModelStringInput  updatedAt: ModelStringInput }
input CreateCommentInput { id: ID  content: String!  _version: Int }
input UpdateCommentInput { id: ID!  content: String  _version: Int }
input DeleteCommentInput { id: ID!  _version: Int }
input ModelSubscriptionCommentFilterInput { id: ModelSubscriptionIDInput  content: ModelSubscriptionStringInput  createdAt: ModelSubscriptionStringInput  updatedAt: ModelSubscriptionStringInput  and: [ModelSubscriptionCommentFilterInput]  or: [ModelSubscriptionCommentFilterInput]  _deleted: ModelBooleanInput }
enum Status { DRAFT  PUBLISHED }
enum ModelAttributeTypes { binary  binarySet  bool  list  map  number  numberSet  string  stringSet  _null }
enum ModelSortDirection { ASC  DESC }`;

const ROOT_FIELDS = {
  Query: `
    getPost(id: ID!): Post
    listPosts(filter: ModelPostFilterInput, limit: Int, nextToken: String): ModelPostConnection
    syncPosts(filter: ModelPostFilterInput, limit: Int, nextToken: String, lastSync: AWSTimestamp): ModelPostConnection
    getComment(id: ID!): Comment
    listComments(filter: ModelCommentFilterInput, limit: Int, nextToken: String): ModelCommentConnection
    syncComments(filter: ModelCommentFilterInput, limit: Int, nextToken: String, lastSync: AWSTimestamp): ModelCommentConnection`,
  Mutation: `
    createPost(input: CreatePostInput!, condition: ModelPostConditionInput): Post
    updatePost(input: UpdatePostInput!, condition: ModelPostConditionInput): Post
    deletePost(input: DeletePostInput!, condition: ModelPostConditionInput): Post
    createComment(input: CreateCommentInput!, condition: ModelCommentConditionInput): Comment
    updateComment(input: UpdateCommentInput!, condition: ModelCommentConditionInput): Comment
    deleteComment(input: DeleteCommentInput!, condition: ModelCommentConditionInput): Comment`,
  Subscription: `
    onCreatePost(filter: ModelSubscriptionPostFilterInput, owner: String): Post
    onUpdatePost(filter: ModelSubscriptionPostFilterInput, owner: String): Post
    onDeletePost(filter: ModelSubscriptionPostFilterInput, owner: String): Post
    onChangePost(filter: ModelSubscriptionPostFilterInput, after: String): PostChange!
    onCreateComment(filter: ModelSubscriptionCommentFilterInput): Comment
    onUpdateComment(filter: ModelSubscriptionCommentFilterInput): Comment
    onDeleteComment(filter: ModelSubscriptionCommentFilterInput): Comment
    onChangeComment(filter: ModelSubscriptionCommentFilterInput, after: String): CommentChange!`,
} as const;

const schema = apiOf(INPUT);

function expectedMembers(definition: DefinitionNode): string[] {
  if (!('fields' in definition) || definition.fields === undefined) return [];
  const text = (type: FieldDefinitionNode['type']): string => {
    if (type.kind === 'NonNullType') return `${text(type.type)}!`;
    return type.kind === 'ListType' ? `[${text(type.type)}]` : type.name.value;
  };
  return definition.fields.map(
    (field: FieldDefinitionNode | InputValueDefinitionNode | { name: { value: string } }) =>
      'type' in field ? `${field.name.value}: ${text(field.type)}` : field.name.value,
  );
}

describe('the schema made for models is what the transformer makes', () => {
  const definitions = parse(EXPECTED).definitions;
  const withFields = definitions.filter((definition) => definition.kind !== 'EnumTypeDefinition');
  test.each(
    withFields.map(
      (definition) => ['name' in definition ? (definition.name?.value ?? '') : '', definition] as const,
    ),
  )('%s, member by member', (name, definition) => {
    const expected = expectedMembers(definition);
    expect(expected.length).toBeGreaterThan(0);
    expect(membersOf(schema, name)).toEqual(expected);
  });

  test.each(
    definitions.flatMap((definition) => (definition.kind === 'EnumTypeDefinition' ? [definition] : [])),
  )('the enum $name.value, value by value', ({ name, values }) => {
    const type = schema.getType(name.value);
    const found =
      type !== undefined && 'getValues' in type ? type.getValues().map((value) => value.name) : [];
    expect(found).toEqual(values?.map((value) => value.name.value));
  });

  test.each(['Query', 'Mutation', 'Subscription'] as const)('the fields of %s, in their order', (root) => {
    const expected = ROOT_FIELDS[root].trim().split(/\n\s*/);
    const names = expected.map((line) => /^\w+/.exec(line)?.[0] ?? '');
    expect(names.map((name) => rootField(schema, root, name))).toEqual(expected);
    const found = membersOf(schema, root).map((line) => line.split(':')[0] ?? '');
    expect(found.filter((name) => names.includes(name))).toEqual(names);
    // Beside them stand the fixed fields and nothing else.
    expect(found.filter((name) => !names.includes(name) && !/dataset|position/i.test(name))).toEqual([]);
  });

  test('subscriptions name their mutation', () => {
    const field = schema.getSubscriptionType()?.getFields()['onUpdatePost'];
    expect(field?.astNode?.directives?.map((directive) => directive.name.value)).toEqual(['aws_subscribe']);
  });
});
