import { describe, expect, test } from 'vitest';
import { manualClock } from '../../../src/base/clock.ts';
import { user } from '../support/callers.ts';
import { change, item } from '../support/memory-journal.ts';
import { AWAY, EXPIRED, LAPSED, testNode } from '../support/node.ts';
import { acknowledged, rawSocket } from '../support/raw-socket.ts';

const SUBSCRIBE = {
  type: 'subscribe',
  id: '1',
  payload: { query: 'subscription { onChangeNote { kind } }' },
};

async function node(options: Parameters<typeof testNode>[0] = {}) {
  const made = await testNode(options);
  made.tokens.set('ana', user('ana')).set('lapsed', LAPSED).set('expired', EXPIRED).set('away', AWAY);
  made.tokens.set('broken', new Error('something of ours'));
  return made;
}

describe('connection_init', () => {
  test.each<[string, unknown, number | 'acknowledged']>([
    ['a token', { authorization: 'ana' }, 'acknowledged'],
    ['a token under a name in any case', { Authorization: 'ana' }, 'acknowledged'],
    ['an API key', { 'X-Api-Key': 'key' }, 'acknowledged'],
    ['an API key that is none', { 'x-api-key': 'no' }, 4401],
    ['no payload', undefined, 4401],
    ['an empty payload', {}, 4401],
    ['a token that is no text', { authorization: 5 }, 4401],
    ['a bad token', { authorization: 'no' }, 4401],
    ['an expired token', { authorization: 'expired' }, 4403],
    ['a revoked token', { authorization: 'lapsed' }, 4403],
    ['credentials that cannot be checked just now', { authorization: 'away' }, 1013],
    ['a fault of ours', { authorization: 'broken' }, 1013],
  ])('with %s', async (_, payload, outcome) => {
    const { url } = await node();
    const raw = await rawSocket(url);
    raw.send({ type: 'connection_init', payload });
    if (outcome === 'acknowledged') expect(await raw.received(1)).toEqual([{ type: 'connection_ack' }]);
    else expect((await raw.closed).code).toBe(outcome);
  });

  test('that does not come in time closes with 4408', async () => {
    const { url } = await node({ limits: { initialisationMs: 50 } });
    expect((await (await rawSocket(url)).closed).code).toBe(4408);
  });

  test.each([0, 1])('a second one closes with 4429, %s messages after the first', async (later) => {
    const { url } = await node();
    const raw = await rawSocket(url);
    raw.send({ type: 'connection_init', payload: { authorization: 'ana' } });
    if (later > 0) await raw.received(later);
    raw.send({ type: 'connection_init', payload: { authorization: 'ana' } });
    expect((await raw.closed).code).toBe(4429);
  });
});

