import { buildSchema, graphql, type GraphQLResolveInfo } from 'graphql';
import { describe, expect, it } from 'vitest';
import { projectSelection, selects } from '../../src/graphql/selection.ts';

const schema = buildSchema(`
  type Query { page: Page row: Row }
  type Page { items: [Row] }
  type Row { id: ID a: String _deleted: Boolean nested: Nested list: [Nested] }
  type Nested { b: Int c: Int }
`);

async function infoOf(
  field: string,
  document: string,
  variables: Record<string, unknown> = {},
): Promise<GraphQLResolveInfo> {
  let seen: GraphQLResolveInfo | undefined;
  const rootValue = {
    [field]: (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
      seen = info;
      return null;
    },
  };
  const result = await graphql({ schema, source: document, rootValue, variableValues: variables });
  if (seen === undefined) throw new Error(JSON.stringify(result.errors));
  return seen;
}

describe('what a document selects', () => {
  it.each([
    ['{ page { items { id _deleted } } }', true],
    ['{ page { items { id } } }', false],
    ['{ page { ...P } } fragment P on Page { items { ... on Row { gone: _deleted } } }', true],
    ['{ page { items { _deleted @skip(if: true) } } }', false],
    ['{ page { items { id } } page { items { _deleted } } }', true],
  ])('finds a field through fragments, aliases and repetitions: %s', async (document, expected) => {
    expect(selects(await infoOf('page', document), ['items', '_deleted'])).toBe(expected);
  });

  it('follows variables of @include', async () => {
    const document = 'query Q($all: Boolean!) { page { items { _deleted @include(if: $all) } } }';
    expect(selects(await infoOf('page', document, { all: false }), ['items', '_deleted'])).toBe(false);
    expect(selects(await infoOf('page', document, { all: true }), ['items', '_deleted'])).toBe(true);
  });
});

describe('a row that an error shows', () => {
  const row = { id: '1', a: 'x', secret: 's', nested: { b: 1, c: 2 }, list: [{ b: 3, c: 4 }, null] };

  it('has what was selected, under the names that were asked for, and nothing else', async () => {
    const info = await infoOf('row', '{ row { __typename id title: a _deleted nested { b } list { c } } }');
    expect(projectSelection(info, row, 'Row')).toEqual({
      __typename: 'Row',
      id: '1',
      title: 'x',
      _deleted: null,
      nested: { b: 1 },
      list: [{ c: 4 }, null],
    });
  });
});
