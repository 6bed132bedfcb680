import { expect, test } from 'vitest';
import { listen, subscribed } from './support/listen.ts';
import { change, dropOf, item, pushOf } from './support/memory-journal.ts';
import { testNode } from './support/node.ts';
import { user } from './support/callers.ts';

const DATASETS =
  'subscription ($name: String) { datasetChanged(name: $name) { kind position name syncCount deviceId records { key value syncCount lastModifiedAt lastModifiedBy deviceLastModifiedAt } } }';

test('a push reaches the user’s other devices with its records, and a deletion without', async () => {
  const node = await testNode();
  node.tokens.set('ana', user('ana'));
  const all = listen(node.client('ana'), DATASETS);
  const one = listen(node.client('ana'), DATASETS, { name: 'settings' });
  await subscribed(node, 2);
  node.publish(pushOf('id-ana', 'settings', 1, { a: '1', b: '2' }), pushOf('id-ana', 'other', 1, { c: '3' }));
  node.publish(dropOf('id-ana', 'settings', 2));
  await all.received(3);
  await one.received(2);
  expect(all.values().map(({ kind, name, syncCount }) => [kind, name, syncCount])).toEqual([
    ['CHANGED', 'settings', 1],
    ['CHANGED', 'other', 1],
    ['DELETED', 'settings', 2],
  ]);
  expect(one.values()[0]).toEqual({
    kind: 'CHANGED',
    position: one.results[0]?.extensions?.position,
    name: 'settings',
    syncCount: 1,
    deviceId: 'phone',
    records: [
      {
        key: 'a',
        value: '1',
        syncCount: 1,
        lastModifiedAt: '1970-01-01T00:00:00.000Z',
        lastModifiedBy: 'user:x',
        deviceLastModifiedAt: '1970-01-01T00:00:00.000Z',
      },
      {
        key: 'b',
        value: '2',
        syncCount: 1,
        lastModifiedAt: '1970-01-01T00:00:00.000Z',
        lastModifiedBy: 'user:x',
        deviceLastModifiedAt: '1970-01-01T00:00:00.000Z',
      },
    ],
  });
  expect(one.values()[1]).toMatchObject({
    kind: 'DELETED',
    name: 'settings',
    syncCount: 2,
    deviceId: null,
    records: [],
  });
});

test('nobody hears of another user’s datasets', async () => {
  const node = await testNode();
  node.tokens.set('ana', user('ana')).set('bob', user('bob'));
  const ana = listen(node.client('ana'), DATASETS);
  const bob = listen(node.client('bob'), DATASETS);
  await subscribed(node, 2);
  node.publish(pushOf('id-ana', 'd', 1, { a: '1' }), pushOf('id-bob', 'd', 1, { b: '1' }));
  await Promise.all([ana.received(1), bob.received(1)]);
  node.publish(pushOf('id-bob', 'd', 2, { b: '2' }), pushOf('id-ana', 'd', 2, { a: '2' }));
  await Promise.all([ana.received(2), bob.received(2)]);
  const keys = (listening: typeof ana) =>
    listening.values().map(({ records }) => (records as { key: string }[])[0]?.key);
  expect([keys(ana), keys(bob)]).toEqual([
    ['a', 'a'],
    ['b', 'b'],
  ]);
});

