import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/feed/journal.ts';
import { user } from './support/callers.ts';
import { listen, subscribed, type Listening } from './support/listen.ts';
import { change, item, pushOf, rightsChange } from './support/memory-journal.ts';
import { AWAY, LAPSED, testNode, type TestNode } from './support/node.ts';
import { acknowledged } from './support/raw-socket.ts';

const DIARY = 'subscription { onChangeDiary { kind id } }';
const BOARD = 'subscription { onChangeBoard { kind id } }';
const DATASETS = 'subscription { datasetChanged { kind name } }';

const kinds = (listening: Listening) =>
  listening.values().map(({ kind, id, name }) => [kind, id ?? name ?? '-'].join(' '));
const diary = (id: string, owner: string) => change('Diary', 'create', null, item(id, 1, { owner }));
const board = (id: string) => change('Board', 'create', null, item(id, 1, {}));

async function nodeOf(options: Parameters<typeof testNode>[0] = {}): Promise<TestNode> {
  const node = await testNode(options);
  node.tokens
    .set('ana', user('ana', { groups: ['editors'] }))
    .set('bob', user('bob', { groups: ['editors'] }));
  return node;
}

describe('when the caller’s groups change', () => {
  test('what a rule still grants gets RESYNC and goes on with the new rights; what none grants ends', async () => {
    const node = await nodeOf();
    const client = node.client('ana');
    const [diaries, boards, datasets] = [
      listen(client, DIARY),
      listen(client, BOARD),
      listen(client, DATASETS),
    ];
    const bob = listen(node.client('bob'), DIARY);
    await subscribed(node, 4);
    node.publish(diary('1', 'bob'), board('1'));
    await Promise.all([diaries.received(1), boards.received(1), bob.received(1)]);

    node.tokens.set('ana', user('ana'));
    // In one batch: what comes before is hers to see, what comes after is not.
    node.publish(diary('2', 'bob'), rightsChange('ana', 'groups'), diary('3', 'bob'), board('3'));
    await Promise.all([diaries.received(3), datasets.received(1), bob.received(3)]);
    await expect.poll(() => boards.errors.length).toBe(1);
    node.publish(diary('4', 'bob'), diary('5', 'ana::ana-name'), pushOf('id-ana', 'd', 1, {}));
    await Promise.all([diaries.received(4), datasets.received(2), bob.received(5)]);

    expect(kinds(diaries)).toEqual(['CREATED 1', 'CREATED 2', 'RESYNC -', 'CREATED 5']);
    expect(kinds(datasets)).toEqual(['RESYNC -', 'CHANGED d']);
    expect(kinds(boards)).toEqual(['CREATED 1']);
    expect(boards.errors).toMatchObject([[{ extensions: { code: 'FORBIDDEN' } }]]);
    expect(kinds(bob)).toEqual(['CREATED 1', 'CREATED 2', 'CREATED 3', 'CREATED 4', 'CREATED 5']);
    expect(node.realtime.counts.subscriptions).toBe(3);
    expect(node.forgotten).toEqual(['caller:pool/ana']);
  });

  test('what is won is heard from then on', async () => {
    const node = await nodeOf();
    node.tokens.set('ana', user('ana'));
    const diaries = listen(node.client('ana'), DIARY);
    await subscribed(node, 1);
    node.publish(diary('1', 'bob'));
    node.tokens.set('ana', user('ana', { groups: ['editors'] }));
    node.publish(rightsChange('ana', 'groups'));
    await diaries.received(1);
    node.publish(diary('2', 'bob'));
    await diaries.received(2);
    expect(kinds(diaries)).toEqual(['RESYNC -', 'CREATED 2']);
  });

  test('every socket of that caller hears of it, and one whose id is taken again does not mix up', async () => {
    const node = await nodeOf();
    const all = [listen(node.client('ana'), DIARY), listen(node.client('ana'), DIARY)];
    await subscribed(node, 2);
    node.publish(rightsChange('ana', 'groups'), rightsChange('ana', 'groups'));
    await Promise.all(all.map((one) => one.received(1)));
    node.publish(diary('1', 'ana'));
    await Promise.all(all.map((one) => one.received(2)));
    for (const one of all) expect(kinds(one)).toEqual(['RESYNC -', 'CREATED 1']);
  });

  test('a change while the rights are being asked for counts too', async () => {
    let waiting: (() => void) | undefined;
    let held = false;
    const node = await nodeOf({
      // Asked for when the subscription is bound: the change comes in between.
      identityOf: async (caller) => {
        if (held) await new Promise<void>((resolve) => (waiting = resolve));
        return caller.kind === 'user' ? `id-${caller.sub}-${caller.groups.length}` : '';
      },
    });
    const client = node.client('ana');
    const diaries = listen(client, DIARY);
    await subscribed(node, 1);
    held = true;
    const datasets = listen(client, DATASETS);
    await expect.poll(() => waiting).toBeDefined();
    held = false;
    node.tokens.set('ana', user('ana'));
    node.publish(rightsChange('ana', 'groups'));
    await diaries.received(1);
    waiting?.();
    await subscribed(node, 2);
    node.publish(pushOf('id-ana-1', 'old', 1, {}), pushOf('id-ana-0', 'new', 1, {}));
    await datasets.received(1);
    expect(kinds(datasets)).toEqual(['CHANGED new']);
  });
});