describe('what closes a socket', () => {
  test('subscribing before the acknowledgement: 4401', async () => {
    const { url } = await node();
    const raw = await rawSocket(url);
    raw.send(SUBSCRIBE);
    expect((await raw.closed).code).toBe(4401);
  });

  test('an id that is taken: 4409, and one that is free again is not', async () => {
    const made = await node();
    const raw = await acknowledged(made.url, 'ana');
    raw.send(SUBSCRIBE);
    raw.send({ type: 'complete', id: '1' });
    raw.send(SUBSCRIBE);
    await expect.poll(() => made.realtime.counts.subscriptions).toBe(1);
    raw.send(SUBSCRIBE);
    expect(await raw.closed).toEqual({ code: 4409, reason: 'Subscriber for 1 already exists' });
    expect(made.realtime.counts).toMatchObject({ sockets: 0, subscriptions: 0 });
  });

  test.each<[string, string | Buffer]>([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"start","id":"1"}'],
    ['a message of the server', '{"type":"connection_ack"}'],
    ['a next', '{"type":"next","id":"1","payload":{}}'],
    ['no id', '{"type":"subscribe","payload":{"query":"{position}"}}'],
    ['an empty id', '{"type":"subscribe","id":"","payload":{"query":"{position}"}}'],
    ['a number as id', '{"type":"subscribe","id":1,"payload":{"query":"{position}"}}'],
    ['an id without end', JSON.stringify({ ...SUBSCRIBE, id: 'x'.repeat(300) })],
    ['no query', '{"type":"subscribe","id":"1","payload":{}}'],
    ['a query that is no text', '{"type":"subscribe","id":"1","payload":{"query":{}}}'],
    [
      'variables that are a list',
      '{"type":"subscribe","id":"1","payload":{"query":"{position}","variables":[]}}',
    ],
    ['a ping with a text', '{"type":"ping","payload":"x"}'],
    ['a payload that cannot be shown', '{"type":"ping","payload":[{"toString":1}]}'],
    ['binary', Buffer.from('{"type":"ping"}')],
  ])('a message that is malformed, 4400: %s', async (_, text) => {
    const { url } = await node();
    const raw = await acknowledged(url, 'ana');
    raw.socket.send(text);
    expect((await raw.closed).code).toBe(4400);
  });

  test('a message above the limit: 1009', async () => {
    const { url } = await node({ limits: { messageBytes: 1000 } });
    const raw = await acknowledged(url, 'ana');
    raw.send({ type: 'ping', payload: { x: 'y'.repeat(2000) } });
    expect((await raw.closed).code).toBe(1009);
  });

  test.each([[['graphql-ws']], [['x', 'y']], [[]]])('another subprotocol, %o: 4406', async (protocols) => {
    const made = await node();
    const raw = await rawSocket(made.url, protocols);
    expect((await raw.closed).code).toBe(4406);
    expect(made.realtime.counts.sockets).toBe(0);
  });

  test('our subprotocol is chosen among several', async () => {
    const { url } = await node();
    expect((await rawSocket(url, ['graphql-ws', 'graphql-transport-ws'])).socket.protocol).toBe(
      'graphql-transport-ws',
    );
  });

  test('a token at its end: 4403, and not before', async () => {
    const clock = manualClock();
    const made = await node({ clock });
    const end = clock.now() / 1000 + 60;
    made.tokens.set('short', user('s', { expiresAt: end })).set('long', user('l', { expiresAt: end + 60 }));
    const [short, long] = [await acknowledged(made.url, 'short'), await acknowledged(made.url, 'long')];
    clock.advance(59_000);
    short.send({ type: 'ping' });
    await short.received(1);
    clock.advance(1_000);
    expect(await short.closed).toEqual({ code: 4403, reason: 'The token has expired.' });
    long.send({ type: 'ping' });
    await long.received(1);
    expect(made.realtime.counts).toMatchObject({ sockets: 1, expired: 1 });
  });

  test('a node that goes away: 1001, after what is under way was answered', async () => {
    let answer: (() => void) | undefined;
    const made = await node({
      execute: async () => {
        await new Promise<void>((resolve) => (answer = resolve));
        return { data: { position: 'done' } };
      },
    });
    const busy = await acknowledged(made.url, 'ana');
    const idle = await acknowledged(made.url, 'ana');
    busy.send({ type: 'subscribe', id: 'm', payload: { query: '{ position }' } });
    await expect.poll(() => answer).toBeDefined();
    const drained = made.realtime.drain(5_000);
    expect((await idle.closed).code).toBe(1001);
    expect(busy.socket.readyState).toBe(1);
    await expect(rawSocket(made.url)).rejects.toThrow(/503/);
    answer?.();
    expect((await busy.closed).code).toBe(1001);
    expect(busy.messages.map(({ type }) => type)).toEqual(['next', 'complete']);
    await drained;
  });

  test('what is still busy at the end of a drain is told to go too', async () => {
    const made = await node({ execute: () => new Promise(() => undefined) });
    const busy = await acknowledged(made.url, 'ana');
    busy.send({ type: 'subscribe', id: 'm', payload: { query: '{ position }' } });
    busy.send({ type: 'ping' });
    await busy.received(1);
    await made.realtime.drain(600);
    expect((await busy.closed).code).toBe(1001);
  });

  test('a socket that answers no ping is dropped; one that does, or that speaks, is not', async () => {
    const made = await node({ limits: { pingSeconds: 2 } });
    const alive = await acknowledged(made.url, 'ana');
    const dead = await acknowledged(made.url, 'ana');
    // Not reading is as good as being gone.
    (dead.socket as unknown as { _socket: { pause(): void } })._socket.pause();
    await expect.poll(() => made.realtime.counts.deadSockets, { timeout: 10_000 }).toBe(1);
    alive.send({ type: 'ping' });
    await alive.received(1);
    expect(made.realtime.counts.sockets).toBe(1);
  });
});

