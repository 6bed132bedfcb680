import { describe, expect, test } from 'vitest';
import { encodePosition, identityHash } from '../../src/feed/position.ts';
import { user } from './support/callers.ts';
import { listen, subscribed, type Listening } from './support/listen.ts';
import {
  change,
  item,
  memoryJournal,
  pushOf,
  rightsChange,
  type MemoryJournal,
} from './support/memory-journal.ts';
import { testNode, type TestNode } from './support/node.ts';

const NOTES = 'subscription ($p: String) { onChangeNote(after: $p) { kind id } }';
const CREATED = 'subscription { onCreateNote { id } }';

async function nodeOf(options: Parameters<typeof testNode>[0] = {}): Promise<TestNode> {
  const node = await testNode(options);
  node.tokens.set('ana', user('ana')).set('bob', user('bob'));
  return node;
}

function note(journal: MemoryJournal, id: string | number): void {
  journal.append(change('Note', 'create', null, item(`${id}`, 1, { title: `note ${id}` })));
}

const at = (horizon: number, epoch = 'e1') => encodePosition({ epoch, horizon });
const ids = (listening: Listening) => listening.values().map(({ id, kind }) => id ?? kind);

describe('with `after`', () => {
  test('a subscription brings everything since, then goes on live', async () => {
    const node = await nodeOf();
    for (let id = 0; id < 1000; id++) note(node.journal, id);
    node.reader.deliver();
    const argument = listen(node.client('ana'), NOTES, { p: at(1) });
    const extension = listen(node.client('ana'), CREATED, {}, { after: at(501) });
    await argument.received(1000);
    await extension.received(500);
    node.publish(change('Note', 'create', null, item('live', 1, { title: 't' })));
    await argument.received(1001);
    await extension.received(501);
    const all = [...Array.from({ length: 1000 }, (_, id) => `${id}`), 'live'];
    expect(ids(argument)).toEqual(all);
    expect(ids(extension)).toEqual(all.slice(500));
    expect(argument.results.map(({ extensions }) => extensions?.position)).toEqual([
      ...Array.from({ length: 1000 }, (_, id) => at(id + 2)),
      at(1002),
    ]);
  });

  test('what is written while it catches up comes once, in order, and holds nobody else back', async () => {
    const node = await nodeOf();
    for (let id = 0; id < 600; id++) note(node.journal, id);
    node.reader.deliver();
    const live = listen(node.client('bob'), NOTES);
    await subscribed(node, 1);
    let next = 600;
    // Each page finds the cursor moved on again.
    node.journal.beforePage = () => {
      if (next < 640) {
        note(node.journal, next++);
        node.reader.deliver();
      }
    };
    const late = listen(node.client('ana'), NOTES, { p: at(1) });
    await late.received(next);
    node.publish(change('Note', 'create', null, item(`${next}`, 1, { title: 't' })));
    await late.received(next + 1);
    expect(ids(late)).toEqual(Array.from({ length: next + 1 }, (_, id) => `${id}`));
    expect(ids(live)).toEqual(Array.from({ length: next - 599 }, (_, id) => `${600 + id}`));
    // It does not chase the cursor for ever: a page more for what was read at first, and one for the end.
    expect(node.journal.pagesRead).toBeLessThan(12);
  });

  test('a position ahead of this node, from another one, brings only what lies above it', async () => {
    const node = await nodeOf();
    note(node.journal, 'a');
    note(node.journal, 'b');
    note(node.journal, 'c');
    const ahead = listen(node.client('ana'), NOTES, { p: at(3) });
    const plain = listen(node.client('ana'), NOTES);
    await subscribed(node, 2);
    node.reader.deliver(1);
    node.reader.deliver();
    await plain.received(3);
    await ahead.received(1);
    expect([ids(plain), ids(ahead)]).toEqual([['a', 'b', 'c'], ['c']]);
  });

  test('the position of a pull is exact for its identity, and the horizon counts for all others', async () => {
    const node = await nodeOf();
    const query = 'subscription ($p: String) { datasetChanged(after: $p) { name syncCount } }';
    node.publish(
      pushOf('id-ana', 'd', 1, { a: '1' }),
      pushOf('id-bob', 'd', 1, { a: '1' }),
      pushOf('id-ana', 'd', 2, { a: '2' }),
      pushOf('id-bob', 'd', 2, { a: '2' }),
      pushOf('id-ana', 'd', 3, { a: '3' }),
    );
    const p = encodePosition({ epoch: 'e1', horizon: 1, identity: { hash: identityHash('id-ana'), seq: 4 } });
    const [ana, bob] = [listen(node.client('ana'), query, { p }), listen(node.client('bob'), query, { p })];
    await ana.received(1);
    await bob.received(2);
    expect(ana.values().map(({ syncCount }) => syncCount)).toEqual([3]);
    expect(bob.values().map(({ syncCount }) => syncCount)).toEqual([1, 2]);
  });

  test('a dataset by name is replayed alone', async () => {
    const node = await nodeOf();
    node.publish(pushOf('id-ana', 'd', 1, {}), pushOf('id-ana', 'e', 1, {}), pushOf('id-ana', 'd', 2, {}));
    const query = 'subscription ($p: String) { datasetChanged(name: "d", after: $p) { name syncCount } }';
    const one = listen(node.client('ana'), query, { p: at(1) });
    await one.received(2);
    expect(one.values()).toEqual([
      { name: 'd', syncCount: 1 },
      { name: 'd', syncCount: 2 },
    ]);
  });
});