test('a change that comes while the rights of another change are applied counts too', async () => {
  let waiting: (() => void) | undefined;
  let held = false;
  const node = await nodeOf({
    identityOf: async (caller) => {
      const identity = caller.kind === 'user' ? `id-${caller.groups.length}` : '';
      if (held) await new Promise<void>((resolve) => (waiting = resolve));
      return identity;
    },
  });
  const datasets = listen(node.client('ana'), DATASETS);
  await subscribed(node, 1);
  held = true;
  node.tokens.set('ana', user('ana', { groups: ['a', 'b'] }));
  node.publish(rightsChange('ana', 'groups'));
  await expect.poll(() => waiting).toBeDefined();
  held = false;
  node.tokens.set('ana', user('ana', { groups: ['a', 'b', 'c'] }));
  node.publish(rightsChange('ana', 'groups'));
  waiting?.();
  await datasets.received(1);
  node.publish(pushOf('id-1', 'x', 1, {}), pushOf('id-2', 'y', 1, {}), pushOf('id-3', 'z', 1, {}));
  await datasets.received(2);
  expect(kinds(datasets)).toEqual(['RESYNC -', 'CHANGED z']);
});

test('a change that comes past while a socket signs in is not missed', async () => {
  const node = await nodeOf();
  const stale = user('ana', { groups: ['editors'] });
  let asked = 0;
  node.tokens.set('ana', stale);
  const get = node.tokens.get.bind(node.tokens);
  node.tokens.get = (token) => {
    asked++;
    if (asked === 1) {
      // The answer was read before the change, and the change is delivered before the answer arrives.
      queueMicrotask(() => node.publish(rightsChange('ana', 'groups')));
      return stale;
    }
    return asked === 2 ? user('ana') : get(token);
  };
  const boards = listen(node.client('ana'), BOARD);
  await expect.poll(() => boards.errors.length).toBe(1);
  expect(boards.errors).toMatchObject([[{ extensions: { code: 'FORBIDDEN' } }]]);
  expect(asked).toBe(2);
});

describe('when a sign-in ends', () => {
  test.each<Operation>(['sign-out', 'revoke', 'disable', 'remove'])(
    '%s closes with 4403 what no longer holds',
    async (operation) => {
      const node = await nodeOf();
      const raw = await acknowledged(node.url, 'ana');
      raw.send({ type: 'subscribe', id: '1', payload: { query: DIARY } });
      await subscribed(node, 1);
      node.tokens.set('ana', LAPSED);
      node.publish(rightsChange('ana', operation), diary('1', 'ana'));
      expect((await raw.closed).code).toBe(4403);
      expect(raw.messages).toEqual([]);
      expect(node.realtime.counts).toMatchObject({ sockets: 0, subscriptions: 0 });
    },
  );

  test('another sign-in of the same user goes on without a gap and without RESYNC', async () => {
    const node = await nodeOf();
    const diaries = listen(node.client('ana'), DIARY);
    await subscribed(node, 1);
    node.publish(
      diary('1', 'ana'),
      rightsChange('ana', 'revoke'),
      diary('2', 'ana'),
      rightsChange('ana', 'sign-out'),
      diary('3', 'ana'),
    );
    node.publish(diary('4', 'ana'), rightsChange('ana', 'enable'), diary('5', 'ana'));
    await diaries.received(5);
    expect(kinds(diaries)).toEqual(['CREATED 1', 'CREATED 2', 'CREATED 3', 'CREATED 4', 'CREATED 5']);
  });

  test('credentials that cannot be checked just now close with 1013', async () => {
    const node = await nodeOf();
    const raw = await acknowledged(node.url, 'ana');
    node.tokens.set('ana', AWAY);
    node.publish(rightsChange('ana', 'groups'));
    expect((await raw.closed).code).toBe(1013);
  });
});

test('after a merge of identities the subscriptions go on with the survivor', async () => {
  let identity = 'old';
  const node = await nodeOf({ identityOf: async () => identity });
  const datasets = listen(node.client('ana'), DATASETS);
  await subscribed(node, 1);
  node.publish(pushOf('old', 'a', 1, {}));
  identity = 'survivor';
  node.publish(rightsChange('ana', 'identity'));
  await datasets.received(2);
  node.publish(pushOf('old', 'b', 1, {}), pushOf('survivor', 'c', 1, {}));
  await datasets.received(3);
  expect(kinds(datasets)).toEqual(['CHANGED a', 'RESYNC -', 'CHANGED c']);
});
