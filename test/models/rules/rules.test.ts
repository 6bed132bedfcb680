import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
import type { Item, Model, ModelOperation } from '../../../src/models/model.ts';
import { grantsFor, isVisible, ownersOf, ownersOnCreate, ownerView } from '../../../src/models/rules.ts';
import { modelOf, schemaOf, user } from '../engine/setup.ts';

const OPERATIONS: readonly ModelOperation[] = ['create', 'update', 'delete', 'get', 'list', 'sync', 'listen'];

function modelWith(rules: string, fields = 'title: String'): Model {
  return modelOf(schemaOf(`type Note @model @auth(rules: [${rules}]) { ${fields} }`), 'Note');
}

const ruled = {
  owner: '{ allow: owner }',
  ownerReads: '{ allow: owner, operations: [read] }',
  private: '{ allow: private }',
  privateReads: '{ allow: private, operations: [read] }',
  admins: '{ allow: groups, groups: ["Admin", "Boss"] }',
  public: '{ allow: public }',
  publicReads: '{ allow: public, operations: [get, list] }',
} as const;

const callers: Record<string, Caller> = {
  ada: user('ada'),
  admin: user('boss', { groups: ['Admin'] }),
  key: { kind: 'apiKey' },
  root: { kind: 'root' },
};

const READ = ['get', 'list', 'sync', 'listen'];
const ALL = [...OPERATIONS];

/** Who may do what: with all items, or with own ones. */
const table: [rules: (keyof typeof ruled)[], caller: string, all: string[], own: string[]][] = [
  [['owner'], 'ada', [], ALL],
  [['owner'], 'admin', [], ALL],
  [['owner'], 'key', [], []],
  [['owner'], 'root', ALL, []],
  [['ownerReads'], 'ada', [], READ],
  [['private'], 'ada', ALL, []],
  [['private'], 'key', [], []],
  [['private'], 'root', ALL, []],
  [['privateReads'], 'ada', READ, []],
  [['admins'], 'ada', [], []],
  [['admins'], 'admin', ALL, []],
  [['admins'], 'key', [], []],
  [['public'], 'key', ALL, []],
  [['public'], 'ada', [], []],
  [['public'], 'root', ALL, []],
  [['publicReads'], 'key', ['get', 'list'], []],
  [['owner', 'privateReads'], 'ada', READ, ['create', 'update', 'delete']],
  [['owner', 'admins'], 'ada', [], ALL],
  [['owner', 'admins'], 'admin', ALL, []],
  [['owner', 'publicReads'], 'key', ['get', 'list'], []],
  [['ownerReads', 'admins', 'publicReads'], 'ada', [], READ],
  [[], 'ada', [], []],
  [[], 'key', [], []],
  [[], 'root', ALL, []],
];

describe('grants', () => {
  it.each(table)('of rules %j for %s: all items for %j, own ones for %j', (rules, caller, all, own) => {
    const text = rules.map((name) => ruled[name]).join(', ');
    const model =
      rules.length === 0 ? modelOf(schemaOf('type Note @model { title: String }'), 'Note') : modelWith(text);
    const who = callers[caller];
    if (who === undefined) throw new Error(caller);
    const kinds = Object.fromEntries(
      OPERATIONS.map((operation) => [operation, grantsFor(model, who, operation).kind]),
    );
    const expected = OPERATIONS.map((operation) => [
      operation,
      all.includes(operation) ? 'all' : own.includes(operation) ? 'owners' : 'none',
    ]);
    expect(kinds).toEqual(Object.fromEntries(expected));
  });

  it('of several owner rules are or-ed', () => {
    const model = modelWith(
      '{ allow: owner }, { allow: owner, ownerField: "editors", operations: [update] }',
      'title: String, editors: [String]',
    );
    const grant = grantsFor(model, user('ada'), 'update');
    expect(grant).toMatchObject({
      kind: 'owners',
      fields: [
        { field: 'owner', many: false },
        { field: 'editors', many: true },
      ],
    });
    expect(grantsFor(model, user('ada'), 'get')).toMatchObject({ fields: [{ field: 'owner', many: false }] });
    expect(isVisible(grant, item({ owner: 'bob', editors: ['carl', 'ada'] }))).toBe(true);
    expect(isVisible(grant, item({ owner: 'ada', editors: null }))).toBe(true);
    expect(isVisible(grant, item({ owner: 'bob', editors: ['carl'] }))).toBe(false);
  });
});

function item(fields: Record<string, unknown>): Item {
  return { id: 'a', ...fields, _version: 1, _deleted: null, _lastChangedAt: 1 };
}

