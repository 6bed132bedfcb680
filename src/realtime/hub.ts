/**
 * One hub per node: it hears the feed and lets every subscription hear what is for it.
 *
 * The naive way runs each subscription's selection on each entry and pays for every subscriber. Here those who ask
 * the same with the same rights form a group; an entry is looked at by the groups that the index finds, executed and
 * serialised once in each, and what differs between sockets (the subscription's id) is put before the shared bytes.
 * All that a batch of entries brings to a socket is written in one call.
 *
 * A member hears every entry above its own position once, in order:
 *
 *          position below the cursor                 caught up, in one turn
 *   open ──────────────────────────────▶ replaying ─────────────────────────▶ joined
 *     │                                   ▲      │ floor rose above it           │
 *     │ position at or above the cursor   │      ▼                               │
 *     └───────────────────────────────────┼──▶ RESYNC, then joined ◀─────────────┤ new epoch
 *                                         │                                      │
 *                                         └───────────── suspended ◀─────────────┘ rights changed
 *                                            rights hold                 (then rebound: RESYNC, joined)
 *
 * Everything here runs in the turn in which the feed calls, so that "joined in this turn" and "cursor of this turn"
 * mean something. A step that is under way when something else overtakes it finds its `turn` gone and ends.
 */
import type { Entry } from '../feed/journal.ts';
import type { Binding } from '../graphql/live/binder.ts';
import type { Topic } from '../graphql/live/live-source.ts';
import { failurePayload } from '../graphql/live/payload.ts';
import { CLOSE } from './close-codes.ts';
import { createDelivery } from './delivery.ts';
import type { RealtimeEvents } from './events.ts';
import { createGate } from './gate.ts';
import { createGroup, type Group, type Member } from './group.ts';
import { createPlaceIndex } from './place-index.ts';
import { replay, type ReadPage, type Tap } from './replay.ts';
import type { Rights } from './rights.ts';
import type { Outlet, Payload } from './sink.ts';

/** What the hub takes of the feed reader. Listeners run in the order of the journal, `horizon` has moved before. */
export interface Feed {
  readonly epoch: string;
  readonly horizon: number;
  onEntries(listener: (entries: readonly Entry[]) => void): () => void;
  /** Continuity broke: what was between is not known, and `horizon` stands behind it, perhaps in a new epoch. */
  onEpoch(listener: () => void): () => void;
}

/** Where a subscription begins: now, above a number, or with a RESYNC because its position cannot be resumed from. */
export type Start = 'now' | 'resync' | { readonly after: number; readonly epoch: string };

export interface Hub {
  open(outlet: Outlet, binding: Binding, start: Start): Member;
  /** Stops the stream at `seq`, or where it stands: the rights of its caller are being looked at again. */
  suspend(member: Member, seq: number): void;
  /** Goes on where it was suspended, with the rights that it had. */
  resume(member: Member): void;
  /** Goes on with other rights: what was sent and what will be are not comparable, so RESYNC first. */
  rebound(member: Member, binding: Binding): void;
  close(member: Member): void;
  stop(): void;
}

/** Entries that are worked on before their payloads are sent. Bounds what one turn allocates. */
const BATCH = 64;
/** No number of this epoch: the `after` of a member whose position is of another one. */
const OTHER_EPOCH = -1;
/** Replays that read at once: requests need Postgres too. */
const REPLAYS = 6;

