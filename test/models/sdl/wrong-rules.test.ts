import { describe } from 'vitest';
import { note, ruled, testMistakes, type Case } from './support.ts';

const WRONG: readonly Case[] = [
  [
    '@auth without rules',
    'type Note @model @auth { x: Int }',
    '1:18',
    '@auth has no rules; write @auth(rules: [{ allow: owner }])',
  ],
  ['@auth with an empty list', 'type Note @model @auth(rules: []) { x: Int }', '1:18', '@auth has no rules'],
  [
    '@auth with another argument',
    'type Note @model @auth(rule: 1, rules: { allow: owner }) { x: Int }',
    '1:24',
    '@auth has no argument `rule`',
  ],
  ['a rule that is none', ruled('owner'), '2:3', 'A rule is written in braces'],
  [
    'a rule without allow',
    ruled('{ operations: [read] }'),
    '2:3',
    'A rule says whom it allows',
    'allow: owner, allow: private',
  ],
  [
    'allow in quotation marks',
    ruled('{ allow: "owner" }'),
    '2:12',
    'Write allow: owner without quotation marks',
  ],
  ['an unknown allow', ruled('{ allow: everyone }'), '2:12', 'There is no allow: everyone'],
  ['authenticated', ruled('{ allow: authenticated }'), '2:12', 'write allow: private'],
  ['guest', ruled('{ allow: guest }'), '2:12', 'write allow: public'],
  [
    'an unknown key of a rule',
    ruled('{ allow: private, foo: 1 }'),
    '2:21',
    'A rule has no `foo`',
    'allow, provider, operations',
  ],
  [
    'a key twice',
    ruled('{ allow: private, operations: [get], operations: [list] }'),
    '2:40',
    'The rule has operations twice',
  ],
  [
    'a key of another kind of rule',
    ruled('{ allow: private, ownerField: "a" }'),
    '2:21',
    'ownerField belongs to allow: owner',
  ],
  [
    'the old form of operations',
    ruled('{ allow: owner, queries: [get] }'),
    '2:19',
    'queries is of an older version',
    'operations: [',
  ],
  [
    'a wrong provider',
    ruled('{ allow: owner, provider: apiKey }'),
    '2:29',
    'allow: owner has no provider: apiKey',
    'write provider: userPools',
  ],
  [
    'a provider in quotation marks',
    ruled('{ allow: owner, provider: "userPools" }'),
    '2:29',
    'Write provider: userPools without',
  ],
  [
    'an unknown operation',
    ruled('{ allow: owner, operations: [write] }'),
    '2:32',
    'There is no operation write; write some of create, update',
  ],
  [
    'an operation in quotation marks',
    ruled('{ allow: owner, operations: ["read"] }'),
    '2:32',
    'Write read without quotation marks',
  ],
  ['no operations', ruled('{ allow: owner, operations: [] }'), '2:19', 'The list of operations is empty'],
  ['read beside get', ruled('{ allow: owner, operations: [read, get] }'), '2:38', 'read includes get'],
  [
    'groups without names',
    ruled('{ allow: groups }'),
    '2:3',
    'allow: groups names them; write groups: ["Admin"]',
  ],
  ['no group', ruled('{ allow: groups, groups: [] }'), '2:20', 'write groups: ["Admin"]'],
  [
    'a group that is no name',
    ruled('{ allow: groups, groups: [Admin] }'),
    '2:29',
    'A group is a name in quotation marks',
  ],
  [
    'an owner field that is none',
    ruled('{ allow: owner, ownerField: owner }'),
    '2:31',
    'ownerField: "author"',
  ],
  [
    'an owner field with blanks',
    ruled('{ allow: owner, ownerField: "my owner" }'),
    '2:31',
    'ownerField is the name of a field',
  ],
  [
    'an owner that is a number',
    'type Note @model @auth(rules: [{ allow: owner }]) { owner: Int }',
    '1:32',
    '`owner` must be String or [String]',
  ],
  [
    'an owner in the key',
    ruled('{ allow: owner, ownerField: "id" }'),
    '2:31',
    'The owner cannot stand in `id`',
  ],
  [
    'an owner in a timestamp',
    ruled('{ allow: owner, ownerField: "createdAt" }'),
    '2:31',
    'The owner cannot stand in `createdAt`',
  ],
  [
    'an owner that subscriptions take for a filter',
    ruled('{ allow: owner, ownerField: "filter" }'),
    '2:31',
    'The owner cannot stand in `filter`',
  ],
  [
    'a timestamp of another type',
    note('createdAt: AWSTimestamp'),
    '2:14',
    'createdAt is filled in by the server as an ISO time',
  ],
  ['a list of timestamps', note('updatedAt: [AWSDateTime]'), '2:14', 'write `updatedAt: AWSDateTime!`'],
  ['a value twice', 'enum Color {\n  RED\n  RED\n}', '3:3', 'The enum Color has RED twice'],
  [
    'a nested type that must hold itself',
    'type Place { inner: Box! }\ntype Box { place: Place! }\ntype Note @model { p: Place }',
    '1:6',
    'Place.inner → Box.place',
    'make one of these fields nullable',
  ],
];

describe('rules that are wrong', () => {
  testMistakes(WRONG);
});