describe('RESYNC comes first, then the stream goes on live', () => {
  test.each<[string, (node: TestNode) => string]>([
    [
      'a position below the floor',
      (node) => {
        node.journal.floor = 3;
        return at(2);
      },
    ],
    ['a position above what was ever written', () => at(900)],
    [
      'an identity’s number above what was ever written',
      () => encodePosition({ epoch: 'e1', horizon: 2, identity: { hash: identityHash('id-ana'), seq: 900 } }),
    ],
    ['a position of another epoch', () => at(2, 'e0')],
    [
      'a position from before a change of my groups',
      (node) => {
        node.publish(rightsChange('ana', 'groups'));
        return at(4);
      },
    ],
    [
      'a position from before a change of my identity',
      (node) => {
        node.publish(rightsChange('ana', 'identity'));
        return at(4);
      },
    ],
  ])('%s', async (_, prepare) => {
    const node = await nodeOf();
    for (const id of ['a', 'b', 'c']) note(node.journal, id);
    node.reader.deliver();
    const position = prepare(node);
    const change4 = listen(node.client('ana'), NOTES, { p: position });
    const standard = listen(node.client('ana'), CREATED, {}, { after: position });
    const datasets = listen(
      node.client('ana'),
      'subscription ($p: String) { datasetChanged(after: $p) { kind name } }',
      { p: position },
    );
    await Promise.all([change4.received(1), standard.received(1), datasets.received(1)]);
    expect(change4.values()).toEqual([{ kind: 'RESYNC', id: null }]);
    expect(standard.results[0]).toMatchObject({ data: null, errors: [{ extensions: { code: 'RESYNC' } }] });
    expect(datasets.values()).toEqual([{ kind: 'RESYNC', name: null }]);
    const told = change4.results[0]?.extensions?.position;
    expect(told).toBe(at(node.reader.horizon));
    node.publish(change('Note', 'create', null, item('next', 1, { title: 't' })));
    await change4.received(2);
    await standard.received(2);
    expect(ids(change4)[1]).toBe('next');
  });

  test('a position from before a change of somebody else, or a sign-out of mine, is good', async () => {
    const node = await nodeOf();
    note(node.journal, 'a');
    node.publish(
      rightsChange('bob', 'groups'),
      rightsChange('ana', 'sign-out'),
      rightsChange('ana', 'revoke'),
    );
    const resumed = listen(node.client('ana'), NOTES, { p: at(1) });
    await resumed.received(1);
    expect(ids(resumed)).toEqual(['a']);
  });

  test('a position at the floor is good', async () => {
    const node = await nodeOf();
    for (const id of ['a', 'b', 'c']) note(node.journal, id);
    node.reader.deliver();
    node.journal.floor = 3;
    const resumed = listen(node.client('ana'), NOTES, { p: at(3) });
    await resumed.received(1);
    expect(ids(resumed)).toEqual(['c']);
  });

  test('a floor that overtakes a replay', async () => {
    const node = await nodeOf();
    for (let id = 0; id < 600; id++) note(node.journal, id);
    node.reader.deliver();
    node.journal.beforePage = () => {
      // The first page is whole; before the second one retention has passed.
      if (node.journal.pagesRead === 3) node.journal.floor = 500;
    };
    const late = listen(node.client('ana'), NOTES, { p: at(1) });
    await expect.poll(() => ids(late).at(-1)).toBe('RESYNC');
    expect(ids(late)).toEqual([
      ...Array.from({ length: late.results.length - 1 }, (_, id) => `${id}`),
      'RESYNC',
    ]);
    node.publish(change('Note', 'create', null, item('next', 1, { title: 't' })));
    await expect.poll(() => ids(late).at(-1)).toBe('next');
  });

  test('a new epoch, for all that are open: live, catching up, of any caller', async () => {
    const node = await nodeOf();
    for (let id = 0; id < 10; id++) note(node.journal, id);
    node.reader.deliver();
    const live = listen(node.client('ana'), NOTES);
    const apiKey = listen(
      node.client('', { connectionParams: { 'x-api-key': 'key' } }),
      'subscription { onChangeBoard { kind id } }',
    );
    await subscribed(node, 2);
    let release: (() => void) | undefined;
    node.journal.beforePage = () => new Promise((resolve) => (release = resolve));
    const late = listen(node.client('bob'), NOTES, { p: at(11) });
    await subscribed(node, 3);
    node.publish(change('Note', 'create', null, item('x', 1, { title: 't' })));
    const reading = listen(
      node.client('bob'),
      'subscription ($p: String) { datasetChanged(after: $p) { kind } }',
      { p: at(5) },
    );
    await expect.poll(() => release).toBeDefined();
    release?.();
    await subscribed(node, 4);
    node.journal.epoch = 'e2';
    node.reader.restart();
    release?.();
    await Promise.all([live.received(2), late.received(2), apiKey.received(1), reading.received(1)]);
    expect([ids(live), ids(late), ids(apiKey), ids(reading)]).toEqual([
      ['x', 'RESYNC'],
      ['x', 'RESYNC'],
      ['RESYNC'],
      ['RESYNC'],
    ]);
    expect(live.results[1]?.extensions?.position).toBe(at(node.journal.head, 'e2'));
    node.publish(change('Note', 'create', null, item('y', 1, { title: 't' })));
    await Promise.all([live.received(3), late.received(3)]);
    expect(node.forgotten).toEqual(['all']);
  });
});

