/**
 * LISTEN/NOTIFY as a doorbell.
 *
 * NOTIFY goes out by a statement of its own, never inside a writing transaction, where it would serialise all commits
 * of the database. LISTEN needs a session; a pooler in between takes the statement and delivers nothing. So hearing is
 * proved, not assumed: the node sends itself an echo through the database, at the start and whenever it has heard
 * nothing of its own for a while. Until the first one is back, and after one that is lost, `polling` is true.
 */

import { randomToken } from '../../base/ids.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Database, Sql } from '../../database/connection.ts';
import { codeOf, isTransient } from '../../database/errors.ts';
import { createListeners } from '../listeners.ts';
import { createSignal, pause } from '../signal.ts';
import type { Bus } from './bus.ts';
import { createDoorbell } from './doorbell.ts';

export interface PostgresBusOptions {
  readonly database: Pick<Database, 'sql' | 'session'>;
  readonly log: Log;
  /** At most one NOTIFY in so many milliseconds. Default 5. */
  readonly spacingMs?: number;
  /** After so many milliseconds without an own sound hearing is proved anew. Default 15 000. */
  readonly proveMs?: number;
  /** An echo that takes longer than so many milliseconds is lost. Default 5 000. */
  readonly echoMs?: number;
}

const CHANNEL = 'rockpool';
/** Marks an echo: only its sender heeds it. */
const ECHO = '?';
const FIRST_BACKOFF_MS = 100;
/** Between attempts while Postgres is away, and where LISTEN does not work. */
const LONGEST_PASSING_MS = 2_000;
const LONGEST_BACKOFF_MS = 60_000;

/** Begins to listen at once, in the background. */
export function createPostgresBus(options: PostgresBusOptions): Bus {
  const { database, log, proveMs = 15_000, echoMs = 5_000 } = options;
  const node = randomToken(9);
  const listeners = createListeners<[]>(log, 'the bus');
  const doorbell = createDoorbell(() => notify(database.sql, node), options.spacingMs ?? 5);
  const closing = new AbortController();
  const heardOwn = createSignal();
  let lastHeard = -Infinity;
  let polling = true;
  let said = false;
  let backoff = FIRST_BACKOFF_MS;
  let session = database.session();

  function heard(payload: string): void {
    if (payload === node || payload === ECHO + node) {
      lastHeard = performance.now();
      polling = false;
      heardOwn.ring();
    } else if (!payload.startsWith(ECHO)) {
      listeners.call();
    }
  }

  /** Returns once a sound of our own has come back. */
  async function prove(): Promise<void> {
    const asked = performance.now();
    await notify(database.sql, ECHO + node);
    while (lastHeard < asked && !closing.signal.aborted) {
      const left = asked + echoMs - performance.now();
      if (left <= 0) throw new Error('what is notified is not heard (is a transaction pooler in between?)');
      await heardOwn.wait(left);
    }
  }

  /** Listens over one session until nothing is heard over it any more, and throws then. */
  async function listen(): Promise<void> {
    // postgres.js listens again by itself when the connection was lost; what rang meanwhile was not heard.
    await session.listen(CHANNEL, heard, () => listeners.call());
    while (!closing.signal.aborted) {
      if (performance.now() - lastHeard >= proveMs) await prove();
      said = false;
      backoff = FIRST_BACKOFF_MS;
      await pause(proveMs, closing.signal);
    }
  }

  async function supervise(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await listen();
      } catch (error) {
        // That Postgres is away is not ours to say, and it passes. 08P01: a pooler that does not take our settings.
        const passing = isTransient(error) && codeOf(error) !== '08P01';
        if (!passing && !said && !closing.signal.aborted) {
          log.warn(`LISTEN is not possible, so the feed looks for itself every 250 ms: ${messageOf(error)}`);
          said = true;
        }
        backoff = Math.min(passing ? LONGEST_PASSING_MS : LONGEST_BACKOFF_MS, backoff * 2);
      }
      polling = true;
      lastHeard = -Infinity;
      await session.end({ timeout: 0 }).catch(() => undefined);
      await pause(backoff, closing.signal);
      session = database.session();
    }
  }

  const supervised = supervise();
  return {
    ring() {
      if (closing.signal.aborted) return;
      // Our own listeners need not wait for the way through the database.
      listeners.call();
      doorbell.press();
    },
    onRing: (listener) => listeners.add(listener),
    get polling() {
      return polling;
    },
    async close() {
      closing.abort();
      heardOwn.ring();
      listeners.clear();
      // Also ends an attempt to connect that is under way.
      await Promise.all([doorbell.close(), session.end({ timeout: 0 }), supervised]);
    },
  };
}

/** The statement writes nothing that must last: without waiting for the disk it costs a third. */
async function notify(sql: Sql, payload: string): Promise<void> {
  await sql`select set_config('synchronous_commit', 'off', true), pg_notify(${CHANNEL}, ${payload})`;
}
