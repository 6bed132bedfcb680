import { beforeAll, describe, expect, it } from 'vitest';
import { decodePosition, identityHash } from '../../src/feed/position.ts';
import { ACTOR, brief, contents, newIdentity, pushed, put, refusal, take, testEngine } from './support.ts';

let world: Awaited<ReturnType<typeof testEngine>>;
beforeAll(async () => {
  world = await testEngine();
});
const someone = () => newIdentity(world.database);

describe('counts', () => {
  it('grow by one a push, and all its records get the new one', async () => {
    const { engine } = world;
    const me = await someone();
    expect(await pushed(engine, me, 'd', put('a', '1'), put('b', '2'), put('c', '3'))).toBe(1);
    expect(await pushed(engine, me, 'd', put('a', '4', 1), take('b', 1))).toBe(2);
    expect([...(await contents(engine, me, 'd'))]).toEqual([
      ['c', { value: '3', syncCount: 1 }],
      ['a', { value: '4', syncCount: 2 }],
      ['b', { value: null, syncCount: 2 }],
    ]);
    expect([...(await contents(engine, me, 'd', 1)).keys()]).toEqual(['a', 'b']);
  });

  it.each([
    ['the same', put('k', 'x', 2), '3'],
    ['a higher one', put('k', 'x', 9), '3'],
    ['a lower one', put('k', 'x', 1), 'k: 1 < 2'],
    ['none', put('k', 'x'), 'k: 0 < 2'],
    ['none, to remove', take('k', 0), 'k: 0 < 2'],
    ['none, for a key that is not there', put('new', 'x'), '3'],
    ['none, to remove what is not there', take('new', 0), '3'],
  ])('of a patch: %s', async (_name, patch, expected) => {
    const me = await someone();
    await pushed(world.engine, me, 'd', put('k', '1'));
    await pushed(world.engine, me, 'd', put('k', '2', 1));
    expect(brief(await world.engine.push(me, ACTOR, { name: 'd', patches: [patch] }))).toBe(expected);
  });

  it('go on where they were after removal and after deletion', async () => {
    const { engine } = world;
    const me = await someone();
    await pushed(engine, me, 'd', put('k', '1'));
    await pushed(engine, me, 'd', take('k', 1));
    expect(brief(await engine.push(me, ACTOR, { name: 'd', patches: [put('k', 'x')] }))).toBe('k: 0 < 2');
    expect(await engine.drop(me, ACTOR, 'd')).toMatchObject({ syncCount: 2, numRecords: 0 });
    expect(await engine.pull(me, { name: 'd', since: 2 })).toMatchObject({
      exists: false,
      deletedSince: true,
      syncCount: 3,
      records: [],
    });
    expect(await pushed(engine, me, 'd', put('k', 'again'))).toBe(4);
    expect(await engine.pull(me, { name: 'd', since: 2 })).toMatchObject({
      exists: true,
      deletedSince: true,
    });
    expect(await engine.pull(me, { name: 'd', since: 0 })).toMatchObject({
      exists: true,
      deletedSince: false,
    });
    expect(await engine.pull(me, { name: 'd', since: 3 })).toMatchObject({ deletedSince: false });
  });
});

