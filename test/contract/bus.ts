import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bus } from '../../src/feed/bus/bus.ts';

export interface BusNodes {
  /** Two nodes on one bus, both hearing. */
  readonly here: Bus;
  readonly there: Bus;
}

/** What every bus must do. `open` gives two nodes; the suite closes them. */
export function busContract(name: string, open: () => Promise<BusNodes>): void {
  describe(`the ${name} bus`, () => {
    let nodes: BusNodes;
    beforeEach(async () => {
      nodes = await open();
    });
    afterEach(async () => {
      await nodes.here.close();
      await nodes.there.close();
    });

    it('rings at this node before `ring` returns', () => {
      const heard = vi.fn();
      nodes.here.onRing(heard);
      nodes.here.ring();
      expect(heard).toHaveBeenCalled();
    });

    it('rings at the other node, both ways', async () => {
      const here = vi.fn();
      const there = vi.fn();
      nodes.here.onRing(here);
      nodes.there.onRing(there);
      nodes.here.ring();
      await vi.waitFor(() => expect(there).toHaveBeenCalled(), 10_000);
      here.mockClear();
      nodes.there.ring();
      await vi.waitFor(() => expect(here).toHaveBeenCalled(), 10_000);
    });

    it('rings at the other node after the last of many rings', async () => {
      let changed = 0;
      let seen = 0;
      nodes.there.onRing(() => {
        seen = changed;
      });
      for (let i = 1; i <= 500; i++) {
        changed = i;
        nodes.here.ring();
        if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, i % 7));
      }
      await vi.waitFor(() => expect(seen).toBe(500), 10_000);
    });

    it('calls every listener, also behind one that fails', async () => {
      const second = vi.fn();
      nodes.there.onRing(() => {
        throw new Error('a listener that fails');
      });
      nodes.there.onRing(second);
      nodes.there.ring();
      expect(second).toHaveBeenCalledTimes(1);
      nodes.here.ring();
      await vi.waitFor(() => expect(second.mock.calls.length).toBeGreaterThan(1), 10_000);
    });

    it('no longer calls a listener that was taken off', async () => {
      const off = vi.fn();
      const on = vi.fn();
      const takeOff = nodes.there.onRing(off);
      nodes.there.onRing(on);
      takeOff();
      takeOff();
      nodes.here.ring();
      await vi.waitFor(() => expect(on).toHaveBeenCalled(), 10_000);
      expect(off).not.toHaveBeenCalled();
    });

    it('is silent once it is closed, and may be closed twice', async () => {
      const heard = vi.fn();
      nodes.here.onRing(heard);
      await nodes.here.close();
      nodes.here.ring();
      nodes.there.ring();
      await nodes.here.close();
      await nodes.there.close();
      expect(heard).not.toHaveBeenCalled();
    });

    it('hears: nobody needs to look more often', () => {
      expect(nodes.here.polling).toBe(false);
    });
  });
}
