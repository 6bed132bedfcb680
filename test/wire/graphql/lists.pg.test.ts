import { describe, expect, it } from 'vitest';
import { graphql } from '../../support/server.ts';
import { API_KEY, ask, refused, type Fields, type Headers } from './support/call.ts';
import { join } from './support/groups.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();
const ana = async (): Promise<Headers> => (await shared.person('ana')).headers;
const ben = async (): Promise<Headers> => (await shared.person('ben')).headers;

interface Page {
  readonly items: readonly Fields[];
  readonly nextToken: string | null;
  readonly startedAt: number;
}

const FIELDS = 'id title body tags done _version _deleted';
const LIST = `query ($filter: ModelAutomergeNoteFilterInput, $limit: Int, $nextToken: String) {
  listAutomergeNotes(filter: $filter, limit: $limit, nextToken: $nextToken) { items { id title body tags done } nextToken }
}`;
const SYNC = `query ($filter: ModelAutomergeNoteFilterInput, $limit: Int, $nextToken: String, $lastSync: AWSTimestamp) {
  syncAutomergeNotes(filter: $filter, limit: $limit, nextToken: $nextToken, lastSync: $lastSync) {
    items { ${FIELDS} } nextToken startedAt
  }
}`;
const CREATE = `mutation ($input: CreateAutomergeNoteInput!) { createAutomergeNote(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation ($input: UpdateAutomergeNoteInput!) { updateAutomergeNote(input: $input) { ${FIELDS} } }`;
const DELETE = `mutation ($input: DeleteAutomergeNoteInput!) { deleteAutomergeNote(input: $input) { ${FIELDS} } }`;

/** Notes whose title begins with a word of the test's own: tests do not see one another's. */
async function notes(word: string, inputs: readonly Fields[]): Promise<void> {
  const headers = await ana();
  for (const [index, input] of inputs.entries())
    await ask(shared.url, headers, CREATE, {
      input: { id: `${word}-${index}`, title: `${word} ${index}`, ...input },
    });
}

async function titles(headers: Headers, word: string, filter: Fields = {}): Promise<string[]> {
  const own = { and: [{ title: { beginsWith: word } }, filter] };
  const { items } = await ask<Page>(shared.url, headers, LIST, { filter: own, limit: 1000 });
  return items.map(({ id }) => String(id).slice(word.length + 1)).sort();
}

/** All pages of a sync. */
async function sync(
  headers: Headers,
  variables: Fields,
): Promise<Page & { readonly base: unknown; readonly pages: number }> {
  const items: Fields[] = [];
  const started = new Set<number>();
  let nextToken: string | null = null;
  let base: unknown;
  let pages = 0;
  do {
    const answer = await graphql(shared.url, headers, SYNC, { ...variables, nextToken });
    expect(answer.errors).toEqual([]);
    const page = answer.data?.['syncAutomergeNotes'] as Page;
    items.push(...page.items);
    started.add(page.startedAt);
    if (pages > 0) expect(answer.extensions['base']).toEqual(base);
    base = answer.extensions['base'];
    nextToken = page.nextToken;
    pages++;
  } while (nextToken !== null);
  expect(started.size).toBe(1);
  return { items, nextToken, startedAt: [...started][0] ?? 0, base, pages };
}

