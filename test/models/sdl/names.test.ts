import { describe } from 'vitest';
import { note, ruled, testMistakes, type Case } from './support.ts';

const long = 'a'.repeat(64);

const NAMES: readonly Case[] = [
  [
    'a type twice',
    'type Note @model { x: Int }\nenum Note { A }',
    '2:6',
    'The type Note is already defined at a.graphql:1:6; rename or remove one',
  ],
  ['a field twice', note('x: Int\n  x: String'), '3:3', 'Note has two fields x'],
  [
    'the name of a built-in type',
    'type Dataset @model { x: Int }',
    '1:6',
    'Dataset is a built-in type; choose another name. Names taken: AWSDate, Boolean, ChangeKind, Dataset, Float, ',
  ],
  ['the name of a scalar', 'enum String { A }', '1:6', 'String is a built-in type'],
  [
    'a type made for a model',
    'type Note @model { x: Int }\ntype NoteChange { x: Int }',
    '1:6',
    'Note needs the name NoteChange for a type made for it, and the type NoteChange (a.graphql:2:6) has it',
  ],
  [
    'a filter that is built in',
    'enum Size { S M L }',
    '1:6',
    'Size needs the name ModelSizeInput for a type made for it, and a built-in type has it',
  ],
  [
    'two types that need one input',
    'type Note @model { x: Int }\ntype CreateNote { x: Int }',
    '2:6',
    'CreateNote needs the name CreateNoteInput',
    'a type made for Note (a.graphql:1:6)',
  ],
  [
    'two plurals that are one',
    'type Person @model { x: Int }\ntype People @model { x: Int }',
    '2:6',
    'Query.listPeople, and the model Person (a.graphql:1:6) has it',
  ],
  [
    'a table twice',
    'type FooBar @model { x: Int }\ntype Foo_Bar @model { x: Int }',
    '2:6',
    'Foo_Bar needs the table `foo_bar`, and the model FooBar (a.graphql:1:6) has it',
  ],
  [
    'a column twice',
    note('fooBar: Int\n  foo_bar: Int'),
    '3:3',
    'The field Note.foo_bar and Note.fooBar both need the column `foo_bar`',
  ],
  [
    'a column of the timestamps',
    note('created_at: Int'),
    '1:6',
    'Note.createdAt and Note.created_at both need the column `created_at`',
  ],
  ['a column of Postgres', note('ctid: Int'), '2:3', '`ctid`, which Postgres keeps for itself'],
  [
    'a column of Postgres for the owner',
    ruled('{ allow: owner, ownerField: "xmin" }'),
    '1:6',
    '`xmin`, which Postgres keeps for itself',
  ],
  ['a word of filters', note('not: Boolean'), '2:3', 'a name that filters use (and, or, not)'],
  [
    'a field that begins like metadata',
    note('_version: Int'),
    '2:3',
    'begins with `_`, which is kept for metadata',
    'write `version`',
  ],
  ['a field of introspection', note('__typename: String'), '2:3', 'begins with `_`'],
  ['a type that begins like metadata', 'type _Note @model { x: Int }', '1:6', '_Note begins with `_`'],
  ['a model in lower case', 'type note @model { x: Int }', '1:6', 'begins with a capital letter; write Note'],
  [
    'a table name that is too long',
    `type A${long} @model { x: Int }`,
    '1:6',
    'a table name of 65 bytes, and Postgres allows 63; shorten it',
  ],
  [
    'a column name that is too long',
    note(`${long}: Int`),
    '2:3',
    'a column name of 64 bytes, and Postgres allows 63',
  ],
  [
    'too many fields',
    note(Array.from({ length: 401 }, (_, i) => `f${i}: Int`).join(' ')),
    '1:6',
    'more than 400 fields',
  ],
];

describe('names that clash', () => {
  testMistakes(NAMES);
});