describe('who is an owner', () => {
  const own = modelWith('{ allow: owner }');
  const sees = (caller: Caller, owner: unknown) => isVisible(grantsFor(own, caller, 'get'), item({ owner }));
  const uuid = '11111111-2222-4333-8444-555555555555';

  it.each<[string, Caller, unknown, boolean]>([
    ['sub and username', user('ada'), 'sub-of-ada::ada', true],
    ['the sub alone', user('ada'), 'sub-of-ada', true],
    ['the username alone', user('ada'), 'ada', true],
    [
      'the username alone, where several pools are accepted',
      user('ada', { bareUsername: false }),
      'ada',
      false,
    ],
    [
      'sub and username, where several pools are accepted',
      user('ada', { bareUsername: false }),
      'sub-of-ada::ada',
      true,
    ],
    ['another sub with the same username', user('ada'), 'other-sub::ada', false],
    ['another case', user('ada'), 'ADA', false],
    ['nobody', user('ada'), null, false],
    ['no text', user('ada'), ['ada'], false],
    ['a username that is made to look like another owner', user('sub-of-ada::ada'), 'sub-of-ada::ada', false],
    ['a username that is made to look like another sub', user(uuid), uuid, false],
    ['a username that is the own sub', user(uuid, { sub: uuid }), uuid, true],
    ['the API key, of no owner', { kind: 'apiKey' }, null, false],
  ])('%s', (_, caller, owner, expected) => {
    expect(sees(caller, owner)).toBe(expected);
  });

  it('reads as the last part', () => {
    expect(ownerView('sub::ada')).toBe('ada');
    expect(ownerView('sub::a::b')).toBe('b');
    expect(ownerView('ada')).toBe('ada');
    expect(ownerView(['s::a', 'b'])).toEqual(['a', 'b']);
    expect(ownerView(null)).toBeNull();
    expect(ownerView(undefined)).toBeUndefined();
  });

  it('is found by every owner that an item names', () => {
    const fields = [
      { field: 'owner', many: false },
      { field: 'editors', many: true },
    ];
    expect(ownersOf(fields, item({ owner: 'a', editors: ['b', null, 'c'] }))).toEqual(['a', 'b', 'c']);
    expect(ownersOf(fields, item({ owner: null, editors: null }))).toEqual([]);
  });
});

describe('owners of a new item', () => {
  const ada = user('ada');
  const me = 'sub-of-ada::ada';
  const owned = modelWith('{ allow: owner }');
  const declared = modelWith('{ allow: owner }', 'title: String, owner: String');
  const shared = modelWith('{ allow: owner, ownerField: "editors" }', 'title: String, editors: [String]');
  const both = modelWith(
    '{ allow: owner }, { allow: owner, ownerField: "editors" }',
    'owner: String, editors: [String]',
  );
  const helped = modelWith(
    '{ allow: owner }, { allow: groups, groups: ["Admin"] }',
    'title: String, owner: String',
  );
  const assigned = modelWith(
    '{ allow: groups, groups: ["Admin"] }, { allow: owner, ownerField: "assignee", operations: [read] }',
    'title: String, assignee: String',
  );
  const implicit = modelWith(
    '{ allow: private, operations: [create, read] }, { allow: owner, operations: [update] }',
  );
  const admin = user('boss', { groups: ['Admin'] });

  const made = (model: Model, caller: Caller, input: Record<string, unknown>): unknown => {
    try {
      return ownersOnCreate(model, caller, grantsFor(model, caller, 'create'), input);
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };

  it.each<[string, Model, Caller, Record<string, unknown>, unknown]>([
    ['left out: the caller', owned, ada, {}, { owner: me }],
    ['left out of a list: the caller', shared, ada, {}, { editors: [me] }],
    ['given, mine in full', declared, ada, { owner: me }, { owner: me }],
    ['given, my sub', declared, ada, { owner: 'sub-of-ada' }, { owner: 'sub-of-ada' }],
    ['given, my name: kept so that nobody inherits it', declared, ada, { owner: 'ada' }, { owner: me }],
    [
      'given, my name, where names are of several pools',
      declared,
      user('ada', { bareUsername: false }),
      { owner: 'ada' },
      'FORBIDDEN',
    ],
    ['given, another', declared, ada, { owner: 'bob' }, 'FORBIDDEN'],
    ['given, null', declared, ada, { owner: null }, 'FORBIDDEN'],
    ['a list with me', shared, ada, { editors: ['bob', 'ada'] }, { editors: ['bob', me] }],
    ['a list without me', shared, ada, { editors: ['bob'] }, 'FORBIDDEN'],
    ['an empty list', shared, ada, { editors: [] }, 'FORBIDDEN'],
    ['no list', shared, ada, { editors: null }, 'FORBIDDEN'],
    ['one rule met is enough', both, ada, { editors: ['bob'] }, { owner: me, editors: ['bob'] }],
    ['one rule met is enough', both, ada, { owner: null }, { owner: null, editors: [me] }],
    ['none met', both, ada, { owner: 'bob', editors: ['bob'] }, 'FORBIDDEN'],
    ['an admin leaves it out', helped, admin, {}, { owner: 'sub-of-boss::boss' }],
    ['an admin gives another', helped, admin, { owner: 'bob' }, { owner: 'bob' }],
    ['an admin gives nobody', helped, admin, { owner: null }, { owner: null }],
    ['a rule that does not cover creation fills in nothing', assigned, admin, {}, {}],
    ['but for a field that nobody could fill', implicit, ada, {}, { owner: me }],
    ['root owns nothing', owned, { kind: 'root' }, {}, {}],
    ['no rule for creation', assigned, ada, { assignee: me }, 'FORBIDDEN'],
  ])('%s', (_, model, caller, input, expected) => {
    expect(made(model, caller, input)).toEqual(expected);
  });
});
