import { SimpleJwksCache, type JwksCache, type PenaltyBox } from 'aws-jwt-verify/jwk';
import { JwksValidationError, JwkValidationError, WaitPeriodNotYetEndedJwkError } from 'aws-jwt-verify/error';
import type { Clock } from '../base/clock.ts';
import { RockpoolError, unavailable } from '../base/errors.ts';

/** A key set as `jwks.json` has it. */
export interface KeySet {
  readonly keys: readonly object[];
}

export interface KeySourceOptions {
  /** Keys of an embedded pool: one query. */
  readonly embedded: (poolId: string) => Promise<KeySet>;
  readonly clock: Clock;
}

/** After a key id that was not in the set, the source is left alone for this long. */
const PAUSE_MS = 2000;
/** Then a set is read again, so that a key that its owner took out does not live on. The old one serves until it came. */
const MAX_AGE_MS = 60 * 60 * 1000;
const TIMEOUT_MS = 3000;
const MAX_BYTES = 256 * 1024;
const EMBEDDED = 'embedded:';

/** How the keys of an embedded pool are called where an address is asked for. */
export const embeddedKeys = (poolId: string): string => `${EMBEDDED}${poolId}`;

/**
 * Keys by address, read on first use, again for an unknown key id and when they are old. UNAVAILABLE while they
 * cannot be had.
 */
export function createKeySource({ embedded, clock }: KeySourceOptions): JwksCache {
  const readAt = new Map<string, number>();

  async function load(uri: string): Promise<ArrayBuffer> {
    readAt.set(uri, clock.now());
    try {
      if (!uri.startsWith(EMBEDDED)) return await fetchKeys(uri);
      return encode(JSON.stringify(await embedded(uri.slice(EMBEDDED.length))));
    } catch (error) {
      throw error instanceof RockpoolError ? error : noKeys(error);
    }
  }

  const cache = new SimpleJwksCache({ fetcher: { fetch: load }, penaltyBox: createPenaltyBox(clock) });

  return {
    addJwks: (uri, keys) => cache.addJwks(uri, keys),
    getCachedJwk: (uri, token) => cache.getCachedJwk(uri, token),
    getJwks: (uri) => cache.getJwks(uri),
    async getJwk(uri, token) {
      const last = readAt.get(uri);
      // Beside the request, not in its way; a failure is tried again when the next age has passed.
      if (last !== undefined && clock.now() - last > MAX_AGE_MS) cache.getJwks(uri).catch(() => undefined);
      try {
        return await cache.getJwk(uri, token);
      } catch (error) {
        if (error instanceof JwksValidationError || error instanceof JwkValidationError) throw noKeys(error);
        throw error;
      }
    },
  };
}

/** Keeps strangers with invented key ids from making us ask the source at their pace. */
function createPenaltyBox(clock: Clock): PenaltyBox {
  const missedAt = new Map<string, number>();
  return {
    async wait(uri) {
      const at = missedAt.get(uri);
      if (at !== undefined && clock.now() - at < PAUSE_MS)
        throw new WaitPeriodNotYetEndedJwkError('the keys were read just now');
    },
    registerFailedAttempt: (uri) => void missedAt.set(uri, clock.now()),
    registerSuccessfulAttempt: (uri) => void missedAt.delete(uri),
  };
}

/** The library's own fetcher takes https alone. Redirects are not followed: keys come from the configured address. */
async function fetchKeys(uri: string): Promise<ArrayBuffer> {
  const response = await fetch(uri, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200 || response.body === null)
    throw new Error(`${uri} answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`${uri} answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks)).buffer;
}

const encode = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text)).buffer;

function noKeys(cause: unknown): RockpoolError {
  return unavailable('The keys of the user pool cannot be read just now, please try again.', cause);
}
