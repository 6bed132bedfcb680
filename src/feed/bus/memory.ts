import { silentLog, type Log } from '../../base/log.ts';
import { createListeners } from '../listeners.ts';
import type { Bus } from './bus.ts';

/** For one process: every node in it that is given this bus hears the others. */
export function createMemoryBus({ log = silentLog }: { readonly log?: Log } = {}): Bus {
  const listeners = createListeners<[]>(log, 'the bus');
  let open = true;
  return {
    ring: () => {
      if (open) listeners.call();
    },
    onRing: (listener) => listeners.add(listener),
    polling: false,
    close: () => {
      open = false;
      listeners.clear();
      return Promise.resolve();
    },
  };
}
