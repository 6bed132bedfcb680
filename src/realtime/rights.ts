import type { Caller } from '../auth/caller.ts';
import { topics, type Entry, type Operation } from '../feed/journal.ts';
import type { RealtimeEvents } from './events.ts';

/** What changed for a caller, as those who act for him take it. `unknown`: something may have. */
export interface RightsChange {
  readonly seq: number;
  readonly operation: Operation | 'unknown';
}

/** Somebody who acts with the rights of one caller: a socket. */
export interface RightsHolder {
  rightsChanged(change: RightsChange): void;
}

/** Tells sockets that the rights of their caller changed. The hub calls `changed` in the order of the journal. */
export interface Rights {
  hold(caller: Caller, holder: RightsHolder): void;
  release(caller: Caller, holder: RightsHolder): void;
  changed(entry: Entry): void;
  /** Changes up to `seq` may have been missed, for everybody. */
  doubted(seq: number): void;
  /**
   * Runs `ask` until no change of its caller came past meanwhile: whoever asks for rights while they change holds
   * none yet and would miss that. `take` gets the answer in the turn in which this was so, and may hold there.
   */
  settled(ask: () => Promise<Caller>, take: (caller: Caller) => void): Promise<void>;
}

/** The operations that make what a subscription has sent and will send incomparable. */
export function changesView(operation: RightsChange['operation']): boolean {
  return operation === 'groups' || operation === 'identity' || operation === 'unknown';
}

/** Topic of the changes of a caller's rights; undefined for callers whose rights never change. */
export function rightsTopic(caller: Caller): string | undefined {
  return caller.kind === 'user' ? topics.caller(caller.poolId, caller.sub) : undefined;
}

/** Both `forget…` drop what is remembered of standings and identities; they run before any holder asks again. */
export function createRights(parts: {
  readonly forget: (entry: Entry) => void;
  readonly forgetAll: () => void;
  readonly events: RealtimeEvents;
}): Rights {
  const { forget, forgetAll, events } = parts;
  const holders = new Map<string, Set<RightsHolder>>();
  const watches = new Set<{ all: boolean; readonly topics: Set<string> }>();

  return {
    hold(caller, holder) {
      const topic = rightsTopic(caller);
      if (topic === undefined) return;
      const those = holders.get(topic);
      if (those === undefined) holders.set(topic, new Set([holder]));
      else those.add(holder);
    },
    release(caller, holder) {
      const topic = rightsTopic(caller);
      const those = topic === undefined ? undefined : holders.get(topic);
      if (topic === undefined || those === undefined) return;
      those.delete(holder);
      if (those.size === 0) holders.delete(topic);
    },
    changed(entry) {
      forget(entry);
      for (const watch of watches) watch.topics.add(entry.topic);
      const those = holders.get(entry.topic);
      if (those === undefined) return;
      events.rightsChanged(entry.operation, those.size);
      for (const holder of those) holder.rightsChanged({ seq: entry.seq, operation: entry.operation });
    },
    doubted(seq) {
      forgetAll();
      for (const watch of watches) watch.all = true;
      for (const those of holders.values()) {
        for (const holder of those) holder.rightsChanged({ seq, operation: 'unknown' });
      }
    },
    async settled(ask, take) {
      const seen = { all: false, topics: new Set<string>() };
      watches.add(seen);
      try {
        for (;;) {
          const caller = await ask();
          const topic = rightsTopic(caller);
          if (topic === undefined || !(seen.topics.has(topic) || seen.all)) return take(caller);
          seen.topics.clear();
          seen.all = false;
        }
      } finally {
        watches.delete(seen);
      }
    },
  };
}
