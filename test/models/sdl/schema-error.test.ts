import { describe, expect, test } from 'vitest';
import { SchemaError } from '../../../src/models/sdl/schema-error.ts';
import { mistakesOf, models } from './support.ts';

describe('an error', () => {
  test('names every mistake of every file, in order', () => {
    const found = mistakesOf(
      'type B @model { x: Nope }\ntype A @model { y: [[Int]] }',
      'type C @model {\n  x: Int @index\n  z: Nah\n}',
    );
    expect(found.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'a.graphql:1',
      'a.graphql:2',
      'b.graphql:2',
      'b.graphql:3',
    ]);
  });

  test('has one line a mistake that an editor can follow', () => {
    try {
      models('type Note @model {\n  x: Nope\n  y: [[Int]]\n}');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SchemaError);
      expect((error as Error).message.split('\n')).toEqual([
        expect.stringMatching(/^a\.graphql:2:6 There is no type Nope; /),
        expect.stringMatching(/^a\.graphql:3:6 Lists of lists /),
      ]);
    }
  });

  test('names both places of a type that is defined in two files', () => {
    expect(mistakesOf('type Note @model { x: Int }', '\ntype Note @model { x: Int }')).toEqual([
      {
        file: 'b.graphql',
        line: 2,
        column: 6,
        message: 'The type Note is already defined at a.graphql:1:6; rename or remove one of the two.',
      },
    ]);
  });

  test('does not hide what is wrong in the next file', () => {
    expect(mistakesOf('type {', 'type Note @model { x: Nope }').map(({ file }) => file)).toEqual([
      'a.graphql',
      'b.graphql',
    ]);
  });
});
