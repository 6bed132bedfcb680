import { expect, test } from 'vitest';
import { createDelivery } from '../../src/realtime/delivery.ts';
import { textFrame } from '../../src/realtime/frames.ts';
import type { Outlet, Payload, Sink } from '../../src/realtime/sink.ts';

/** Takes whatever is written, as a connection does. */
function sink(behind = false): Sink & { readonly chunks: Buffer[]; bytes(): Buffer } {
  const chunks: Buffer[] = [];
  return {
    chunks,
    open: true,
    behind,
    congested: false,
    write: (chunk) => void chunks.push(chunk),
    writeList: (list) => void chunks.push(...list),
    together: (work) => work(),
    drained: () => Promise.resolve(),
    close: () => undefined,
    bytes: () => Buffer.concat(chunks),
  };
}

/** Texts of unmasked, final text frames: RFC 6455, 5.2. */
function readFrames(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x81);
    const short = bytes.readUInt8(at + 1);
    const [length, from] =
      short < 126
        ? [short, at + 2]
        : short === 126
          ? [bytes.readUInt16BE(at + 2), at + 4]
          : [Number(bytes.readBigUInt64BE(at + 2)), at + 10];
    // The shortest form that holds the length.
    expect(short).toBe(length < 126 ? length : length < 65_536 ? 126 : 127);
    expect(bytes.length).toBeGreaterThanOrEqual(from + length);
    texts.push(bytes.toString('utf8', from, from + length));
    at = from + length;
  }
  return texts;
}

function outlet(to: Sink, id: string): Outlet {
  return { sink: to, id, prefix: Buffer.from(`{"id":"${id}","payload":`) };
}

const payload = (text: string, seq = 1): Payload => ({ seq, bytes: Buffer.from(JSON.stringify(text)) });

test.each([
  0, 90, 100, 103, 104, 105, 110, 1000, 16_000, 16_384, 65_000, 65_510, 65_515, 65_520, 70_000, 200_000,
])('a payload of %s characters comes whole, alone and among others, copied or by reference', (length) => {
  const text = 'é'.repeat(length % 7) + 'x'.repeat(length);
  for (const behind of [false, true]) {
    const [one, two] = [sink(behind), sink(behind)];
    const payloads = [payload('first'), payload(text), payload('')];
    const delivery = createDelivery();
    delivery.deliver(outlet(one, 'a'), payloads);
    delivery.deliver(outlet(two, 'another'), payloads);
    const expected = (id: string) =>
      ['first', text, ''].map((each) => `{"id":"${id}","payload":${JSON.stringify(each)}}`);
    expect(readFrames(one.bytes())).toEqual(expected('a'));
    expect(readFrames(two.bytes())).toEqual(expected('another'));
  }
  expect(readFrames(textFrame(text))).toEqual([text]);
});

test('what was cut from a slab stays as it was while others are written', () => {
  const delivery = createDelivery();
  const sinks = Array.from({ length: 500 }, () => sink());
  for (const round of [1, 2, 3]) {
    const payloads = [payload(`round ${round} ${'x'.repeat(300)}`)];
    for (const [at, each] of sinks.entries()) delivery.deliver(outlet(each, `id-${at}`), payloads);
  }
  for (const [at, each] of sinks.entries()) {
    expect(readFrames(each.bytes()).map((text) => text.slice(0, text.indexOf(' x')))).toEqual(
      [1, 2, 3].map((round) => `{"id":"id-${at}","payload":"round ${round}`),
    );
  }
});

test('subscribers with the same id share one chunk; a socket that is behind holds no slab', () => {
  const delivery = createDelivery();
  const [one, two, late] = [sink(), sink(), sink(true)];
  const payloads = [payload('x')];
  delivery.deliver(outlet(one, 'same'), payloads);
  delivery.deliver(outlet(two, 'same'), payloads);
  delivery.deliver(outlet(late, 'other'), payloads);
  expect(two.chunks[0]).toBe(one.chunks[0]);
  expect(one.chunks[0]?.buffer.byteLength).toBeGreaterThan(1000);
  expect(late.chunks[0]?.buffer.byteLength).toBe(late.chunks[0]?.length);
});
