/**
 * The one reader of a node: it follows the journal and hands every entry to its listeners once, in the order of `seq`.
 *
 *   look ──► page ──► deliver ──► more? ──yes──► look
 *    ▲                              │no
 *    └── ring · poll · held entry ◄─┘
 *
 * A ring only shortens the wait. A ring during a look causes one more look; a ring that is lost costs a poll interval.
 * An entry can be *held*: committed, but above the mark of an older writer that is still under way. When that writer
 * commits it rings; when it rolls back or dies nobody does, so while an entry is held the reader looks again by itself,
 * after longer and longer waits.
 *
 * Where continuity breaks (a new epoch, or retention overtook a reader that was away), it goes on at the present
 * horizon and says so to the listeners of `onEpoch`: whatever hangs on this feed must resync.
 */

import { messageOf, unavailable } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../database/connection.ts';
import { asUnavailable } from '../database/errors.ts';
import type { Bus } from './bus/bus.ts';
import { checkEpoch } from './epoch.ts';
import type { Entry } from './journal.ts';
import { measureLag, type FeedLag } from './lag.ts';
import { createListeners } from './listeners.ts';
import { createReaderConnection, readHeader, readPage, type Header, type Page } from './page.ts';
import { createSignal, pause } from './signal.ts';

export interface FeedReaderOptions {
  readonly database: Pick<Database, 'sql' | 'session' | 'direct'>;
  readonly bus: Bus;
  readonly log: Log;
  /** Milliseconds between looks when nothing rings; at most 250 where the bus cannot hear. Default 1 000. */
  readonly pollMs?: number;
  /** Entries of a page. Default 500. */
  readonly pageSize?: number;
  /** Milliseconds between looks when it rings all the time. A look costs Postgres about 0.15 ms. Default 3. */
  readonly spacingMs?: number;
  /** Milliseconds after which a look that has no answer is given up. Default 15 000. */
  readonly deadlineMs?: number;
}

export interface FeedReader {
  /** The `seq` up to which the listeners have been given everything: the hub's cursor. */
  readonly horizon: number;
  /** Retention's floor, as of the last look. */
  readonly floor: number;
  readonly epoch: string;
  /** False before the start and while Postgres does not answer. */
  readonly healthy: boolean;
  /** Begins at the present horizon. Throws where Postgres cannot be read. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A page at a time: what arrives together is given together. `horizon` is moved before. */
  onEntries(listener: (entries: readonly Entry[]) => void): () => void;
  /** Continuity broke: `epoch`, `horizon` and `floor` are new, and what lies between was not delivered. */
  onEpoch(listener: () => void): () => void;
  /** Waits until the committed entry `seq` is delivered. Throws UNAVAILABLE when the epoch ends or the reader stops. */
  reached(seq: number): Promise<void>;
  /** Look now. */
  wake(): void;
  /** Measures by a query: for metrics. */
  lag(): Promise<FeedLag>;
}