export function createHub(parts: {
  readonly feed: Feed;
  readonly readPage: ReadPage;
  /** The text of the position at a number, in the present epoch. */
  readonly positionAt: (seq: number) => string;
  readonly rights: Rights;
  readonly events: RealtimeEvents;
}): Hub {
  const { feed, positionAt, rights, events } = parts;
  const groups = new Map<string, Group>();
  const index = createPlaceIndex<Group>();
  const replaying = new Set<Member>();
  const taps = new Set<{ readonly topic: Topic; readonly entries: Entry[] }>();
  const delivery = createDelivery();
  const gate = createGate(REPLAYS);
  /** Groups that the batch under way has payloads for. */
  const touched = new Set<Group>();

  function onEntries(entries: readonly Entry[]): void {
    for (const [count, entry] of entries.entries()) {
      if (entry.topic.startsWith('caller:')) {
        // Those whose rights change must still get what came before, and nothing of what comes after.
        flush();
        rights.changed(entry);
        continue;
      }
      for (const tap of taps) if (hears(tap.topic, entry.topic)) tap.entries.push(entry);
      const found = index.find(entry);
      if (found.size > 0) {
        const position = positionAt(entry.seq);
        for (const group of found) {
          const bytes = execute(group.binding, entry, position);
          if (bytes === undefined) continue;
          group.pending.push({ seq: entry.seq, bytes });
          touched.add(group);
        }
      }
      if (count % BATCH === BATCH - 1) flush();
    }
    flush();
  }

  /** Undefined where the entry is not for these subscribers. */
  function execute(binding: Binding, entry: Entry, position: string): Buffer | undefined {
    try {
      const text = binding.event(entry, position);
      if (text === undefined) return undefined;
      events.executed();
      return Buffer.from(text);
    } catch (error) {
      return Buffer.from(failurePayload(events.failed(error), position));
    }
  }

  function flush(): void {
    if (touched.size === 0) return;
    const batch = [...touched].map((group) => ({ group, payloads: group.pending }));
    for (const { group } of batch) group.pending = [];
    touched.clear();
    const [only] = batch;
    if (only !== undefined && batch.length === 1) {
      for (const member of only.group.members) send(member, wanted(member, only.group, only.payloads));
    } else flushSeveral(batch);
  }

  /** A socket with members in several of the groups gets all of it in one write, in the order of the journal. */
  function flushSeveral(
    batch: readonly { readonly group: Group; readonly payloads: readonly Payload[] }[],
  ): void {
    const bySink = new Map<Outlet['sink'], { member: Member; payloads: readonly Payload[] }[]>();
    for (const { group, payloads } of batch) {
      for (const member of group.members) {
        const share = { member, payloads: wanted(member, group, payloads) };
        const shares = bySink.get(member.outlet.sink);
        if (shares === undefined) bySink.set(member.outlet.sink, [share]);
        else shares.push(share);
      }
    }
    for (const [sink, shares] of bySink) {
      const [only] = shares;
      if (only !== undefined && shares.length === 1) {
        send(only.member, only.payloads);
        continue;
      }
      const inOrder = shares
        .flatMap(({ member, payloads }) => payloads.map((payload) => ({ member, payload })))
        .sort((a, b) => a.payload.seq - b.payload.seq);
      sink.together(() => {
        for (const { member, payload } of inOrder) send(member, [payload]);
      });
    }
  }

  function wanted(member: Member, group: Group, payloads: readonly Payload[]): readonly Payload[] {
    const [first] = payloads;
    if (first === undefined || first.seq > group.highest || first.seq > member.after) return payloads;
    return payloads.filter(({ seq }) => seq > member.after);
  }

  function send(member: Member, payloads: readonly Payload[]): void {
    if (payloads.length === 0) return;
    delivery.deliver(member.outlet, payloads);
    events.delivered(payloads.length);
  }

  function join(member: Member): void {
    // Sending to it may have shown that it is too slow.
    if (member.closed) return;
    const { key, source } = member.binding;
    let group = groups.get(key);
    if (group === undefined) {
      group = createGroup(member.binding);
      groups.set(key, group);
      index.add(source.place, group);
    }
    member.binding = group.binding;
    member.group = group;
    group.members.add(member);
    group.highest = Math.max(group.highest, member.after);
  }

  function leave(member: Member): void {
    const { group } = member;
    if (group === undefined) return;
    member.group = undefined;
    group.members.delete(member);
    if (group.members.size > 0) return;
    groups.delete(group.binding.key);
    index.remove(group.binding.source.place, group);
  }

  /** Takes it out of whatever it is in; what is under way for it ends by itself. */
  function detach(member: Member): void {
    member.turn++;
    leave(member);
    replaying.delete(member);
  }

  function start(member: Member): void {
    if (member.after === OTHER_EPOCH) {
      resync([member]);
      return;
    }
    if (member.after >= feed.horizon) {
      join(member);
      return;
    }
    replaying.add(member);
    const { turn } = member;
    replay(member, replayParts).then(
      () => void (member.turn === turn && replaying.delete(member)),
      (error: unknown) => {
        if (member.turn !== turn || member.closed) return;
        events.replayFailed(error);
        detach(member);
        // Its client comes back with the last position that it got.
        member.outlet.sink.close(
          CLOSE.tryAgainLater,
          'the journal cannot be read just now: come back with your last position',
        );
      },
    );
  }

  const replayParts = {
    read: parts.readPage,
    gate,
    cursor: () => feed.horizon,
    epoch: () => feed.epoch,
    tap,
    send(member: Member, entries: readonly Entry[]) {
      const payloads: Payload[] = [];
      for (const entry of entries) {
        const bytes = execute(member.binding, entry, positionAt(entry.seq));
        if (bytes !== undefined) payloads.push({ seq: entry.seq, bytes });
      }
      events.replayed(payloads.length);
      send(member, payloads);
    },
    join(member: Member) {
      replaying.delete(member);
      join(member);
    },
    resync: (member: Member) => resync([member]),
  };

  function tap(topic: Topic): Tap {
    const own = { topic, entries: [] as Entry[] };
    taps.add(own);
    return { entries: own.entries, stop: () => void taps.delete(own) };
  }

  /** All of one group, or each on its own: told so once, and live from the cursor on. */
  function resync(members: Iterable<Member>): void {
    const seq = feed.horizon;
    const position = positionAt(seq);
    const made = new Map<string, readonly Payload[]>();
    let count = 0;
    for (const member of members) {
      detach(member);
      if (member.closed) continue;
      const { key } = member.binding;
      let payloads = made.get(key);
      if (payloads === undefined) {
        payloads = [{ seq, bytes: resyncBytes(member.binding, position) }];
        made.set(key, payloads);
      }
      member.after = seq;
      join(member);
      send(member, payloads);
      count++;
    }
    if (count > 0) events.resynced(count);
  }

  function resyncBytes(binding: Binding, position: string): Buffer {
    try {
      return Buffer.from(binding.resync(position));
    } catch (error) {
      return Buffer.from(failurePayload(events.failed(error), position));
    }
  }

  function onEpoch(): void {
    // Changes of rights may be among what was not heard. Whoever holds some stops until they are asked for again, and
    // then resyncs; what is left here is nobody's in particular.
    rights.doubted(feed.horizon);
    resync([...[...groups.values()].flatMap((group) => [...group.members]), ...replaying]);
  }

  const offEntries = feed.onEntries(onEntries);
  const offEpoch = feed.onEpoch(onEpoch);

  return {
    open(outlet, binding, where) {
      const member: Member = {
        outlet,
        binding,
        group: undefined,
        after: feed.horizon,
        turn: 0,
        closed: false,
      };
      // The position was judged in an earlier turn.
      if (typeof where === 'object') member.after = where.epoch === feed.epoch ? where.after : OTHER_EPOCH;
      if (where === 'resync') resync([member]);
      else start(member);
      return member;
    },
    suspend(member, seq) {
      if (member.group !== undefined) member.after = Math.max(member.after, seq);
      detach(member);
    },
    resume(member) {
      detach(member);
      start(member);
    },
    rebound(member, binding) {
      member.binding = binding;
      resync([member]);
    },
    close(member) {
      member.closed = true;
      detach(member);
    },
    stop() {
      offEntries();
      offEpoch();
    },
  };
}

function hears(topic: Topic, name: string): boolean {
  return 'prefix' in topic ? name.startsWith(topic.prefix) : topic.equals.includes(name);
}
