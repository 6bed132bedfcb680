import type { Fields } from '../scenario.ts';
import type { Traffic } from '../wire.ts';

/** A simulated device: a real client on the wire with a local copy, as an app on a phone would have it. */
export interface Device {
  readonly name: string;
  readonly person: string;
  readonly traffic: Traffic;
  readonly tally: Tally;
  /** What its screen shows now; null when the thing is not there. */
  view(): Fields | null;
  create(fields: Fields): Promise<void>;
  edit(fields: Fields): Promise<void>;
  remove(): Promise<void>;
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
  /** True when it is online, has nothing left to send, and holds what the server holds. */
  settled(): Promise<boolean>;
  /** Called at each change of the view. */
  onView(listener: () => void): void;
  /** Called with the fields of a write that was refused for good. */
  onRefused(listener: (fields: Fields) => void): void;
  close(): Promise<void>;
  /** Takes the thing away from the server, uncounted: nothing of a comparison stays, and no limit fills up. */
  cleanUp(): Promise<void>;
}

/** What a device went through. */
export interface Tally {
  conflicts: number;
  /** How many of them the device had to settle itself. */
  settledByClient: number;
  /** How many the server settled. */
  settledByServer: number;
  /** Writes that were refused for good. */
  rejected: number;
}

export const emptyTally = (): Tally => ({
  conflicts: 0,
  settledByClient: 0,
  settledByServer: 0,
  rejected: 0,
});

/** Runs a device's jobs one after another, as an app's sync engine does. */
export function createQueue() {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    get idle() {
      return waiting === 0;
    },
    run<T>(job: () => Promise<T>): Promise<T> {
      waiting++;
      const result = last.then(job);
      last = result.then(
        () => waiting--,
        () => waiting--,
      );
      return result;
    },
  };
}
