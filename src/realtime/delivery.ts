import { FRAME_END, frameOpening, frameSize, writeFrame } from './frames.ts';
import type { Outlet, Payload } from './sink.ts';

/** Puts payloads on sockets, each in frames of its own and all of one call in one write. */
export interface Delivery {
  deliver(outlet: Outlet, payloads: readonly Payload[]): void;
}

/** Frames above it, together, are handed over as a list with the shared payload in it instead of being copied. */
const COPY_LIMIT = 16 * 1024;
const SLAB = 64 * 1024;

/**
 * Chunks are cut from slabs: the sockets of one group are written in one go and most are sent at once, so that a slab
 * lives as long as a turn. A socket that has a backlog gets memory of its own: otherwise every small chunk that waits
 * there would hold a whole slab.
 */
export function createDelivery(): Delivery {
  let slab = Buffer.allocUnsafeSlow(SLAB);
  let used = 0;
  // Subscribers that chose the same id, as test tools and simple clients do, share the finished chunk.
  let last:
    | { readonly id: string; readonly payloads: readonly Payload[]; readonly chunk: Buffer }
    | undefined;

  function cut(size: number): Buffer {
    if (used + size > SLAB) {
      slab = Buffer.allocUnsafeSlow(SLAB);
      used = 0;
    }
    const chunk = slab.subarray(used, used + size);
    used += size;
    return chunk;
  }

  return {
    deliver(outlet, payloads) {
      const { sink, id, prefix } = outlet;
      if (last !== undefined && last.payloads === payloads && last.id === id) {
        sink.write(last.chunk);
        return;
      }
      let size = 0;
      for (const { bytes } of payloads) size += frameSize(prefix, bytes);
      if (size > COPY_LIMIT) {
        sink.writeList(payloads.flatMap(({ bytes }) => [frameOpening(prefix, bytes), bytes, FRAME_END]));
        return;
      }
      const chunk = sink.behind ? Buffer.allocUnsafeSlow(size) : cut(size);
      let at = 0;
      for (const { bytes } of payloads) at = writeFrame(chunk, at, prefix, bytes);
      last = { id, payloads, chunk };
      sink.write(chunk);
    },
  };
}
