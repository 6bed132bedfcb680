import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { encodePosition } from '../../src/feed/position.ts';
import { user } from './support/callers.ts';
import { subscribed } from './support/listen.ts';
import { change, item, memoryJournal, type Image } from './support/memory-journal.ts';
import { testNode, type TestNode } from './support/node.ts';
import { rawSocket } from './support/raw-socket.ts';

interface Event {
  readonly kind: string;
  readonly id: string;
  readonly item: { readonly _version: number; readonly rating: number } | null;
}

/**
 * A device that keeps a mirror of what a filtered subscription tells, and resumes from the position of the last event
 * that it took. It may lose its connection at any moment, also between two events of one batch.
 */
function device(nodes: readonly TestNode[], query: string) {
  const seen: string[] = [];
  const mirror = new Map<string, number>();
  let position = encodePosition({ epoch: 'e1', horizon: 1 });
  let client: ReturnType<TestNode['client']> | undefined;
  let dropAfter = Infinity;

  function connect(at: number): void {
    const node = nodes[at % nodes.length];
    if (node === undefined) return;
    const own = node.client('ana');
    client = own;
    own.subscribe<Record<string, Event>>(
      { query, extensions: { after: position } },
      {
        next({ data, extensions }) {
          // What was in flight when the connection was lost never arrives.
          if (client !== own || data === null || data === undefined) return;
          const event = Object.values(data)[0];
          if (event === undefined) return;
          position = String((extensions as { position?: unknown } | undefined)?.position);
          seen.push(`${event.kind} ${event.id} ${event.item?._version ?? '-'}`);
          if (event.kind === 'GONE' || event.kind === 'DELETED') mirror.delete(event.id);
          else if (event.item !== null) mirror.set(event.id, event.item._version);
          if (--dropAfter === 0) disconnect();
        },
        error: () => undefined,
        complete: () => undefined,
      },
    );
  }

  function disconnect(): void {
    const old = client;
    client = undefined;
    old?.terminate();
  }

  return {
    seen,
    mirror,
    connected: () => client !== undefined,
    connect(at: number, drop: number) {
      disconnect();
      dropAfter = drop;
      connect(at);
    },
  };
}

type Step =
  | { readonly do: 'write'; readonly id: number; readonly rating: number }
  | { readonly do: 'delete'; readonly id: number }
  | { readonly do: 'deliver'; readonly node: number; readonly limit: number }
  | { readonly do: 'connect'; readonly node: number; readonly drop: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('write' as const), id: fc.nat(4), rating: fc.nat(9) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), id: fc.nat(4) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      node: fc.nat(1),
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('connect' as const),
      node: fc.nat(1),
      drop: fc.integer({ min: 1, max: 9 }),
    }),
  },
);