describe('a list', () => {
  it('comes in pages that hold everything once', async () => {
    const headers = await ana();
    await notes(
      'pages',
      Array.from({ length: 23 }, () => ({})),
    );
    const filter = { title: { beginsWith: 'pages' } };
    const found: unknown[] = [];
    let nextToken: string | null = null;
    do {
      const page: Page = await ask<Page>(shared.url, headers, LIST, { filter, limit: 5, nextToken });
      expect(page.items.length).toBeLessThanOrEqual(5);
      found.push(...page.items.map(({ id }) => id));
      nextToken = page.nextToken;
    } while (nextToken !== null);
    expect(found).toHaveLength(23);
    expect(new Set(found).size).toBe(23);
  });

  it('takes a page token for its own question and caller alone', async () => {
    const [headers, others] = [await ana(), await ben()];
    await notes('token', [{}, {}, {}]);
    const filter = { title: { beginsWith: 'token' } };
    const { nextToken } = await ask<Page>(shared.url, headers, LIST, { filter, limit: 1 });
    for (const [who, variables] of [
      [others, { filter }],
      [headers, { filter: { title: { beginsWith: 'tok' } } }],
      [headers, {}],
      [headers, { filter, nextToken: `${String(nextToken)}x` }],
      [headers, { filter, nextToken: '' }],
    ] as const)
      expect(await refused(shared.url, who, LIST, { limit: 1, nextToken, ...variables })).toMatchObject({
        code: 'INVALID_PAGE_TOKEN',
      });
    const other = '{ listOptimisticNotes(nextToken: "TOKEN") { nextToken } }'.replace(
      'TOKEN',
      String(nextToken),
    );
    expect(await refused(shared.url, headers, other)).toMatchObject({ code: 'INVALID_PAGE_TOKEN' });
  });

  it.each<[Fields, string[]]>([
    [{ body: { eq: 'b' } }, ['1']],
    [{ body: { ne: 'b' } }, ['0', '2', '3', '4']],
    [{ body: { lt: 'b' } }, ['0', '4']],
    [{ body: { between: ['a', 'b'] } }, ['0', '1']],
    [{ body: { attributeExists: false } }, ['3']],
    [{ body: { contains: 'c' } }, ['2']],
    [{ body: { notContains: 'c' } }, ['0', '1', '3', '4']],
    [{ body: { size: { eq: 0 } } }, ['4']],
    [{ body: { gt: 'a', lt: 'c' } }, ['1']],
    [{ done: { eq: true } }, ['0']],
    [{ tags: { contains: 'x' } }, ['0', '2']],
    [{ not: { body: { eq: 'a' } } }, ['1', '2', '3', '4']],
    [{ or: [{ body: { eq: 'a' } }, { body: { eq: 'b' } }] }, ['0', '1']],
    [{ and: [{ body: { ge: 'a' } }, { not: { or: [{ body: { eq: 'b' } }] } }] }, ['0', '2']],
    [{ body: { eq: "a' or true --" } }, []],
    [{ id: { eq: 'filter-2' } }, ['2']],
    [{ createdAt: { lt: '2000-01-01' } }, []],
  ])('is filtered: %j', async (filter, expected) => {
    const headers = await ana();
    if ((await titles(headers, 'filter')).length === 0)
      await notes('filter', [
        { body: 'a', done: true, tags: ['x'] },
        { body: 'b', done: false },
        { body: 'c', tags: ['y', 'x'] },
        {},
        { body: '' },
      ]);
    expect(await titles(headers, 'filter', filter)).toEqual(expected);
  });

  it.each<[Fields, string]>([
    [{ filter: { body: { between: ['a'] } } }, 'filter.body.between'],
    [{ filter: { nothing: { eq: 'a' } } }, 'filter.nothing'],
    [{ filter: { body: { like: 'a' } } }, 'filter.body.like'],
    [{ filter: { done: { eq: 'yes' } } }, 'filter.done.eq'],
  ])('with %j is BAD_USER_INPUT, which names it', async (variables, argument) => {
    expect(await refused(shared.url, await ana(), LIST, variables)).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument,
    });
  });

  it('shows what was deleted only to those who ask for it', async () => {
    const headers = await ana();
    await notes('ghost', [{}, {}]);
    await ask(shared.url, headers, DELETE, { input: { id: 'ghost-0' } });
    const own = { title: { beginsWith: 'ghost' } };
    const ids = async (selection: string, filter: Fields) => {
      const query = `query ($filter: ModelAutomergeNoteFilterInput) { listAutomergeNotes(filter: $filter) { items { id ${selection} } } }`;
      const { items } = await ask<Page>(shared.url, headers, query, { filter });
      return items.map(({ id }) => id).sort();
    };
    expect(await ids('', own)).toEqual(['ghost-1']);
    expect(await ids('_deleted', own)).toEqual(['ghost-0', 'ghost-1']);
    expect(await ids('...F', own).catch(() => 'no fragment')).toBe('no fragment');
    expect(await ids('', { ...own, _deleted: { eq: true } })).toEqual(['ghost-0']);
    expect(await ids('', { ...own, _deleted: { ne: true } })).toEqual(['ghost-1']);
    expect(await ids('', { and: [own, { not: { _deleted: { eq: true } } }] })).toEqual(['ghost-1']);
  });
});

