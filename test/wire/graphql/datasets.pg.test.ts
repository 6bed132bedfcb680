import { describe, expect, it } from 'vitest';
import { graphql } from '../../support/server.ts';
import { API_KEY, ask, refusalOf, refused, signedCall, type Fields, type Headers } from './support/call.ts';
import { deleted, pull, push, PUSH, type Patch } from './support/datasets.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();
const ana = async (): Promise<Headers> => (await shared.person('ana')).headers;
const ben = async (): Promise<Headers> => (await shared.person('ben')).headers;
const DATASET = '{ name syncCount createdAt lastModifiedAt lastModifiedBy dataStorage numRecords }';
const describeDataset = (headers: Headers, name: string) =>
  ask<Fields | null>(shared.url, headers, `query ($name: String!) { dataset(name: $name) ${DATASET} }`, {
    name,
  });
const replace = (key: string, value: string, syncCount = 0): Patch => ({
  op: 'REPLACE',
  key,
  value,
  syncCount,
});

describe('a deletion', () => {
  it('answers what was deleted, takes a count, and the count goes on', async () => {
    const headers = await ana();
    await push(shared.url, headers, 'gone', [replace('a', '1')], { deviceId: 'phone' });
    const before = await describeDataset(headers, 'gone');
    expect(await deleted(shared.url, headers, 'gone', 'laptop')).toEqual(before);
    expect(await describeDataset(headers, 'gone')).toBeNull();
    expect(await pull(shared.url, headers, 'gone')).toMatchObject({
      exists: false,
      deletedSince: false,
      syncCount: 2,
      records: [],
    });
    expect(await pull(shared.url, headers, 'gone', { since: 1 })).toMatchObject({
      exists: false,
      deletedSince: true,
    });
    expect(
      await refused(shared.url, headers, 'mutation { deleteDataset(name: "gone") { name } }'),
    ).toMatchObject({
      code: 'NOT_FOUND',
    });
    // Its tombstones are gone too: everything may be written with 0.
    expect(await push(shared.url, headers, 'gone', [replace('a', '2')])).toMatchObject({ syncCount: 3 });
    expect(await pull(shared.url, headers, 'gone', { since: 1 })).toMatchObject({
      exists: true,
      deletedSince: true,
      syncCount: 3,
      records: [{ key: 'a', value: '2', syncCount: 3 }],
    });
    expect(await pull(shared.url, headers, 'gone', { since: 2 })).toMatchObject({ deletedSince: false });
  });

  it.each([
    ['of a dataset that never was', { name: 'never-was' }, 'NOT_FOUND', undefined],
    ['by a device without a name', { name: 'gone', deviceId: '' }, 'BAD_USER_INPUT', 'deviceId'],
    ['of a name that cannot be', { name: '' }, 'BAD_USER_INPUT', 'name'],
  ])('%s is refused', async (_name, variables, code, argument) => {
    const mutation =
      'mutation ($name: String!, $deviceId: ID) { deleteDataset(name: $name, deviceId: $deviceId) { name } }';
    expect(await refused(shared.url, await ana(), mutation, variables)).toMatchObject({ code, argument });
  });
});

describe('the list of datasets', () => {
  it('is in order of names, in pages, 20 at most', async () => {
    const { headers } = await shared.person('lena');
    const names = Array.from(
      { length: 20 },
      (_, index) => `d-${String.fromCharCode(65 + ((index * 7) % 20))}`,
    );
    for (const name of names) await push(shared.url, headers, name, [replace('a', name)]);
    const over = { input: { name: 'd-one-more', patches: [replace('a', '1')] } };
    expect(await refused(shared.url, headers, PUSH, over)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const query = `query ($limit: Int, $nextToken: String) { datasets(limit: $limit, nextToken: $nextToken) { items ${DATASET} nextToken } }`;
    const found: unknown[] = [];
    let nextToken: unknown = null;
    do {
      const page: Fields = await ask(shared.url, headers, query, { limit: 7, nextToken });
      const items = page['items'] as Fields[];
      expect(items.length).toBeLessThanOrEqual(7);
      found.push(...items.map(({ name }) => name));
      nextToken = page['nextToken'];
    } while (nextToken !== null);
    expect(found).toEqual([...names].sort());
    const all = await ask<{ items: Fields[] }>(shared.url, headers, `{ datasets { items ${DATASET} } }`);
    expect(all.items).toHaveLength(20);
    expect(all.items[0]).toMatchObject({ dataStorage: 4, numRecords: 1, syncCount: 1 });
    // Room again once one is gone; pushes at once do not pass the limit together.
    await deleted(shared.url, headers, 'd-A');
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        graphql(shared.url, headers, PUSH, { input: { name: `e-${index}`, patches: [replace('a', '1')] } }),
      ),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  });

  it.each([
    [{ limit: 0 }, 'BAD_USER_INPUT'],
    [{ nextToken: 'x' }, 'INVALID_PAGE_TOKEN'],
  ])('with %j is refused', async (variables, code) => {
    const query =
      'query ($limit: Int, $nextToken: String) { datasets(limit: $limit, nextToken: $nextToken) { nextToken } }';
    expect(await refused(shared.url, await ana(), query, variables)).toMatchObject({ code });
  });

  it('takes a page token of its own caller alone', async () => {
    const [headers, others] = [await ana(), await ben()];
    await push(shared.url, headers, 'list-1', [replace('a', '1')]);
    await push(shared.url, headers, 'list-2', [replace('a', '1')]);
    const page = await ask<Fields>(shared.url, headers, '{ datasets(limit: 1) { nextToken } }');
    const query = 'query ($t: String) { datasets(nextToken: $t) { nextToken } }';
    expect(await refused(shared.url, others, query, { t: page['nextToken'] })).toMatchObject({
      code: 'INVALID_PAGE_TOKEN',
    });
  });
});

describe('whose data it is', () => {
  it("one user's devices see the same, by any of the user's tokens, and nobody else sees any", async () => {
    const carl = await shared.person('carl');
    await push(shared.url, carl.headers, 'private', [replace('secret', 'mine')]);
    for (const authorization of [carl.accessToken, carl.idToken])
      expect((await pull(shared.url, { authorization }, 'private')).records[0]).toMatchObject({
        value: 'mine',
      });
    const others = await ben();
    expect(await describeDataset(others, 'private')).toBeNull();
    expect(await pull(shared.url, others, 'private')).toMatchObject({ exists: false, syncCount: 0 });
    const list = await ask<{ items: Fields[] }>(shared.url, others, '{ datasets { items { name } } }');
    expect(list.items.map(({ name }) => name)).not.toContain('private');
    expect(
      await refused(shared.url, others, 'mutation { deleteDataset(name: "private") { name } }'),
    ).toMatchObject({
      code: 'NOT_FOUND',
    });
    await push(shared.url, others, 'private', [replace('secret', 'theirs')]);
    expect((await pull(shared.url, carl.headers, 'private')).records[0]).toMatchObject({
      value: 'mine',
      syncCount: 1,
    });
  });

  it.each([
    '{ datasets { nextToken } }',
    '{ dataset(name: "a") { name } }',
    '{ pullDataset(name: "a") { exists } }',
    'mutation { deleteDataset(name: "a") { name } }',
    'mutation { pushDataset(input: { name: "a", patches: [] }) { __typename } }',
  ])('callers without an identity are FORBIDDEN: %s', async (query) => {
    expect(await refused(shared.url, API_KEY, query)).toMatchObject({ code: 'FORBIDDEN' });
    expect(refusalOf(await signedCall(shared.url, query))).toMatchObject({ code: 'FORBIDDEN' });
  });
});
