import type { Log } from '../base/log.ts';
import { messageOf } from '../base/errors.ts';

/** What happens on sockets, one function an event: each writes its count and its line together. */
export interface RealtimeEvents {
  opened(): void;
  closed(code: number): void;
  /** A handshake that was refused. */
  refused(why: 'limit' | 'draining' | 'subprotocol'): void;
  subscribed(): void;
  unsubscribed(): void;
  /** A selection was run on an entry, for one group or one replay. */
  executed(): void;
  /** Running it failed: ours to mend. Returns what names the failure in the answer. */
  failed(error: unknown): string;
  delivered(messages: number): void;
  slowReader(who: string, bytes: number): void;
  deadSocket(): void;
  resynced(subscriptions: number): void;
  replayed(entries: number): void;
  replayFailed(error: unknown): void;
  /** Rights of the caller of this many sockets changed. */
  rightsChanged(operation: string, sockets: number): void;
  expired(): void;
  /** Credentials could not be checked: neither good nor bad. */
  uncheckable(error: unknown): void;
}

/** How often each has happened, and how many are there now. */
export interface RealtimeCounts {
  sockets: number;
  subscriptions: number;
  refused: number;
  executed: number;
  failed: number;
  delivered: number;
  slowReaders: number;
  deadSockets: number;
  resynced: number;
  replayed: number;
  rightsChanged: number;
  expired: number;
}

export function createRealtimeEvents(
  log: Log,
  requestId: () => string,
): RealtimeEvents & { readonly counts: Readonly<RealtimeCounts> } {
  const counts: RealtimeCounts = {
    sockets: 0,
    subscriptions: 0,
    refused: 0,
    executed: 0,
    failed: 0,
    delivered: 0,
    slowReaders: 0,
    deadSockets: 0,
    resynced: 0,
    replayed: 0,
    rightsChanged: 0,
    expired: 0,
  };
  return {
    counts,
    opened() {
      counts.sockets++;
    },
    closed(code) {
      counts.sockets--;
      log.debug({ code }, 'a socket closed');
    },
    refused(why) {
      counts.refused++;
      log.debug({ why }, 'a socket was refused');
    },
    subscribed() {
      counts.subscriptions++;
    },
    unsubscribed() {
      counts.subscriptions--;
    },
    executed() {
      counts.executed++;
    },
    failed(error) {
      counts.failed++;
      const id = requestId();
      log.error({ err: error, requestId: id }, `a subscription's selection failed: ${messageOf(error)}`);
      return id;
    },
    delivered(messages) {
      counts.delivered += messages;
    },
    slowReader(who, bytes) {
      counts.slowReaders++;
      log.warn({ who, bytes }, 'a slow reader was closed: it resumes from its position');
    },
    deadSocket() {
      counts.deadSockets++;
      log.debug('a socket answered no ping and was dropped');
    },
    resynced(subscriptions) {
      counts.resynced += subscriptions;
      log.debug({ subscriptions }, 'subscriptions were told to resync');
    },
    replayed(entries) {
      counts.replayed += entries;
    },
    replayFailed(error) {
      log.warn({ err: error }, `a replay could not read the journal: ${messageOf(error)}`);
    },
    rightsChanged(operation, sockets) {
      counts.rightsChanged++;
      log.debug({ operation, sockets }, 'the rights of a caller changed');
    },
    expired() {
      counts.expired++;
    },
    uncheckable(error) {
      log.warn({ err: error }, `credentials of a socket could not be checked: ${messageOf(error)}`);
    },
  };
}