describe('messages', () => {
  test('a ping is answered with its payload', async () => {
    const { url } = await node();
    const raw = await rawSocket(url);
    raw.send({ type: 'ping' });
    raw.send({ type: 'ping', payload: { a: 1 } });
    raw.send({ type: 'pong' });
    expect(await raw.received(2)).toEqual([{ type: 'pong' }, { type: 'pong', payload: { a: 1 } }]);
  });

  test('what cannot be subscribed to ends with an error that has a code, and the socket goes on', async () => {
    const made = await node();
    const raw = await acknowledged(made.url, 'ana');
    const ask = (id: string, query: string, extensions = {}) =>
      raw.send({ type: 'subscribe', id, payload: { query, extensions } });
    ask('parse', '{');
    ask('field', 'subscription { no }');
    ask('board', 'subscription { onChangeBoard { kind } }');
    ask('position', 'subscription { onChangeNote(after: "x") { kind } }');
    ask('position of another type', 'subscription { onChangeNote { kind } }', { after: 5 });
    await raw.received(5);
    const told = raw.messages.map(({ id, payload }) => [
      id,
      (payload as { extensions: object }[])[0]?.extensions,
    ]);
    expect(Object.fromEntries(told)).toEqual({
      parse: { code: 'GRAPHQL_PARSE_FAILED' },
      field: { code: 'GRAPHQL_VALIDATION_FAILED' },
      board: { code: 'FORBIDDEN' },
      position: { code: 'BAD_USER_INPUT', argument: 'after' },
      'position of another type': { code: 'BAD_USER_INPUT', argument: 'extensions.after' },
    });
    expect(raw.messages.every(({ type }) => type === 'error')).toBe(true);
    raw.send({ ...SUBSCRIBE, id: 'parse' });
    await expect.poll(() => made.realtime.counts.subscriptions).toBe(1);
  });

  test('after complete nothing more comes', async () => {
    const made = await node();
    const raw = await acknowledged(made.url, 'ana');
    raw.send(SUBSCRIBE);
    raw.send({ ...SUBSCRIBE, id: '2' });
    await expect.poll(() => made.realtime.counts.subscriptions).toBe(2);
    raw.send({ type: 'complete', id: '1' });
    raw.send({ type: 'complete', id: 'never was' });
    await expect.poll(() => made.realtime.counts.subscriptions).toBe(1);
    made.publish(change('Note', 'create', null, item('n', 1, { title: 't' })));
    expect((await raw.received(1)).map(({ id }) => id)).toEqual(['2']);
  });

  test('a socket holds ten thousand subscriptions, and its limit is told', async () => {
    const made = await node({ limits: { operations: 10_000 } });
    const raw = await acknowledged(made.url, 'ana');
    const payload = { query: 'subscription { onChangeNote { item { title } } }' };
    for (let at = 0; at < 10_001; at++) raw.send({ type: 'subscribe', id: `${at}`, payload });
    await raw.received(1);
    expect(raw.messages).toMatchObject([
      { id: '10000', type: 'error', payload: [{ extensions: { code: 'BAD_REQUEST' } }] },
    ]);
    expect(made.realtime.counts.subscriptions).toBe(10_000);
    // One event for all of them is 20 MB in one turn: that is not the reader's fault.
    made.publish(change('Note', 'create', null, item('n', 1, { title: 't'.repeat(2000) })));
    await raw.received(10_001);
    expect(new Set(raw.messages.map(({ id }) => id)).size).toBe(10_001);
  });

  test('more sockets than allowed are refused with 503', async () => {
    const made = await node({ limits: { sockets: 1 } });
    await rawSocket(made.url);
    await expect(rawSocket(made.url)).rejects.toThrow(/503/);
    expect(made.realtime.counts).toMatchObject({ sockets: 1, refused: 1 });
  });

  test('a socket that begins more than is worked on is not read until there is room', async () => {
    const waiting: (() => void)[] = [];
    const made = await node({
      limits: { pending: 10 },
      execute: async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return { data: {} };
      },
    });
    const raw = await acknowledged(made.url, 'ana');
    const filler = 'x'.repeat(10_000);
    for (let at = 0; at < 200; at++)
      raw.send({ type: 'subscribe', id: `${at}`, payload: { query: '{ position }', variables: { filler } } });
    await expect.poll(() => waiting.length).toBeGreaterThanOrEqual(10);
    expect(waiting.length).toBeLessThan(100);
    for (let done = 0; done < 200;) {
      await expect.poll(() => waiting.length).toBeGreaterThan(0);
      for (const resolve of waiting.splice(0)) {
        resolve();
        done++;
      }
    }
    await raw.received(400);
  });
});