test('whatever is written, delivered and cut when, a device that resumes gets every event once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const journal = memoryJournal();
      const nodes = [await testNode({ journal }), await testNode({ journal })];
      for (const node of nodes) node.tokens.set('ana', user('ana'));
      const query =
        'subscription { onChangeNote(filter: { rating: { ge: 5 } }) { kind id item { _version rating } } }';
      const own = device(nodes, query);
      const items = new Map<number, Image>();
      const expected: string[] = [];

      for (const next of steps) {
        if (next.do === 'write') write(next.id, next.rating);
        else if (next.do === 'delete') remove(next.id);
        else if (next.do === 'deliver') nodes[next.node]?.reader.deliver(next.limit);
        else {
          own.connect(next.node, next.drop);
          // Let some of it happen: the next step cuts in wherever it then is.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      for (const node of nodes) node.reader.deliver();
      own.connect(0, Infinity);
      await vi.waitFor(() => expect(own.seen.length).toBeGreaterThanOrEqual(expected.length), {
        timeout: 10_000,
        interval: 2,
      });
      expect(own.seen).toEqual(expected);
      const visible = [...items.values()].filter(
        (row) => row._deleted === null && Number(row['rating']) >= 5,
      );
      expect(Object.fromEntries(own.mirror)).toEqual(
        Object.fromEntries(visible.map((row) => [row.id, row._version])),
      );
      for (const node of nodes) await node.realtime.drain(1_000);

      function write(id: number, rating: number): void {
        const before = items.get(id) ?? null;
        const after = item(`${id}`, (before?._version ?? 0) + 1, { rating, title: 't' });
        const fresh = before === null || before._deleted === true;
        journal.append(change('Note', fresh ? 'create' : 'update', before, after));
        items.set(id, after);
        if (rating >= 5) expected.push(`${fresh ? 'CREATED' : 'UPDATED'} ${id} ${after._version}`);
        else if (!fresh && Number(before['rating']) >= 5) expected.push(`GONE ${id} -`);
      }

      function remove(id: number): void {
        const before = items.get(id);
        if (before === undefined || before._deleted === true) return;
        const after: Image = { ...before, _deleted: true, _version: before._version + 1 };
        journal.append(change('Note', 'delete', before, after));
        items.set(id, after);
        if (Number(before['rating']) >= 5) expected.push(`DELETED ${id} ${after._version}`);
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('no message stops the node', async () => {
  const node = await testNode({ limits: { initialisationMs: 60_000 } });
  node.tokens.set('ana', user('ana'));
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .record({
        type: fc.constantFrom(
          'connection_init',
          'subscribe',
          'complete',
          'ping',
          'pong',
          'next',
          'constructor',
        ),
        id: fc.oneof(fc.string(), fc.constantFrom('1', '__proto__', 'constructor'), fc.jsonValue()),
        payload: fc.oneof(
          fc.jsonValue(),
          fc.record({
            query: fc.oneof(
              fc.string(),
              fc.constantFrom(
                '{ position }',
                'subscription { onChangeNote { id } }',
                'subscription ($p: String) { onChangeNote(after: $p) { id } }',
              ),
            ),
            variables: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())),
            extensions: fc.oneof(fc.jsonValue(), fc.record({ after: fc.jsonValue() })),
            operationName: fc.oneof(fc.string(), fc.constant(null)),
          }),
        ),
      })
      .map((message) => JSON.stringify(message)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.tuple(text, fc.boolean()), { maxLength: 20 }),
      async (signIn, sent) => {
        const raw = await rawSocket(node.url);
        if (signIn) raw.send({ type: 'connection_init', payload: { authorization: 'ana' } });
        for (const [message, binary] of sent) {
          if (raw.socket.readyState !== WebSocket.OPEN) break;
          raw.socket.send(binary ? Buffer.from(message) : message);
        }
        raw.socket.close();
        const { code } = await raw.closed;
        expect([1005, 1006, 4400, 4401, 4409, 4429]).toContain(code);
      },
    ),
    { numRuns: 150 },
  );
  await fc.assert(
    // Bytes that are no frames at all.
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), async (chunks) => {
      const raw = await rawSocket(node.url);
      raw.socket.on('error', () => undefined);
      const tcp = (raw.socket as unknown as { _socket: WebSocket & { write(chunk: Uint8Array): void } })
        ._socket;
      for (const chunk of chunks) tcp.write(chunk);
      raw.socket.terminate();
      await raw.closed;
    }),
    { numRuns: 50 },
  );
  await expect.poll(() => node.realtime.counts.sockets).toBe(0);
  expect(node.realtime.counts).toMatchObject({ subscriptions: 0, failed: 0 });
  const after = await rawSocket(node.url);
  after.send({ type: 'connection_init', payload: { authorization: 'ana' } });
  after.send({ type: 'ping' });
  await after.received(2);
  after.send({ type: 'subscribe', id: '1', payload: { query: 'subscription { onChangeNote { id } }' } });
  await subscribed(node, 1);
}, 120_000);