describe('a push', () => {
  it('with one stale patch of three changes nothing, and says what the server holds', async () => {
    const { engine, node } = world;
    const me = await someone();
    await pushed(engine, me, 'd', put('a', '1'));
    const rings = node.rings;
    const result = await engine.push(me, ACTOR, {
      name: 'd',
      patches: [put('b', 'x'), put('a', 'y'), put('c', 'z')],
    });
    expect(result).toMatchObject({
      kind: 'conflict',
      syncCount: 1,
      conflicts: [
        { key: 'a', sent: 0, current: 1, record: { key: 'a', value: '1', syncCount: 1, lastModifiedBy: me } },
      ],
    });
    expect([...(await contents(engine, me, 'd')).keys()]).toEqual(['a']);
    expect(node.rings).toBe(rings);
  });

  it('without patches makes and counts nothing', async () => {
    const me = await someone();
    expect(brief(await world.engine.push(me, ACTOR, { name: 'd', patches: [] }))).toBe('0');
    expect(await world.engine.describe(me, 'd')).toBeNull();
  });

  it('carries a position after itself for its identity, and the horizon for the rest', async () => {
    const { engine, node } = world;
    const me = await someone();
    const result = await engine.push(me, ACTOR, { name: 'd', patches: [put('a', '1')], deviceId: 'phone' });
    if (result.kind !== 'pushed') throw new Error('a conflict');
    const position = decodePosition(result.position);
    expect(position).toMatchObject({ horizon: node.horizon, identity: { hash: identityHash(me) } });
    const pulled = decodePosition((await engine.pull(me, { name: 'd', since: 0 })).position);
    expect(pulled).toEqual(position);
    expect(result.records).toMatchObject([{ lastModifiedBy: 'phone', syncCount: 1 }]);
  });

  it.each([
    ['a name with a blank', { name: 'a b', patches: [] }, 'BAD_USER_INPUT input.name'],
    ['an empty key', { name: 'd', patches: [put('', 'x')] }, 'BAD_USER_INPUT input.patches.0.key'],
    [
      'a key of 1 025',
      { name: 'd', patches: [put('k'.repeat(1025), 'x')] },
      'BAD_USER_INPUT input.patches.0.key',
    ],
    [
      'a key with U+0000',
      { name: 'd', patches: [put('a\u0000', 'x')] },
      'BAD_USER_INPUT input.patches.0.key',
    ],
    [
      'a lone surrogate',
      { name: 'd', patches: [put('a', '\ud800')] },
      'BAD_USER_INPUT input.patches.0.value',
    ],
    [
      'a value too long',
      { name: 'd', patches: [put('a', 'x'.repeat(1_048_576))] },
      'BAD_USER_INPUT input.patches.0.value',
    ],
    [
      'a key twice',
      { name: 'd', patches: [put('a', 'x'), take('a', 0)] },
      'BAD_USER_INPUT input.patches.1.key',
    ],
    [
      'a negative count',
      { name: 'd', patches: [put('a', 'x', -1)] },
      'BAD_USER_INPUT input.patches.0.syncCount',
    ],
    [
      'no value',
      { name: 'd', patches: [{ op: 'REPLACE' as const, key: 'a', syncCount: 0 }] },
      'BAD_USER_INPUT input.patches.0.value',
    ],
    ['an empty device', { name: 'd', patches: [], deviceId: '' }, 'BAD_USER_INPUT input.deviceId'],
  ])('is refused for %s', async (_name, input, expected) => {
    const me = await someone();
    expect(await refusal(() => world.engine.push(me, ACTOR, input))).toBe(expected);
  });
});

describe('limits', () => {
  it('of 20 datasets: the 21st is refused, and one that is deleted makes room', async () => {
    const { engine } = world;
    const me = await someone();
    for (let i = 0; i < 20; i++) await pushed(engine, me, `d${i}`, put('a', '1'));
    expect(await refusal(() => pushed(engine, me, 'one-more', put('a', '1')))).toBe('LIMIT_EXCEEDED');
    await engine.drop(me, ACTOR, 'd0');
    expect(await pushed(engine, me, 'one-more', put('a', '1'))).toBe(1);
    expect((await engine.list(me, {})).items).toHaveLength(20);
  });

  it('of 1 024 records: removed ones do not count', async () => {
    const { engine } = world;
    const me = await someone();
    await pushed(engine, me, 'd', ...Array.from({ length: 1024 }, (_, i) => put(`k${i}`, '')));
    expect(await refusal(() => pushed(engine, me, 'd', put('more', '')))).toBe('LIMIT_EXCEEDED');
    await pushed(engine, me, 'd', take('k0', 1));
    expect(await pushed(engine, me, 'd', put('more', ''))).toBe(3);
    expect(await engine.describe(me, 'd')).toMatchObject({ numRecords: 1024 });
  });

  it('of 1 048 576 bytes, counted in UTF-8 over keys and values', async () => {
    const { engine } = world;
    const me = await someone();
    await pushed(engine, me, 'd', put('é', 'x'.repeat(1_048_574)));
    expect(await engine.describe(me, 'd')).toMatchObject({ dataStorage: 1_048_576 });
    expect(await refusal(() => pushed(engine, me, 'd', put('k', '')))).toBe('LIMIT_EXCEEDED');
    expect(await pushed(engine, me, 'd', put('é', 'y', 1))).toBe(2);
  });
});

