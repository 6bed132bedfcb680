import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

const SWEEP_MS = 60_000;

/** Removes what has expired, once a minute: spent session tokens, codes, refresh tokens. Any number of nodes may. */
export function startTimers(parts: {
  readonly datasets: { sweepSpentSessions(): Promise<unknown> };
  readonly userPools: { sweep(): Promise<unknown> };
  readonly log: Log;
}): { stop(): Promise<void> } {
  const { datasets, userPools, log } = parts;
  let running: Promise<void> = Promise.resolve();
  const sweep = async () => {
    try {
      await datasets.sweepSpentSessions();
      await userPools.sweep();
    } catch (error) {
      log.warn({ err: error }, `what has expired could not be removed: ${messageOf(error)}`);
    }
  };
  const timer = setInterval(() => {
    running = sweep();
  }, SWEEP_MS);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return running;
    },
  };
}
