import type { Clock } from '../base/clock.ts';

/** A socket that is looked at once a second. */
export interface Swept {
  /** Seconds since the epoch, of its credentials; undefined where they do not end. */
  readonly expiresAt: number | undefined;
  expire(): void;
  /** Once an interval: whether it still lives. */
  beat(): void;
}

export interface Sweep {
  add(swept: Swept): void;
  remove(swept: Swept): void;
  stop(): void;
}

/**
 * One timer for all sockets instead of two for each. It runs just after each full second, which is when tokens end;
 * the beats of the sockets are spread over the interval. Ten thousand sockets take some tenths of a millisecond.
 */
export function createSweep(parts: {
  readonly clock: Clock;
  /** Seconds between two beats of one socket. */
  readonly beatSeconds: number;
}): Sweep {
  const { clock, beatSeconds } = parts;
  const slots = new Map<Swept, number>();
  let ticks = 0;
  let added = 0;
  let timer = schedule();

  function schedule(): NodeJS.Timeout {
    const toNextSecond = 1000 - (clock.now() % 1000);
    return setTimeout(tick, toNextSecond + 1).unref();
  }

  function tick(): void {
    timer = schedule();
    ticks++;
    const now = clock.now() / 1000;
    for (const [swept, slot] of slots) {
      if (swept.expiresAt !== undefined && swept.expiresAt <= now) swept.expire();
      else if (ticks % beatSeconds === slot) swept.beat();
    }
  }

  return {
    add(swept) {
      slots.set(swept, added++ % beatSeconds);
    },
    remove: (swept) => void slots.delete(swept),
    stop: () => clearTimeout(timer),
  };
}