test('the four subscriptions of a model hear what is theirs, in the order of the journal', async () => {
  const node = await testNode();
  node.tokens.set('ana', user('ana'));
  const client = node.client('ana');
  const fields = '{ id title _version _deleted }';
  const onChange = listen(client, `subscription { onChangeNote { kind id position item ${fields} } }`);
  const onCreate = listen(client, `subscription { made: onCreateNote ${fields} }`);
  const onUpdate = listen(client, `subscription { onUpdateNote ${fields} }`);
  const onDelete = listen(client, `subscription { onDeleteNote ${fields} }`);
  await subscribed(node, 4);
  const [v1, v2, v3] = [
    item('n', 1, { title: 'a' }),
    item('n', 2, { title: 'b' }),
    item('n', 3, { title: 'b', _deleted: true }),
  ];
  node.publish(
    change('Note', 'create', null, v1),
    change('Note', 'update', v1, v2),
    change('Note', 'delete', v2, v3),
  );
  await Promise.all([onChange.received(3), onCreate.received(1), onUpdate.received(1), onDelete.received(1)]);
  expect(onChange.values().map(({ kind, id, item: row }) => [kind, id, row])).toEqual([
    ['CREATED', 'n', { id: 'n', title: 'a', _version: 1, _deleted: null }],
    ['UPDATED', 'n', { id: 'n', title: 'b', _version: 2, _deleted: null }],
    ['DELETED', 'n', { id: 'n', title: 'b', _version: 3, _deleted: true }],
  ]);
  expect(onCreate.results[0]?.data).toEqual({ made: { id: 'n', title: 'a', _version: 1, _deleted: null } });
  expect(onUpdate.values()).toEqual([{ id: 'n', title: 'b', _version: 2, _deleted: null }]);
  expect(onDelete.values()).toEqual([{ id: 'n', title: 'b', _version: 3, _deleted: true }]);
  const positions = [onChange, onCreate, onUpdate, onDelete].flatMap(({ results }) =>
    results.map(({ extensions }) => extensions?.position),
  );
  expect(new Set(positions).size).toBe(3);
  expect(positions.every((position) => typeof position === 'string')).toBe(true);
});

test('those who ask the same are executed once an entry, whatever position they resume from', async () => {
  const node = await testNode();
  node.tokens.set('ana', user('ana')).set('bob', user('bob'));
  const query =
    'subscription ($f: ModelSubscriptionNoteFilterInput, $p: String) { onChangeNote(filter: $f, after: $p) { kind item { title } } }';
  const start = node.journal.append(change('Note', 'create', null, item('x', 1, { title: 'old' })));
  node.reader.deliver();
  const first = listen(node.client('ana'), query);
  await subscribed(node, 1);
  node.publish(change('Note', 'create', null, item('y', 1, { title: 'y' })));
  await first.received(1);
  const position = first.results[0]?.extensions?.position;
  const others = Array.from({ length: 20 }, (_, at) =>
    listen(node.client(at % 2 === 0 ? 'ana' : 'bob'), query, at % 3 === 0 ? { p: position } : {}),
  );
  const filtered = listen(node.client('bob'), query, { f: { rating: { gt: 3 } } });
  await subscribed(node, 22);
  const before = node.realtime.counts.executed;
  for (let at = 0; at < 10; at++)
    node.publish(change('Note', 'update', null, item('x', at, { title: 't', rating: 5 })));
  await Promise.all([
    first.received(11),
    filtered.received(10),
    ...others.map((other) => other.received(10)),
  ]);
  // Ten entries, two groups.
  expect(node.realtime.counts.executed - before).toBe(20);
  expect(start.seq).toBe(2);
});

test('a batch of entries comes to a socket with several subscriptions in the order of the journal', async () => {
  const node = await testNode();
  node.tokens.set('ana', user('ana'));
  const client = node.client('ana');
  const order: string[] = [];
  for (const name of ['onChangeNote', 'onChangeBoard', 'onChangeDiary']) {
    client.subscribe(
      { query: `subscription { ${name} { id } }` },
      {
        next: ({ data }) =>
          void order.push(String(Object.values(data ?? {}).map((value) => (value as { id: string }).id)[0])),
        error: () => undefined,
        complete: () => undefined,
      },
    );
  }
  // Ana is in no group: Board does not let her listen.
  await subscribed(node, 2);
  const entries = Array.from({ length: 300 }, (_, at) =>
    at % 2 === 0
      ? change('Note', 'create', null, item(`${at}`, 1, { title: 't' }))
      : change('Diary', 'create', null, item(`${at}`, 1, { owner: 'ana::ana-name' })),
  );
  node.publish(...entries);
  await expect.poll(() => order.length, { timeout: 10_000 }).toBe(300);
  expect(order).toEqual(entries.map((_, at) => `${at}`));
});

test('a query and a mutation run over the socket as over HTTP', async () => {
  const node = await testNode();
  node.tokens.set('ana', user('ana'));
  const client = node.client('ana');
  const query = listen(client, '{ position }');
  await expect.poll(() => query.completed()).toBe(true);
  expect(query.results).toEqual([{ data: { position: 'here' } }]);
  const broken = listen(client, '{ nothing }');
  await expect.poll(() => broken.errors.length).toBe(1);
});
