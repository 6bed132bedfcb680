import { describe, expect, it } from 'vitest';
import { ask, refused, type Fields, type Headers } from './support/call.ts';
import { deleted, pull, push, PUSH, type Patch } from './support/datasets.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();
const ana = async (): Promise<Headers> => (await shared.person('ana')).headers;
const DATASET = '{ name syncCount createdAt lastModifiedAt lastModifiedBy dataStorage numRecords }';
const describeDataset = (headers: Headers, name: string) =>
  ask<Fields | null>(shared.url, headers, `query ($name: String!) { dataset(name: $name) ${DATASET} }`, {
    name,
  });
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const replace = (key: string, value: string, syncCount = 0): Patch => ({
  op: 'REPLACE',
  key,
  value,
  syncCount,
});

describe('a push', () => {
  it('answers the records as they are stored, one count for all of them', async () => {
    const answer = await push(
      shared.url,
      await ana(),
      'first',
      [
        { ...replace('a', 'one'), deviceLastModifiedAt: '2020-02-29T12:00:00.5+01:00' },
        replace('b', ''),
        { op: 'REMOVE', key: 'c', syncCount: 0 },
      ],
      { deviceId: 'phone' },
    );
    expect(answer).toMatchObject({ __typename: 'DatasetPushed', syncCount: 1, position: expect.any(String) });
    const [a, b, c] = answer.records;
    const common = { syncCount: 1, lastModifiedAt: ISO, lastModifiedBy: 'phone' };
    expect(a).toEqual({
      key: 'a',
      value: 'one',
      ...common,
      deviceLastModifiedAt: '2020-02-29T11:00:00.500Z',
    });
    expect(b).toEqual({ key: 'b', value: '', ...common, deviceLastModifiedAt: b?.['lastModifiedAt'] });
    expect(c).toMatchObject({ key: 'c', value: null, ...common });
    expect(await describeDataset(await ana(), 'first')).toEqual({
      name: 'first',
      syncCount: 1,
      createdAt: ISO,
      lastModifiedAt: a?.['lastModifiedAt'],
      lastModifiedBy: 'phone',
      dataStorage: 5,
      numRecords: 2,
    });
  });

  it('names the identity where no device is named', async () => {
    const answer = await push(shared.url, await ana(), 'unnamed', [replace('a', '1')]);
    expect(answer.records[0]?.['lastModifiedBy']).toMatch(/^us-east-1:[0-9a-f-]{36}$/);
  });

  it('on a stale count is a conflict that tells everything and changes nothing', async () => {
    const headers = await ana();
    await push(shared.url, headers, 'stale', [replace('a', '1'), replace('b', '1'), replace('c', '1')]);
    await push(
      shared.url,
      headers,
      'stale',
      [replace('a', '2', 1), { op: 'REMOVE', key: 'b', syncCount: 1 }],
      { deviceId: 'laptop' },
    );
    const answer = await push(shared.url, headers, 'stale', [
      replace('a', '3', 1),
      replace('b', '3', 0),
      replace('c', '3', 1),
      replace('d', '3', 0),
    ]);
    expect(answer).toEqual({
      __typename: 'DatasetConflict',
      syncCount: 2,
      conflicts: [
        {
          key: 'a',
          sent: 1,
          current: 2,
          record: expect.objectContaining({ key: 'a', value: '2', lastModifiedBy: 'laptop' }),
        },
        {
          key: 'b',
          sent: 0,
          current: 2,
          record: expect.objectContaining({ key: 'b', value: null, syncCount: 2 }),
        },
      ],
    });
    const { records, syncCount } = await pull(shared.url, headers, 'stale');
    expect(syncCount).toBe(2);
    expect(records.map(({ key, value }) => [key, value])).toEqual(
      expect.arrayContaining([
        ['a', '2'],
        ['b', null],
        ['c', '1'],
      ]),
    );
    expect(records).toHaveLength(3);
  });

  it('on the count or above it is accepted, and writes a removed key anew', async () => {
    const headers = await ana();
    await push(shared.url, headers, 'higher', [replace('a', '1')]);
    expect(await push(shared.url, headers, 'higher', [replace('a', '2', 99)])).toMatchObject({
      syncCount: 2,
    });
    await push(shared.url, headers, 'higher', [{ op: 'REMOVE', key: 'a', syncCount: 2 }]);
    expect(await push(shared.url, headers, 'higher', [replace('a', '3', 2)])).toMatchObject({
      __typename: 'DatasetConflict',
    });
    expect(await push(shared.url, headers, 'higher', [replace('a', '3', 3)])).toMatchObject({ syncCount: 4 });
  });

  it('of the same value counts', async () => {
    const headers = await ana();
    await push(shared.url, headers, 'same', [replace('a', '1')]);
    expect(await push(shared.url, headers, 'same', [replace('a', '1', 1)])).toMatchObject({ syncCount: 2 });
  });

  it('without patches makes nothing and counts nothing', async () => {
    const headers = await ana();
    expect(await push(shared.url, headers, 'empty', [])).toMatchObject({
      __typename: 'DatasetPushed',
      records: [],
      syncCount: 0,
    });
    expect(await describeDataset(headers, 'empty')).toBeNull();
    await push(shared.url, headers, 'empty', [replace('a', '1')]);
    expect(await push(shared.url, headers, 'empty', [])).toMatchObject({ records: [], syncCount: 1 });
  });

  it('of the largest value is accepted, and one character more is not', async () => {
    const headers = await ana();
    const large = 'x'.repeat(1_048_575);
    expect(await push(shared.url, headers, 'large', [replace('k', large)])).toMatchObject({ syncCount: 1 });
    const { records } = await pull(shared.url, headers, 'large');
    expect(records[0]?.['value']).toBe(large);
    expect(
      await refused(shared.url, headers, PUSH, {
        input: { name: 'large', patches: [replace('k', `${large}x`, 1)] },
      }),
    ).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'input.patches.0.value',
    });
    // The dataset is full: a byte more is above its limit.
    expect(
      await refused(shared.url, headers, PUSH, { input: { name: 'large', patches: [replace('l', 'x')] } }),
    ).toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    expect(await describeDataset(headers, 'large')).toMatchObject({ syncCount: 1, dataStorage: 1_048_576 });
    await deleted(shared.url, headers, 'large');
  });

  it('of 1 024 records is accepted, and one record more is not', async () => {
    const headers = await ana();
    const patches = Array.from({ length: 1024 }, (_, index) => replace(`k${index}`, '"\\\u0001'));
    expect((await push(shared.url, headers, 'many', patches)).records).toHaveLength(1024);
    const more = { input: { name: 'many', patches: [replace('one-more', 'x')] } };
    expect(await refused(shared.url, headers, PUSH, more)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    // Room for one, once another is gone.
    const swap = [{ op: 'REMOVE', key: 'k0', syncCount: 1 } as const, replace('one-more', 'x')];
    expect(await push(shared.url, headers, 'many', swap)).toMatchObject({ syncCount: 2 });
    await deleted(shared.url, headers, 'many');
  });

  it.each<[string, Fields, string]>([
    ['an empty name', { name: '' }, 'input.name'],
    ['a name with a slash', { name: 'a/b' }, 'input.name'],
    ['a name of 129 characters', { name: 'n'.repeat(129) }, 'input.name'],
    ['an empty device', { deviceId: '' }, 'input.deviceId'],
    ['a device of 257 characters', { deviceId: 'd'.repeat(257) }, 'input.deviceId'],
    ['a device with U+0000', { deviceId: 'a\u0000' }, 'input.deviceId'],
    ['an empty key', { patches: [replace('', 'x')] }, 'input.patches.0.key'],
    [
      'a key of 1 025 characters',
      { patches: [replace('ok', ''), replace('k'.repeat(1025), 'x')] },
      'input.patches.1.key',
    ],
    ['a key with U+0000', { patches: [replace('a\u0000b', 'x')] }, 'input.patches.0.key'],
    ['a key with half a pair', { patches: [replace('a\ud800', 'x')] }, 'input.patches.0.key'],
    ['a value with U+0000', { patches: [replace('a', 'x\u0000')] }, 'input.patches.0.value'],
    ['a value with half a pair', { patches: [replace('a', '\udc00x')] }, 'input.patches.0.value'],
    [
      'a replacement without value',
      { patches: [{ op: 'REPLACE', key: 'a', syncCount: 0 }] },
      'input.patches.0.value',
    ],
    [
      'a replacement by null',
      { patches: [{ op: 'REPLACE', key: 'a', value: null, syncCount: 0 }] },
      'input.patches.0.value',
    ],
    ['a count below 0', { patches: [replace('a', 'x', -1)] }, 'input.patches.0.syncCount'],
    [
      'a key twice',
      { patches: [replace('a', 'x'), replace('b', 'x'), replace('a', 'y')] },
      'input.patches.2.key',
    ],
  ])('with %s is BAD_USER_INPUT and changes nothing', async (_name, changes, argument) => {
    const headers = await ana();
    const input = { name: 'refused', patches: [replace('a', 'x')], ...changes };
    expect(await refused(shared.url, headers, PUSH, { input })).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument,
    });
    expect(await describeDataset(headers, 'refused')).toBeNull();
  });

  it('with the longest name, key and device is accepted', async () => {
    const headers = await ana();
    const name = 'aZ0_.:-'.padEnd(128, 'n');
    const answer = await push(shared.url, headers, name, [replace('🐟'.repeat(256), '🐠')], {
      deviceId: 'd'.repeat(256),
    });
    expect(answer).toMatchObject({ syncCount: 1 });
    await deleted(shared.url, headers, name);
  });
});

describe('concurrent devices', () => {
  it('never lose an update: of pushes on one count one succeeds', async () => {
    const headers = await ana();
    await push(shared.url, headers, 'race', [replace('counter', '0')]);
    // Sixteen devices add one each, and try again on a conflict.
    const device = async (): Promise<number> => {
      for (let tries = 1; ; tries++) {
        const { records } = await pull(shared.url, headers, 'race');
        const [record] = records;
        const value = String(Number(record?.['value']) + 1);
        const answer = await push(shared.url, headers, 'race', [
          replace('counter', value, Number(record?.['syncCount'])),
        ]);
        if (answer.__typename === 'DatasetPushed') return tries;
      }
    };
    await Promise.all(Array.from({ length: 8 }, device));
    const { records, syncCount } = await pull(shared.url, headers, 'race');
    expect(records[0]).toMatchObject({ value: '8', syncCount: 9 });
    expect(syncCount).toBe(9);
  });
});