const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 1_000;
const DEAF_POLL_MS = 250;
const FIRST_HELD_MS = 5;
const LONGEST_HELD_MS = 80;

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createFeedReader(options: FeedReaderOptions): FeedReader {
  const { database, bus, log, pollMs = 1_000, pageSize = 500, spacingMs = 3 } = options;
  const connection = createReaderConnection(database, options.deadlineMs ?? 15_000);
  const entriesListeners = createListeners<[readonly Entry[]]>(log, 'the feed');
  const epochListeners = createListeners<[]>(log, "the feed's epochs");
  const bell = createSignal();
  const stopping = new AbortController();
  const waiters = new Set<Waiter>();
  let state: Omit<Header, 'newest'> = { epoch: '', floor: 0, horizon: 0, server: '' };
  let healthy = false;
  let lastLook = performance.now();
  let running: Promise<void> | undefined;

  /** One page, delivered. Undefined: it could not be used, there is a new place to look from. */
  async function look(): Promise<Page | undefined> {
    const page = await connection.run((sql) => readPage(sql, state.horizon, pageSize));
    if (page.server !== state.server || page.epoch !== state.epoch) {
      await settle();
      return undefined;
    }
    if (page.floor > state.horizon) {
      log.warn(`the feed was away for longer than retention: what lies up to ${page.floor} may be gone`);
      restart(page);
      return undefined;
    }
    lastLook = performance.now();
    deliver(page);
    return page;
  }

  function deliver(page: Page): void {
    state = { ...state, floor: page.floor, horizon: Math.max(state.horizon, page.through) };
    if (page.entries.length > 0) entriesListeners.call(page.entries);
    for (const waiter of waiters) {
      if (waiter.seq > state.horizon) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Another server may answer than before, or another node began an epoch: finds out which holds, on one server. */
  async function settle(): Promise<void> {
    for (;;) {
      const before = await connection.run(readHeader);
      const checked = await connection.run((sql) => checkEpoch({ sql }));
      if (checked.ended !== undefined && checked.ended !== '') {
        log.warn(`the feed begins a new epoch, ${checked.epoch}: this database is not what it was`);
      }
      const after = await connection.run(readHeader);
      // A new epoch stores another origin, which shows in `server`: once more, then.
      if (before.server !== after.server || after.epoch !== checked.epoch) continue;
      if (after.epoch === state.epoch) state = { ...state, server: after.server };
      else restart(after);
      return;
    }
  }

  function restart(header: Header): void {
    const first = state.epoch === '';
    state = { epoch: header.epoch, floor: header.floor, horizon: header.horizon, server: header.server };
    if (first) return;
    abandon('The feed began anew. Try again.');
    epochListeners.call();
  }

  function abandon(reason: string): void {
    for (const waiter of waiters) waiter.reject(unavailable(reason));
    waiters.clear();
  }

  async function follow(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    let held = FIRST_HELD_MS;
    while (!stopping.signal.aborted) {
      try {
        const horizon = state.horizon;
        const page = await look();
        if (!healthy) log.info('the feed goes on');
        healthy = true;
        backoff = FIRST_BACKOFF_MS;
        if (page === undefined || page.through < page.horizon) continue;
        held = state.horizon > horizon ? FIRST_HELD_MS : Math.min(LONGEST_HELD_MS, held * 2);
        await pause(spacingMs, stopping.signal);
        const poll = bus.polling ? Math.min(DEAF_POLL_MS, pollMs) : pollMs;
        await bell.wait(page.newest > state.horizon ? Math.min(held, poll) : poll);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (healthy)
          log.error({ err: error }, `the feed stands still, Postgres does not answer: ${messageOf(error)}`);
        healthy = false;
        await pause(backoff, stopping.signal);
        backoff = Math.min(LONGEST_BACKOFF_MS, backoff * 2);
      }
    }
  }

  const wake = () => bell.ring();
  const offRing = bus.onRing(wake);
  return {
    get horizon() {
      return state.horizon;
    },
    get floor() {
      return state.floor;
    },
    get epoch() {
      return state.epoch;
    },
    get healthy() {
      return healthy;
    },
    async start() {
      try {
        await settle();
      } catch (error) {
        throw asUnavailable(error);
      }
      healthy = true;
      running = follow();
    },
    async stop() {
      stopping.abort();
      offRing();
      bell.ring();
      await connection.close().catch(() => undefined);
      await running;
      healthy = false;
      abandon('The server is stopping. Try again.');
    },
    onEntries: (listener) => entriesListeners.add(listener),
    onEpoch: (listener) => epochListeners.add(listener),
    reached(seq) {
      if (seq <= state.horizon) return Promise.resolve();
      if (stopping.signal.aborted) return Promise.reject(unavailable('The server is stopping. Try again.'));
      wake();
      return new Promise((resolve, reject) => waiters.add({ seq, resolve, reject }));
    },
    wake,
    lag: () => measureLag(database.sql, state.horizon, performance.now() - lastLook),
  };
}
