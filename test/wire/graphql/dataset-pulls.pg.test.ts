import { describe, expect, it } from 'vitest';
import { graphql } from '../../support/server.ts';
import { ask, refusalOf, refused, type Fields, type Headers } from './support/call.ts';
import { deleted, pull, push, PULL, PUSH, type Patch } from './support/datasets.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();
const ana = async (): Promise<Headers> => (await shared.person('ana')).headers;
const ben = async (): Promise<Headers> => (await shared.person('ben')).headers;
const replace = (key: string, value: string, syncCount = 0): Patch => ({
  op: 'REPLACE',
  key,
  value,
  syncCount,
});

describe('a pull', () => {
  it('of a dataset that never was is no error', async () => {
    const headers = await ana();
    expect(await pull(shared.url, headers, 'never')).toEqual({
      exists: false,
      deletedSince: false,
      syncCount: 0,
      records: [],
      mergedDatasets: [],
      sessionToken: expect.any(String),
      position: expect.any(String),
      nextToken: null,
    });
    expect(await pull(shared.url, headers, 'never', { since: 5 })).toMatchObject({
      exists: false,
      deletedSince: true,
      syncCount: 0,
    });
  });

  it('holds what changed since a count, and no more', async () => {
    const headers = await ana();
    await push(shared.url, headers, 'delta', [replace('a', '1'), replace('b', '1')]);
    await push(shared.url, headers, 'delta', [
      replace('a', '2', 1),
      { op: 'REMOVE', key: 'x', syncCount: 0 },
    ]);
    await push(shared.url, headers, 'delta', [replace('c', '3')]);
    const keys = async (since: number) => {
      const { records, syncCount, exists, deletedSince } = await pull(shared.url, headers, 'delta', {
        since,
      });
      expect({ syncCount, exists, deletedSince }).toEqual({
        syncCount: 3,
        exists: true,
        deletedSince: false,
      });
      return records.map(({ key, syncCount: count }) => `${String(key)}${String(count)}`).sort();
    };
    expect(await keys(0)).toEqual(['a2', 'b1', 'c3', 'x2']);
    expect(await keys(1)).toEqual(['a2', 'c3', 'x2']);
    expect(await keys(2)).toEqual(['c3']);
    expect(await keys(3)).toEqual([]);
  });

  it('since a count that the dataset never had is UNKNOWN_SYNC_COUNT, of a deleted one too', async () => {
    const headers = await ana();
    await push(shared.url, headers, 'counted', [replace('a', '1')]);
    const since = (count: number) => refused(shared.url, headers, PULL, { name: 'counted', since: count });
    expect(await since(2)).toMatchObject({ code: 'UNKNOWN_SYNC_COUNT' });
    await deleted(shared.url, headers, 'counted');
    expect(await since(3)).toMatchObject({ code: 'UNKNOWN_SYNC_COUNT' });
    expect(await pull(shared.url, headers, 'counted', { since: 1 })).toMatchObject({
      exists: false,
      deletedSince: true,
    });
  });

  it('comes in pages that belong together', async () => {
    const headers = await ana();
    const patches = Array.from({ length: 25 }, (_, index) => replace(`k${index}`, 'v'));
    await push(shared.url, headers, 'paged', patches);
    const first = await pull(shared.url, headers, 'paged', { limit: 10 });
    // What is written while a device reads belongs to its next pull.
    await push(shared.url, headers, 'paged', [replace('k24', 'later', 1), replace('new', 'later')]);
    const second = await pull(shared.url, headers, 'paged', { limit: 10, nextToken: first.nextToken });
    const third = await pull(shared.url, headers, 'paged', { limit: 10, nextToken: second.nextToken });
    expect([first, second, third].map(({ records }) => records.length <= 10)).toEqual([true, true, true]);
    expect(third.nextToken).toBeNull();
    for (const { syncCount, position } of [second, third]) {
      expect(syncCount).toBe(1);
      expect(position).toBe(first.position);
    }
    const pages = [first, second, third].flatMap(({ records }) => records);
    for (const record of pages) expect(record['syncCount']).toBe(1);
    const rest = await pull(shared.url, headers, 'paged', { since: 1 });
    // Together they hold everything: what changed meanwhile is in the next.
    const keys = new Set([...pages, ...rest.records].map(({ key }) => key));
    expect(keys.size).toBe(26);
    expect(rest.records.map(({ key }) => key).sort()).toEqual(['k24', 'new']);
  });

  it.each<[string, Fields, string | undefined, string]>([
    ['a limit of 0', { limit: 0 }, 'limit', 'BAD_USER_INPUT'],
    ['a limit below 0', { limit: -1 }, 'limit', 'BAD_USER_INPUT'],
    ['a count below 0', { since: -1 }, 'since', 'BAD_USER_INPUT'],
    ['a name that cannot be', { name: 'a b' }, 'name', 'BAD_USER_INPUT'],
    ['a page token that is none', { nextToken: 'nonsense' }, undefined, 'INVALID_PAGE_TOKEN'],
    ['an empty page token', { nextToken: '' }, undefined, 'INVALID_PAGE_TOKEN'],
  ])('with %s is refused', async (_name, changes, argument, code) => {
    const answer = await refused(shared.url, await ana(), PULL, { name: 'paged', ...changes });
    expect(answer).toMatchObject({ code, argument });
  });

  it('takes a page token for its own question and caller alone', async () => {
    const [headers, others] = [await ana(), await ben()];
    const patches = Array.from({ length: 5 }, (_, index) => replace(`k${index}`, 'v'));
    for (const name of ['tokens', 'tokens2']) await push(shared.url, headers, name, patches);
    await push(shared.url, others, 'tokens', patches);
    const { nextToken } = await pull(shared.url, headers, 'tokens', { limit: 2 });
    const wrong: [Headers, Fields][] = [
      [others, { name: 'tokens' }],
      [headers, { name: 'tokens2' }],
      [headers, { name: 'tokens', since: 1 }],
      [headers, { name: 'tokens', nextToken: `${String(nextToken)}x` }],
      [
        headers,
        { name: 'tokens', nextToken: String(nextToken).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
      ],
    ];
    for (const [who, variables] of wrong)
      expect(await refused(shared.url, who, PULL, { nextToken, limit: 2, ...variables })).toMatchObject({
        code: 'INVALID_PAGE_TOKEN',
      });
    // Of datasets a page token is none for records.
    const list = await ask<Fields>(shared.url, headers, '{ datasets(limit: 1) { nextToken } }');
    expect(
      await refused(shared.url, headers, PULL, { name: 'tokens', nextToken: list['nextToken'] }),
    ).toMatchObject({
      code: 'INVALID_PAGE_TOKEN',
    });
  });
});

describe('a session token', () => {
  const pushing = (headers: Headers, name: string, sessionToken: string, patches = [replace('k', 'v', 99)]) =>
    graphql(shared.url, headers, PUSH, { input: { name, patches, sessionToken } });

  it('is spent by a push that succeeds, and not by one that does not', async () => {
    const headers = await ana();
    const { sessionToken } = await pull(shared.url, headers, 'session');
    expect((await pushing(headers, 'session', sessionToken, [])).errors).toEqual([]);
    expect((await pushing(headers, 'session', sessionToken, [replace('k', 'v')])).errors).toEqual([]);
    expect(refusalOf(await pushing(headers, 'session', sessionToken))).toMatchObject({
      code: 'INVALID_SESSION_TOKEN',
    });
    const { sessionToken: next } = await pull(shared.url, headers, 'session');
    // A conflict and a refusal leave it as it was.
    const conflict = await pushing(headers, 'session', next, [replace('k', 'v', 0)]);
    expect(conflict.data).toMatchObject({ pushDataset: { __typename: 'DatasetConflict' } });
    expect(refusalOf(await pushing(headers, 'session', next, [replace('', 'v')]))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect((await pushing(headers, 'session', next)).errors).toEqual([]);
  });

  it('is good for its dataset and its user alone', async () => {
    const [headers, others] = [await ana(), await ben()];
    const { sessionToken } = await pull(shared.url, headers, 'session2');
    for (const [who, name, token] of [
      [headers, 'session3', sessionToken],
      [others, 'session2', sessionToken],
      [headers, 'session2', `${sessionToken}x`],
      [headers, 'session2', ''],
      [headers, 'session2', 'forged'],
    ] as const)
      expect(refusalOf(await pushing(who, name, token))).toMatchObject({ code: 'INVALID_SESSION_TOKEN' });
    expect((await pushing(headers, 'session2', sessionToken)).errors).toEqual([]);
  });

  it('of any page is good, and two pushes at once spend it once', async () => {
    const headers = await ana();
    await push(
      shared.url,
      headers,
      'session4',
      Array.from({ length: 4 }, (_, index) => replace(`k${index}`, 'v')),
    );
    const first = await pull(shared.url, headers, 'session4', { limit: 2 });
    const second = await pull(shared.url, headers, 'session4', { limit: 2, nextToken: first.nextToken });
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        pushing(headers, 'session4', second.sessionToken, [replace(`n${index}`, 'v')]),
      ),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect((await pull(shared.url, headers, 'session4')).syncCount).toBe(2);
  });
});
