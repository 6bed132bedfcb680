import { isObject } from '../base/json.ts';
import { RockpoolError, unavailable } from '../base/errors.ts';

/** SQLSTATE classes that say: not now. 08 connection, 53 resources, 57 operator intervention (shutdown, starting up). */
const TRANSIENT_CLASSES: ReadonlySet<string> = new Set(['08', '53']);

const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  '25006', // a standby: the address still leads to the server that was the primary
  '25P03', // idle in a transaction for too long: the session was ended
  '40001', // could not be put in order with another transaction
  '40P01', // deadlock
  '55P03', // waited too long for a lock
  '57014', // took too long, or cancelled
  '57P01', // ended by the operator
  '57P02', // another session crashed
  '57P03', // starting up or shutting down
  '57P05', // idle for too long
  // The driver's own.
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  // The system's. ENOENT: the socket of a Postgres that is down.
  'EADDRNOTAVAIL',
  'EAGAIN',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ETIMEDOUT',
]);

/** Whether the same call may succeed a little later: Postgres is away, busy, or settled a race against the caller. */
export function isTransient(error: unknown): boolean {
  // The ORM wraps what the driver throws.
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth++) {
    const code = codeOf(cause);
    if (code === undefined) continue;
    if (TRANSIENT_CODES.has(code)) return true;
    if (code === 'ENOENT') return isObject(cause) && cause['syscall'] === 'connect';
    // A protocol violation (08P01) stays one.
    if (/^[0-9A-Z]{5}$/.test(code)) return TRANSIENT_CLASSES.has(code.slice(0, 2)) && code !== '08P01';
  }
  return false;
}

/** UNAVAILABLE for what is transient, else the error itself: `catch (error) { throw asUnavailable(error) }`. */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof RockpoolError || !isTransient(error)) return error;
  return unavailable('The database cannot answer at the moment. Try again.', error);
}

/** SQLSTATE of Postgres' errors, the code of the driver's and the system's. */
export function codeOf(error: unknown): string | undefined {
  const code = isObject(error) ? error['code'] : undefined;
  return typeof code === 'string' ? code : undefined;
}
