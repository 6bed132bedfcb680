import { unavailable } from '../base/errors.ts';
import type { Entry } from '../feed/journal.ts';
import type { Topic } from '../graphql/live/live-source.ts';
import type { Gate } from './gate.ts';
import type { Member } from './group.ts';

/** A page of the journal, as `readEntries` of the feed answers it. Rejects where Postgres cannot be asked. */
export type ReadPage = (page: {
  readonly topic: Topic;
  readonly after: number;
  readonly upTo: number;
  readonly limit: number;
  /** Images of a page stay below so many bytes, if it holds more than one entry. */
  readonly bytes: number;
}) => Promise<JournalPage>;

export interface JournalPage {
  readonly entries: readonly Entry[];
  /** Floor and epoch of the same snapshot. */
  readonly floor: number;
  readonly epoch: string;
  /** No entry of the topic is missing up to here; `upTo` on the last page. */
  readonly through: number;
}

export interface ReplayParts {
  readonly read: ReadPage;
  readonly gate: Gate;
  /** Where the hub stands. */
  readonly cursor: () => number;
  readonly epoch: () => string;
  /** Collects the entries of a topic that the hub gets from now on, until it is stopped. */
  readonly tap: (topic: Topic) => Tap;
  /** Sends what is for the member of these entries, in one write. */
  readonly send: (member: Member, entries: readonly Entry[]) => void;
  /** Makes the member hear what comes after the cursor of this turn. */
  readonly join: (member: Member) => void;
  /** Tells the member that retention's floor has overtaken it, and makes it hear what comes. */
  readonly resync: (member: Member) => void;
}

export interface Tap {
  readonly entries: readonly Entry[];
  stop(): void;
}

const PAGE = { limit: 256, bytes: 1024 * 1024 };
/** Entries that go out in one write, before the socket is asked whether it keeps up. */
const SLICE = 32;

/**
 * Sends a member what lies between its position and the hub's cursor, a page at a time as its socket drains, so that
 * nobody else waits and a slow reader costs one page of memory; then makes it join.
 *
 * Under steady writes the cursor is always a little ahead of a page that was read, so the last step is not a query:
 * entries that reach the hub while the last page is read are tapped, sent in the turn in which the page comes, and
 * in that turn the member joins. Where the socket has to drain first, the tap is dropped and the journal read again.
 *
 * Ends early, without a trace, when the member's turn is over.
 */
export async function replay(member: Member, parts: ReplayParts): Promise<void> {
  const { turn, binding, outlet } = member;
  const { topic } = binding.source;
  const isVoid = (): boolean => member.turn !== turn || member.closed;

  while (!isVoid()) {
    const upTo = parts.cursor();
    if (member.after >= upTo) return parts.join(member);
    const tap = parts.tap(topic);
    let waited = false;
    try {
      const page = await parts.gate(() => parts.read({ topic, after: member.after, upTo, ...PAGE }));
      if (isVoid()) return undefined;
      // The feed has not heard of the new epoch yet, or another server answered.
      if (page.epoch !== parts.epoch()) throw unavailable('The journal began a new epoch.');
      if (member.after < page.floor) return parts.resync(member);
      for (let at = 0; at < page.entries.length; at += SLICE) {
        const slice = page.entries.slice(at, at + SLICE);
        parts.send(member, slice);
        member.after = slice.at(-1)?.seq ?? member.after;
        if (!outlet.sink.congested) continue;
        tap.stop();
        waited = true;
        await outlet.sink.drained();
        if (isVoid()) return undefined;
      }
      member.after = page.through;
      if (page.through >= upTo && !waited) {
        parts.send(member, tap.entries);
        member.after = parts.cursor();
        return parts.join(member);
      }
    } finally {
      tap.stop();
    }
  }
  return undefined;
}