describe('a sync', () => {
  it('from nothing holds everything, with what was deleted', async () => {
    const headers = await ana();
    await notes('base', [{}, {}, {}]);
    await ask(shared.url, headers, DELETE, { input: { id: 'base-1' } });
    const filter = { title: { beginsWith: 'base' } };
    for (const lastSync of [undefined, null, 0]) {
      const { items, base, pages } = await sync(headers, { filter, lastSync, limit: 2 });
      expect(items.map(({ id, _deleted }) => [id, _deleted]).sort()).toEqual([
        ['base-0', null],
        ['base-1', true],
        ['base-2', null],
      ]);
      expect(pages).toBeGreaterThan(1);
      // It was not asked for a delta, so a base is nothing to be told of.
      expect(base).toBeUndefined();
    }
  });

  it('since the last one holds what changed, each item once and as it is now', async () => {
    const headers = await ana();
    await notes('delta', [{}, {}, {}, {}]);
    const filter = { title: { beginsWith: 'delta' } };
    const first = await sync(headers, { filter });
    expect(await sync(headers, { filter, lastSync: first.startedAt })).toMatchObject({
      items: [],
      base: undefined,
    });
    for (const body of ['1', '2', '3'])
      await ask(shared.url, headers, UPDATE, { input: { id: 'delta-0', body } });
    await ask(shared.url, headers, DELETE, { input: { id: 'delta-1' } });
    await notes('delta', [{ id: 'delta-new', title: 'delta new' }]);
    const second = await sync(headers, { filter, lastSync: first.startedAt, limit: 2 });
    expect(second.items.map(({ id, body, _deleted }) => [id, body, _deleted])).toEqual([
      ['delta-0', '3', null],
      ['delta-1', null, true],
      ['delta-new', null, null],
    ]);
    expect(second.base).toBeUndefined();
    expect(second.startedAt).toBeGreaterThan(first.startedAt);
    expect((await sync(headers, { filter, lastSync: second.startedAt })).items).toEqual([]);
  });

  it('tells that an item left the filter, by a tombstone', async () => {
    const headers = await ana();
    await notes('leaves', [{ body: 'in' }, { body: 'in' }, { body: 'out' }]);
    const filter = { and: [{ title: { beginsWith: 'leaves' } }, { body: { eq: 'in' } }] };
    const first = await sync(headers, { filter });
    expect(first.items).toHaveLength(2);
    await ask(shared.url, headers, UPDATE, { input: { id: 'leaves-0', body: 'out' } });
    await ask(shared.url, headers, UPDATE, { input: { id: 'leaves-2', title: 'leaves, still out' } });
    const { items } = await sync(headers, { filter, lastSync: first.startedAt });
    expect(items).toEqual([
      expect.objectContaining({ id: 'leaves-0', _deleted: true, title: 'leaves 0', _version: 2 }),
    ]);
  });

  it('under its response key, and of several in one document each by itself, says when it read the base', async () => {
    const headers = await ana();
    await notes('keys', [{}]);
    // An instant before this database was made: no mark is that old.
    const query = `query ($old: AWSTimestamp, $new: AWSTimestamp) {
      one: syncAutomergeNotes(lastSync: $old, limit: 1) { startedAt }
      two: syncAutomergeNotes(lastSync: $new, limit: 1) { startedAt }
      syncBoards(lastSync: $old) { startedAt }
    }`;
    const { startedAt } = await sync(headers, {});
    for (const _time of [1, 2]) {
      const { extensions } = await graphql(shared.url, headers, query, { old: 1, new: startedAt });
      expect([...(extensions['base'] as string[])].sort()).toEqual(['one', 'syncBoards']);
      expect(extensions['position']).toEqual(expect.any(String));
    }
  });

  it('of a time that is to come begins where the newest one did', async () => {
    const headers = await ana();
    await sync(headers, {});
    await notes('future', [{}]);
    const { items } = await sync(headers, { lastSync: Date.now() + 3_600_000 });
    expect(items.map(({ id }) => id)).toEqual(['future-0']);
  });

  it('from before a change of the caller’s groups reads the base', async () => {
    const mod = await shared.person('mod');
    const query = 'query ($t: AWSTimestamp) { syncBoards(lastSync: $t) { startedAt } }';
    const first = await graphql(shared.url, mod.headers, query);
    const startedAt = (first.data as { syncBoards: Fields }).syncBoards['startedAt'];
    expect((await graphql(shared.url, mod.headers, query, { t: startedAt })).extensions).not.toHaveProperty(
      'base',
    );
    await join(shared.server, 'mod', 'moderators');
    await expect
      .poll(
        async () => (await graphql(shared.url, mod.headers, query, { t: startedAt })).extensions['base'],
        { timeout: 5000 },
      )
      .toEqual(['syncBoards']);
  });

  it('takes limits out of range as the nearest that is allowed', async () => {
    const headers = await ana();
    await notes('clamp', [{}, {}]);
    const filter = { title: { beginsWith: 'clamp' } };
    for (const limit of [0, -1])
      for (const [query, field] of [
        [SYNC, 'syncAutomergeNotes'],
        [LIST, 'listAutomergeNotes'],
      ] as const) {
        const { data } = await graphql(shared.url, headers, query, { filter, limit });
        expect((data as Record<string, Page>)[field]?.items).toHaveLength(1);
      }
    expect((await ask<Page>(shared.url, headers, SYNC, { filter, limit: 2_000_000 })).items).toHaveLength(2);
  });

  it.each<[Fields, string]>([
    [{ lastSync: -1 }, 'BAD_USER_INPUT'],
    [{ lastSync: 'yesterday' }, 'BAD_USER_INPUT'],
    [{ nextToken: 'x' }, 'INVALID_PAGE_TOKEN'],
  ])('with %j is refused', async (variables, code) => {
    expect(await refused(shared.url, await ana(), SYNC, variables)).toMatchObject({ code });
  });

  it('is refused to whom the rules do not grant it', async () => {
    expect(await refused(shared.url, API_KEY, SYNC)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ask(shared.url, API_KEY, '{ syncBoards { startedAt } }')).toBeDefined();
  });
});
