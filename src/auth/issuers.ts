import type { Clock } from '../base/clock.ts';

/** Which embedded pool an `iss` names: an address that some node serves under, a slash, the pool's id. */
export interface Issuers {
  /** The pool's id, or undefined for an address that no node ever recorded. */
  poolOf(issuer: string): Promise<string | undefined>;
}

export interface IssuersOptions {
  /** The recorded addresses of all nodes, without a slash at the end: one query. */
  readonly addresses: () => Promise<readonly string[]>;
  readonly clock: Clock;
  /** Least time between two readings, in milliseconds. Default 1000. */
  readonly intervalMs?: number;
  /** Waits that many milliseconds; for tests. */
  readonly delay?: (ms: number) => Promise<void>;
}

/**
 * A node that started a moment ago is not known here yet, so an unknown address makes us read the recorded ones
 * again. At most once an interval, whoever asks: those who come too early wait for the next reading together.
 */
export function createIssuers(options: IssuersOptions): Issuers {
  const { addresses, clock, intervalMs = 1000, delay = wait } = options;
  let known: ReadonlySet<string> = new Set();
  let readAt: number | undefined;
  let reading: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function readNext(): Promise<void> {
    const early = readAt === undefined ? 0 : readAt + intervalMs - clock.now();
    await (early > 0 ? delay(Math.min(early, intervalMs)) : undefined);
    // Whoever asks from here on may need a later reading: this one may begin before their node records itself.
    next = undefined;
    readAt = clock.now();
    reading = read().finally(() => {
      reading = undefined;
    });
    await reading;
  }

  async function read(): Promise<void> {
    known = new Set(await addresses());
  }

  return {
    async poolOf(issuer) {
      const slash = issuer.lastIndexOf('/');
      const address = issuer.slice(0, Math.max(slash, 0));
      const poolId = issuer.slice(slash + 1);
      if (address === '' || poolId === '') return undefined;
      if (!known.has(address)) await reading;
      if (!known.has(address)) {
        next ??= readNext();
        await next;
      }
      return known.has(address) ? poolId : undefined;
    },
  };
}

const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
