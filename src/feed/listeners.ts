import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

export interface Listeners<Arguments extends readonly unknown[]> {
  /** Returns what takes it off again. */
  add(listener: (...args: Arguments) => void): () => void;
  /** Calls each in the order of adding. One that throws is logged and stops no other. */
  call(...args: Arguments): void;
  clear(): void;
}

/** `what` names the listeners in the log. */
export function createListeners<Arguments extends readonly unknown[]>(
  log: Log,
  what: string,
): Listeners<Arguments> {
  const all = new Set<{ readonly listener: (...args: Arguments) => void }>();
  return {
    add(listener) {
      const own = { listener };
      all.add(own);
      return () => void all.delete(own);
    },
    call(...args) {
      for (const { listener } of all) {
        try {
          listener(...args);
        } catch (error) {
          log.error({ err: error }, `a listener of ${what} failed: ${messageOf(error)}`);
        }
      }
    },
    clear: () => all.clear(),
  };
}