test('a replay that cannot read the journal closes the socket with 1013, and the client comes back', async () => {
  const node = await nodeOf();
  for (let id = 0; id < 5; id++) note(node.journal, id);
  node.reader.deliver();
  let away = true;
  node.journal.beforePage = () => {
    if (away && node.journal.pagesRead > 1) throw new Error('the database is away');
  };
  const closed: number[] = [];
  const client = node.client('ana', {
    retryAttempts: 50,
    retryWait: async () => {
      away = false;
    },
    on: { closed: (event) => void closed.push((event as { code: number }).code) },
  });
  const late = listen(client, NOTES, { p: at(1) });
  await late.received(5);
  expect(closed).toEqual([1013]);
  expect(ids(late)).toEqual(['0', '1', '2', '3', '4']);
});

test('two nodes on one journal: a client that moves between them gets everything once', async () => {
  const journal = memoryJournal();
  const [one, two] = [await nodeOf({ journal }), await nodeOf({ journal })];
  const seen: unknown[] = [];
  let position: string | undefined;
  for (let round = 0; round < 6; round++) {
    const node = round % 2 === 0 ? one : two;
    const client = node.client('ana');
    const listening = listen(client, NOTES, position === undefined ? {} : { p: position });
    await subscribed(node, 1);
    for (let id = 0; id < 10; id++) {
      note(journal, round * 10 + id);
      if (id % 3 === 0) one.reader.deliver();
      if (id % 4 === 0) two.reader.deliver();
    }
    node.reader.deliver();
    await listening.received(10);
    seen.push(...ids(listening));
    position = listening.results.at(-1)?.extensions?.position;
    await client.dispose();
    await subscribed(node, 0);
  }
  expect(seen).toEqual(Array.from({ length: 60 }, (_, id) => `${id}`));
});
