import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pluralOf, rootFieldNames, snakeCase } from '../../../src/models/sdl/names.ts';

/** Names that GraphQL allows and models may have. */
const graphqlName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,20}$/);

describe('snakeCase', () => {
  test.each([
    ['Note', 'note'],
    ['createdAt', 'created_at'],
    ['HTMLBody', 'html_body'],
    ['URL', 'url'],
    ['line2', 'line2'],
    ['line2Street', 'line2_street'],
    ['aB', 'a_b'],
    ['vatID', 'vat_id'],
    ['Foo_Bar', 'foo_bar'],
    ['A', 'a'],
  ])('makes %s to %s', (name, snake) => {
    expect(snakeCase(name)).toBe(snake);
  });

  test('makes an identifier in lower case that differs in nothing but case and underscores', () => {
    const bare = (text: string): string => text.replaceAll('_', '').toLowerCase();
    fc.assert(
      fc.property(graphqlName, (name) => {
        const snake = snakeCase(name);
        expect(snake).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(bare(snake)).toBe(bare(name));
      }),
    );
  });

  test('leaves what is in snake case already', () => {
    fc.assert(
      fc.property(graphqlName, (name) => {
        expect(snakeCase(snakeCase(name))).toBe(snakeCase(name));
      }),
    );
  });
});

describe('root fields', () => {
  test.each([
    ['Post', 'Posts'],
    ['Company', 'Companies'],
    ['Person', 'People'],
    ['TaskLabels', 'TaskLabels'],
    ['A', 'AS'],
    ['Datum', 'Data'],
    ['AutomergeNote', 'AutomergeNotes'],
  ])('of %s speak of %s', (name, plural) => {
    expect(pluralOf(name)).toBe(plural);
    expect(rootFieldNames({ name, plural })).toEqual({
      get: `get${name}`,
      list: `list${plural}`,
      sync: `sync${plural}`,
      create: `create${name}`,
      update: `update${name}`,
      delete: `delete${name}`,
      onCreate: `onCreate${name}`,
      onUpdate: `onUpdate${name}`,
      onDelete: `onDelete${name}`,
      onChange: `onChange${name}`,
    });
  });
});