describe('session tokens', () => {
  it('hold for one successful push on their dataset and identity, within their life', async () => {
    const { engine, clock, database } = world;
    const me = await someone();
    const token = async (name = 'd') => (await engine.pull(me, { name, since: 0 })).sessionToken;
    const push = (sessionToken: string, identity = me, count = 0) =>
      engine.push(identity, ACTOR, { name: 'd', patches: [put('a', '1', count)], sessionToken });
    const first = await token();
    expect(brief(await push(first))).toBe('1');
    expect(await refusal(() => push(first, me, 1))).toBe('INVALID_SESSION_TOKEN');
    const second = await token();
    expect(brief(await push(second))).toBe('a: 0 < 1');
    expect(brief(await push(second, me, 1))).toBe('2');
    expect(await refusal(async () => push(await token('other')))).toBe('INVALID_SESSION_TOKEN');
    const other = await someone();
    expect(await refusal(async () => push(await token(), other))).toBe('INVALID_SESSION_TOKEN');
    const late = await token();
    clock.advance(60 * 60_000);
    expect(await refusal(() => push(late, me, 9))).toBe('INVALID_SESSION_TOKEN');
    expect(await engine.sweepSpentSessions()).toBeGreaterThanOrEqual(0);
    const left =
      await database.sql`select from rockpool.spent_sessions where expires_at < ${new Date(clock.now())}`;
    expect(left).toHaveLength(0);
  });
});

describe('pages', () => {
  it('of a pull hold what was there when it began, whatever is written meanwhile', async () => {
    const { engine } = world;
    const me = await someone();
    await pushed(engine, me, 'd', ...Array.from({ length: 10 }, (_, i) => put(`k${i}`, 'old')));
    const first = await engine.pull(me, { name: 'd', since: 0, limit: 4 });
    await pushed(engine, me, 'd', put('k9', 'new', 1), put('added', 'new'));
    const keys = first.records.map(({ key }) => key);
    let nextToken = first.nextToken;
    while (nextToken !== null) {
      const page = await engine.pull(me, { name: 'd', since: 0, limit: 4, nextToken });
      expect([page.syncCount, page.position]).toEqual([first.syncCount, first.position]);
      keys.push(...page.records.map(({ key }) => key));
      nextToken = page.nextToken;
    }
    expect(keys).toEqual(Array.from({ length: 9 }, (_, i) => `k${i}`));
    expect([...(await contents(engine, me, 'd', first.syncCount)).keys()]).toEqual(['added', 'k9']);
  });

  it('take no token of another caller, another question or another making', async () => {
    const { engine } = world;
    const me = await someone();
    await pushed(engine, me, 'd', put('a', '1'), put('b', '2'));
    const nextToken = (await engine.pull(me, { name: 'd', since: 0, limit: 1 })).nextToken ?? '';
    const other = await someone();
    for (const call of [
      () => engine.pull(other, { name: 'd', since: 0, nextToken }),
      () => engine.pull(me, { name: 'e', since: 0, nextToken }),
      () => engine.pull(me, { name: 'd', since: 1, nextToken }),
      () => engine.pull(me, { name: 'd', since: 0, nextToken: `${nextToken}x` }),
      () => engine.list(me, { nextToken }),
    ]) {
      expect(await refusal(call)).toBe('INVALID_PAGE_TOKEN');
    }
  });
});

describe('what is not there', () => {
  it('is told as Cognito Sync tells it', async () => {
    const { engine } = world;
    const me = await someone();
    expect(await engine.pull(me, { name: 'd', since: 0 })).toMatchObject({
      exists: false,
      deletedSince: false,
      syncCount: 0,
    });
    expect(await engine.pull(me, { name: 'd', since: 5 })).toMatchObject({
      exists: false,
      deletedSince: true,
      syncCount: 0,
    });
    await pushed(engine, me, 'd', put('a', '1'));
    expect(await refusal(() => engine.pull(me, { name: 'd', since: 2 }))).toBe('UNKNOWN_SYNC_COUNT');
    expect(await refusal(() => engine.drop(me, ACTOR, 'none'))).toBe('NOT_FOUND');
    expect(await refusal(() => engine.pull(me, { name: 'd', since: -1 }))).toBe('BAD_USER_INPUT since');
    expect(await refusal(() => engine.pull(me, { name: 'd', since: 0, limit: 0 }))).toBe(
      'BAD_USER_INPUT limit',
    );
  });
});
