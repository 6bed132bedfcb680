import { describe } from 'vitest';
import { note, testMistakes, type Case } from './support.ts';

const WRONG: readonly Case[] = [
  [
    'no SDL at all',
    'typ Note { x: Int }',
    '1:1',
    'This is not GraphQL SDL: Unexpected Name "typ"',
    'Definitions begin with `type` or `enum`',
  ],
  ['a missing brace', 'type Note @model {\n  x: Int\n', '3:1', 'look for a missing `}`'],
  ['a type without fields', 'type Note @model {\n}', '2:1', 'a type without fields'],
  ['a missing colon', note('x Int'), '2:5', 'Write fields as `name: Type`'],
  ['an open quotation mark', note('"x: Int'), '2:10', 'Close the quotation mark'],
  ['an operation', '{ x }', '1:1', 'An operation is no part of a schema'],
  ['a fragment', 'fragment F on X { x }', '1:1', 'A fragment is no part of a schema'],
  ['a schema block', 'schema { query: Query }', '1:1', 'remove `schema { … }`'],
  [
    'an unknown type',
    note('x: Strin'),
    '2:6',
    'There is no type Strin',
    'define it, or write one of ID, String',
  ],
  ['a type in another case', note('x: string'), '2:6', 'write String'],
  ['a type from elsewhere', note('x: DateTime'), '2:6', 'write AWSDateTime'],
  ['a long integer', note('x: Long'), '2:6', 'write Float (exact up to 2^53) or String'],
  ['an inherited property as a type', note('x: constructor'), '2:6', 'There is no type constructor'],
  ['a list of lists', note('x: [[Int]]'), '2:6', 'Lists of lists are not supported', 'AWSJSON'],
  ['an unknown directive', note('x: Int @unique'), '2:10', 'There is no directive @unique; remove it'],
  [
    'an inherited property as a directive',
    note('x: Int @toString'),
    '2:10',
    'There is no directive @toString',
  ],
  ['@model on a field', note('x: Int @model'), '2:10', '@model belongs to a type'],
  [
    '@conflict without @model',
    'type Place @conflict(strategy: AUTOMERGE) { x: Int }',
    '1:12',
    '@conflict belongs to a type with @model',
  ],
  [
    'AWS auth directives',
    'type Note @model @aws_api_key { x: Int }',
    '1:18',
    '@aws_api_key is made from @auth',
  ],
  ['@model twice', 'type Note @model @model { x: Int }', '1:18', '@model may stand once'],
  [
    'an unknown argument of @model',
    'type Note @model(foo: 1) { x: Int }',
    '1:18',
    '@model has no argument `foo`',
  ],
  [
    '@conflict without a strategy',
    'type Note @model @conflict { x: Int }',
    '1:18',
    '@conflict needs a strategy',
  ],
  [
    'an unknown strategy',
    'type Note @model @conflict(strategy: LATEST) { x: Int }',
    '1:38',
    'There is no such strategy; write AUTOMERGE',
  ],
  [
    'a strategy in quotation marks',
    'type Note @model @conflict(strategy: "AUTOMERGE") { x: Int }',
    '1:38',
    'without quotation marks: strategy: AUTOMERGE',
  ],
  [
    'an unknown argument of @conflict',
    'type Note @model @conflict(strategy: AUTOMERGE, x: 1) { x: Int }',
    '1:49',
    '@conflict has no argument `x`',
  ],
];

describe('SDL that is wrong', () => {
  testMistakes(WRONG);
});
