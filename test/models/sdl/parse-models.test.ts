import { describe, expect, test } from 'vitest';
import { models } from './support.ts';

const OPERATIONS = ['create', 'update', 'delete', 'get', 'list', 'sync', 'listen'];

describe('a model', () => {
  test('has its own fields first, then what the server adds', () => {
    const [note] = models('type Note @model @auth(rules: [{ allow: owner }]) { title: String! }').models;
    expect(
      note?.fields.map(({ name, nonNull, implicit, type }) => [name, type.name, nonNull, implicit]),
    ).toEqual([
      ['title', 'String', true, undefined],
      ['id', 'ID', true, undefined],
      ['createdAt', 'AWSDateTime', true, 'timestamp'],
      ['updatedAt', 'AWSDateTime', true, 'timestamp'],
      ['owner', 'String', false, 'owner'],
    ]);
  });

  test('keeps declared id, timestamps and owner in their place', () => {
    const [note] = models(`type Note @model @auth(rules: [{ allow: owner }]) {
      updatedAt: String  owner: String!  id: ID!  createdAt: AWSDateTime
    }`).models;
    expect(note?.fields.map(({ name }) => name)).toEqual(['updatedAt', 'owner', 'id', 'createdAt']);
    expect(note?.fields.every(({ implicit }) => implicit === undefined)).toBe(true);
  });

  test('has a plural with its capitals and a table and columns in snake case', () => {
    const schema = models('type TaxCompany @model { vatNumber: String  HTMLBody: String  line2: String }');
    const [company] = schema.models;
    expect(company).toMatchObject({
      name: 'TaxCompany',
      plural: 'TaxCompanies',
      table: 'tax_company',
      key: ['id'],
    });
    expect(company?.fields.map(({ column }) => column)).toEqual([
      'vat_number',
      'html_body',
      'line2',
      'id',
      'created_at',
      'updated_at',
    ]);
    expect(schema.modelsByName.get('TaxCompany')).toBe(company);
    expect(company?.fieldsByName.get('line2')?.column).toBe('line2');
  });

  test('may have names that SQL reserves', () => {
    const [user] = models('type User @model { order: String  select: Int  table: Boolean }').models;
    expect(user?.table).toBe('user');
    expect(user?.fields.slice(0, 3).map(({ column }) => column)).toEqual(['order', 'select', 'table']);
  });

  test('knows every scalar', () => {
    const scalars =
      'ID String Int Float Boolean AWSDate AWSTime AWSDateTime AWSTimestamp AWSEmail AWSJSON AWSURL AWSPhone AWSIPAddress';
    const fields = scalars.split(' ').map((name) => `f${name}: ${name}`);
    const [all] = models(`type All @model { ${fields.join(' ')} }`).models;
    expect(all?.fields.slice(0, 14).map(({ type }) => type)).toEqual(
      scalars.split(' ').map((name) => ({ kind: 'scalar', name })),
    );
  });

  test('tells lists and their elements apart', () => {
    const [note] = models('type Note @model { a: [String] b: [String!] c: [String]! d: [String!]! }').models;
    expect(note?.fields.slice(0, 4).map(({ list, nonNull }) => [list?.nonNullElements, nonNull])).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  test('holds enums and nested types, which may hold each other', () => {
    const schema = models(`
      type Note @model { color: Color  path: [Point!]  place: Place }
      enum Color { RED GREEN }
      type Place { name: String!  at: Point  parts: [Place!]! }
      type Point { x: Float!  y: Float! }`);
    expect(schema.enums).toEqual([{ name: 'Color', description: undefined, values: ['RED', 'GREEN'] }]);
    expect(schema.objects.map(({ name }) => name)).toEqual(['Place', 'Point']);
    expect(schema.models[0]?.fields.slice(0, 3).map(({ type }) => type)).toEqual([
      { kind: 'enum', name: 'Color', values: ['RED', 'GREEN'] },
      { kind: 'object', name: 'Point' },
      { kind: 'object', name: 'Place' },
    ]);
    expect(schema.objects[0]?.fields.map(({ name }) => name)).toEqual(['name', 'at', 'parts']);
  });

  test('keeps descriptions', () => {
    const schema = models(`
      "A note." type Note @model { "Its title." title: String  color: Color }
      """ A color. """ enum Color { RED }`);
    expect(schema.models[0]?.description).toBe('A note.');
    expect(schema.models[0]?.fieldsByName.get('title')?.description).toBe('Its title.');
    expect(schema.enums[0]?.description).toBe(' A color. ');
  });

  test('takes its strategy from @conflict, else the one that is configured', () => {
    const schema = models(
      'type A @model { x: Int } type B @model @conflict(strategy: AUTOMERGE) { x: Int }' +
        'type C @model @conflict(strategy: OPTIMISTIC_CONCURRENCY) { x: Int }',
      { defaultStrategy: 'OPTIMISTIC_CONCURRENCY' },
    );
    expect(schema.models.map(({ strategy }) => strategy)).toEqual([
      'OPTIMISTIC_CONCURRENCY',
      'AUTOMERGE',
      'OPTIMISTIC_CONCURRENCY',
    ]);
  });

  test('may lie in several files, and files may hold nothing', () => {
    expect(models('').models).toEqual([]);
    expect(models('\uFEFF# nothing yet\n,').models).toEqual([]);
  });
});

describe('rules', () => {
  const rulesOf = (rules: string, fields = 'title: String') =>
    models(`type Note @model @auth(rules: ${rules}) { ${fields} }`).models[0]?.rules ?? [];

  test('grant all operations by default and keep their order', () => {
    const rules = rulesOf(
      '[{ allow: public }, { allow: private }, { allow: groups, groups: ["a", "b"] }, { allow: owner }]',
    );
    expect(rules.map(({ allow }) => allow)).toEqual(['public', 'private', 'groups', 'owner']);
    for (const rule of rules) expect([...rule.operations].toSorted()).toEqual(OPERATIONS.toSorted());
    expect(rules[2]).toMatchObject({ groups: ['a', 'b'] });
    expect(rules[3]).toMatchObject({ ownerField: 'owner', many: false });
  });

  test.each([
    ['[create]', ['create']],
    ['[read]', ['get', 'list', 'sync', 'listen']],
    ['[create, read]', ['create', 'get', 'list', 'sync', 'listen']],
    ['[get, listen]', ['get', 'listen']],
    ['[search]', []],
    ['[list, search]', ['list']],
    ['read', ['get', 'list', 'sync', 'listen']],
    ['null', OPERATIONS],
  ])('operations: %s grants %j', (operations, granted) => {
    const [rule] = rulesOf(`[{ allow: private, operations: ${operations} }]`);
    expect([...(rule?.operations ?? [])].toSorted()).toEqual(granted.toSorted());
  });

  test('name the field of the owner, one or several', () => {
    expect(rulesOf('[{ allow: owner, ownerField: "author" }]', 'author: String')).toMatchObject([
      { ownerField: 'author', many: false },
    ]);
    expect(rulesOf('[{ allow: owner, ownerField: "editors" }]', 'editors: [String!]!')).toMatchObject([
      { ownerField: 'editors', many: true },
    ]);
  });

  test('add each owner field that is not declared, once', () => {
    const [note] = models(`type Note @model @auth(rules: [
      { allow: owner, operations: [read] }, { allow: owner, operations: [update] }, { allow: owner, ownerField: "author" }
    ]) { title: String }`).models;
    expect(note?.fields.filter(({ implicit }) => implicit === 'owner').map(({ name }) => name)).toEqual([
      'owner',
      'author',
    ]);
  });

  test('may spell out what is the default anyway', () => {
    expect(
      rulesOf(`[
        { allow: owner, provider: userPools, identityClaim: "sub::username" }
        { allow: groups, provider: userPools, groups: "one", groupClaim: "cognito:groups" }
        { allow: private, provider: userPools }
        { allow: public, provider: apiKey }
      ]`),
    ).toHaveLength(4);
  });

  test('are none where there is no @auth', () => {
    expect(models('type Note @model { x: Int }').models[0]?.rules).toEqual([]);
  });
});
