import { getIntrospectionQuery, graphqlSync, printSchema, validateSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { modelSdl } from '../../../src/graphql/model-sdl/model-sdl.ts';
import { apiOf, membersOf, models, rootField } from './support.ts';

describe('the schema made for a model', () => {
  test('is whole without any model', () => {
    expect(modelSdl(models(''))).toBe('');
    expect(validateSchema(apiOf(''))).toEqual([]);
  });

  test('can be introspected, with the directives', () => {
    const schema = apiOf('type Note @model { title: String! }');
    expect(validateSchema(schema)).toEqual([]);
    const result = graphqlSync({ schema, source: getIntrospectionQuery() });
    expect(result.errors).toBeUndefined();
    const directives = schema.getDirectives().map(({ name }) => name);
    for (const name of [
      'model',
      'auth',
      'conflict',
      'aws_subscribe',
      'aws_auth',
      'aws_cognito_user_pools',
      'aws_api_key',
      'aws_iam',
      'aws_oidc',
      'aws_lambda',
      'aws_publish',
    ]) {
      expect(directives).toContain(name);
    }
  });

  test('has a change type of our own', () => {
    const schema = apiOf('type Note @model { title: String! }');
    expect(membersOf(schema, 'NoteChange')).toEqual([
      'kind: ChangeKind!',
      'position: String!',
      'id: ID',
      'item: Note',
    ]);
  });

  test('puts an id that is not declared after the declared fields', () => {
    const schema = apiOf('type Note @model { title: String! }');
    expect(membersOf(schema, 'Note').slice(0, 3)).toEqual([
      'title: String!',
      'id: ID!',
      'createdAt: AWSDateTime!',
    ]);
    expect(membersOf(schema, 'CreateNoteInput')).toEqual(['title: String!', 'id: ID', '_version: Int']);
    expect(membersOf(schema, 'UpdateNoteInput')).toEqual(['title: String', 'id: ID!', '_version: Int']);
    expect(membersOf(schema, 'ModelNoteConditionInput')[0]).toBe('title: ModelStringInput');
  });

  test('leaves declared timestamps where they are, and lets clients write them', () => {
    const schema = apiOf('type Note @model { updatedAt: AWSDateTime!  title: String!  createdAt: String }');
    expect(membersOf(schema, 'Note').slice(0, 5)).toEqual([
      'updatedAt: AWSDateTime!',
      'title: String!',
      'createdAt: String',
      'id: ID!',
      '_version: Int!',
    ]);
    expect(membersOf(schema, 'CreateNoteInput')).toEqual([
      'updatedAt: AWSDateTime',
      'title: String!',
      'createdAt: String',
      'id: ID',
      '_version: Int',
    ]);
    expect(membersOf(schema, 'ModelNoteConditionInput').filter((member) => member.includes('At'))).toEqual([
      'updatedAt: ModelStringInput',
      'createdAt: ModelStringInput',
    ]);
  });

  test('shows a declared owner in the inputs and filters in its place', () => {
    const schema = apiOf(`type Note @model @auth(rules: [{ allow: owner, ownerField: "author" }]) {
      id: ID!  author: String!  title: String
    }`);
    expect(membersOf(schema, 'CreateNoteInput')).toEqual([
      'id: ID',
      'author: String!',
      'title: String',
      '_version: Int',
    ]);
    expect(membersOf(schema, 'UpdateNoteInput')).toEqual([
      'id: ID!',
      'author: String',
      'title: String',
      '_version: Int',
    ]);
    expect(membersOf(schema, 'ModelNoteFilterInput').slice(0, 3)).toEqual([
      'id: ModelIDInput',
      'author: ModelStringInput',
      'title: ModelStringInput',
    ]);
    expect(membersOf(schema, 'ModelSubscriptionNoteFilterInput')).toEqual([
      'id: ModelSubscriptionIDInput',
      'title: ModelSubscriptionStringInput',
      'createdAt: ModelSubscriptionStringInput',
      'updatedAt: ModelSubscriptionStringInput',
      'and: [ModelSubscriptionNoteFilterInput]',
      'or: [ModelSubscriptionNoteFilterInput]',
      '_deleted: ModelBooleanInput',
      'author: ModelStringInput',
    ]);
    expect(rootField(schema, 'Subscription', 'onCreateNote')).toBe(
      'onCreateNote(filter: ModelSubscriptionNoteFilterInput, author: String): Note',
    );
  });

  test('filters no subscription by a list of owners, and takes no argument for it', () => {
    const schema = apiOf(
      `type Note @model @auth(rules: [{ allow: owner, ownerField: "editors" }]) { editors: [String] }`,
    );
    expect(
      membersOf(schema, 'ModelSubscriptionNoteFilterInput').some((member) => member.startsWith('editors')),
    ).toBe(false);
    expect(rootField(schema, 'Subscription', 'onCreateNote')).toBe(
      'onCreateNote(filter: ModelSubscriptionNoteFilterInput): Note',
    );
  });

  test('takes the owner as an argument of subscriptions only where his rule listens, once for each field', () => {
    const silent = apiOf(
      'type Note @model @auth(rules: [{ allow: owner, operations: [create, get] }]) { x: Int }',
    );
    expect(rootField(silent, 'Subscription', 'onDeleteNote')).toBe(
      'onDeleteNote(filter: ModelSubscriptionNoteFilterInput): Note',
    );
    const two = apiOf(`type Note @model @auth(rules: [
      { allow: owner, operations: [read] }, { allow: owner, operations: [listen] }, { allow: owner, ownerField: "author" }
    ]) { x: Int }`);
    expect(rootField(two, 'Subscription', 'onDeleteNote')).toBe(
      'onDeleteNote(filter: ModelSubscriptionNoteFilterInput, owner: String, author: String): Note',
    );
  });

  test('filters every scalar by the input of its family', () => {
    const names =
      'ID String Int Float Boolean AWSDate AWSTime AWSDateTime AWSTimestamp AWSEmail AWSJSON AWSURL AWSPhone AWSIPAddress';
    const fields = names.split(' ').map((name) => `f${name}: ${name}  l${name}: [${name}!]!`);
    const schema = apiOf(`type All @model { ${fields.join(' ')} }`);
    const families: Record<string, string> = {
      ID: 'ID',
      Int: 'Int',
      Float: 'Float',
      Boolean: 'Boolean',
      AWSTimestamp: 'Int',
    };
    for (const name of names.split(' ')) {
      const family = families[name] ?? 'String';
      expect(membersOf(schema, 'ModelAllFilterInput')).toContain(`f${name}: Model${family}Input`);
      expect(membersOf(schema, 'ModelAllFilterInput')).toContain(`l${name}: Model${family}Input`);
      expect(membersOf(schema, 'ModelSubscriptionAllFilterInput')).toContain(
        `l${name}: ModelSubscription${family}Input`,
      );
    }
  });

  test('filters enums by inputs of their own: a list only where it may be null', () => {
    const schema = apiOf('type Note @model { a: [E] b: [E!] c: [E]! d: [E!]! e: E! }  enum E { X Y }');
    expect(membersOf(schema, 'ModelNoteFilterInput').slice(0, 5)).toEqual([
      'a: ModelEListInput',
      'b: ModelEListInput',
      'c: ModelEInput',
      'd: ModelEInput',
      'e: ModelEInput',
    ]);
    expect(membersOf(schema, 'ModelEInput')).toEqual(['eq: E', 'ne: E']);
    expect(membersOf(schema, 'ModelEListInput')).toEqual([
      'eq: [E]',
      'ne: [E]',
      'contains: E',
      'notContains: E',
    ]);
    expect(membersOf(schema, 'ModelSubscriptionNoteFilterInput')[0]).toBe('a: ModelSubscriptionStringInput');
  });

  test('gives nested types inputs of their own and filters by none of them', () => {
    const schema = apiOf(`
      type Note @model { place: Place!  spots: [Place!] }
      type Place { name: String!  at: Point }  type Point { x: Float!  y: [Float]! }  type Unused { x: Int }`);
    expect(membersOf(schema, 'CreateNoteInput').slice(0, 2)).toEqual([
      'place: PlaceInput!',
      'spots: [PlaceInput!]',
    ]);
    expect(membersOf(schema, 'UpdateNoteInput').slice(0, 2)).toEqual([
      'place: PlaceInput',
      'spots: [PlaceInput!]',
    ]);
    expect(membersOf(schema, 'PlaceInput')).toEqual(['name: String!', 'at: PointInput']);
    expect(membersOf(schema, 'PointInput')).toEqual(['x: Float!', 'y: [Float]!']);
    expect(membersOf(schema, 'ModelNoteFilterInput')[0]).toBe('id: ModelIDInput');
    expect(schema.getType('UnusedInput')).toBeUndefined();
  });

  test('keeps descriptions, whatever is in them', () => {
    const text = 'A "quoted" note.\nWith a second line, a \\ and a """ in it.';
    const schema = apiOf(
      `""" ${text.replace('"""', '\\"""')} """ type Note @model { "Its title." title: String }`,
    );
    expect(schema.getType('Note')?.description?.trim()).toBe(text);
    expect(printSchema(schema)).toContain('Its title.');
  });
});
