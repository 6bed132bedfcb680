/**
 * Server frames, written by ourselves: unmasked, never compressed, one text message each. The payload of a group is
 * the same for all its sockets, what stands before it is not, so that a frame is a copy of both into one chunk. Up
 * to some kilobytes a copy costs less than handing the kernel a list (measured: 5.7 µs against 6.4 µs a frame).
 */

const FINAL_TEXT = 0x81;
/** Both protocols end their message with the brace that `prefix` opened. */
const BRACE = 0x7d;

export function frameSize(prefix: Uint8Array, payload: Uint8Array): number {
  const length = prefix.length + payload.length + 1;
  return headerSize(length) + length;
}

/** Writes header, prefix, payload and brace at `offset`; returns where the next frame goes. */
export function writeFrame(
  target: Uint8Array,
  offset: number,
  prefix: Uint8Array,
  payload: Uint8Array,
): number {
  let at = writeHeader(target, offset, prefix.length + payload.length + 1);
  target.set(prefix, at);
  at += prefix.length;
  target.set(payload, at);
  at += payload.length;
  target[at] = BRACE;
  return at + 1;
}

/** Header and prefix alone, for payloads that are too large to copy. `END` follows the payload. */
export function frameOpening(prefix: Uint8Array, payload: Uint8Array): Buffer {
  const length = prefix.length + payload.length + 1;
  const opening = Buffer.allocUnsafe(headerSize(length) + prefix.length);
  opening.set(prefix, writeHeader(opening, 0, length));
  return opening;
}

export const FRAME_END: Buffer = Buffer.from('}');

/** A whole message of its own. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerSize(length) + length);
  frame.write(text, writeHeader(frame, 0, length));
  return frame;
}

function headerSize(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

function writeHeader(target: Uint8Array, offset: number, length: number): number {
  target[offset] = FINAL_TEXT;
  if (length < 126) {
    target[offset + 1] = length;
    return offset + 2;
  }
  if (length < 65_536) {
    target[offset + 1] = 126;
    target[offset + 2] = length >> 8;
    target[offset + 3] = length & 0xff;
    return offset + 4;
  }
  target[offset + 1] = 127;
  const view = new DataView(target.buffer, target.byteOffset + offset + 2, 8);
  view.setBigUint64(0, BigInt(length));
  return offset + 10;
}
