import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { unavailable } from '../base/errors.ts';

/** scrypt's costs: N = 2^ln, block size r, p passes. Memory is 128 · N · r bytes a hash at work. */
export interface PasswordCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

export interface PasswordOptions {
  /** Of new hashes. Default ln 15, r 8, p 3. */
  readonly cost?: PasswordCost;
  /**
   * Hashes at work at once. Default: the cores, from 2 to 4, which is Node's thread pool: other work of the pool
   * then waits for one hash at most.
   */
  readonly concurrency?: number;
  /** Hashes that may wait; above it the answer is UNAVAILABLE at once. Default 128. */
  readonly queueLimit?: number;
}

/**
 * Passwords as `scrypt$ln=15,r=8,p=3$salt$hash` (base64 without padding). Work is done off the main thread, a few at
 * a time in the order it came; UNAVAILABLE when too many wait.
 */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Whether `stored` is the hash of the password. Without `stored` (no such user, no password yet) it is false after
   * the same work, so that the time does not tell who exists.
   */
  verify(password: string, stored: string | undefined): Promise<boolean>;
  /** Whether the hash is weaker than a new one would be: hash the password again at the next sign-in. */
  needsRehash(stored: string): boolean;
}

interface StoredHash extends PasswordCost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const DEFAULT_COST: PasswordCost = { ln: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

export function createPasswords(options: PasswordOptions = {}): Passwords {
  const cost = options.cost ?? DEFAULT_COST;
  const concurrency = options.concurrency ?? Math.min(Math.max(availableParallelism(), 2), 4);
  const run = createQueue(concurrency, options.queueLimit ?? 128);
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return format({ ...cost, salt, hash: await run(() => derive(password, salt, cost, HASH_BYTES)) });
    },
    async verify(password, stored) {
      const known = stored === undefined ? undefined : parse(stored);
      const { salt, hash, ...spent } = known ?? {
        ...cost,
        salt: Buffer.alloc(SALT_BYTES),
        hash: Buffer.alloc(HASH_BYTES),
      };
      const found = await run(() => derive(password, salt, spent, hash.length));
      return timingSafeEqual(found, hash) && known !== undefined;
    },
    needsRehash(stored) {
      const known = parse(stored);
      return (
        known === undefined ||
        known.ln < cost.ln ||
        known.r < cost.r ||
        known.p < cost.p ||
        known.hash.length < HASH_BYTES
      );
    },
  };
}

/** Runs `concurrency` pieces of work at once and keeps up to `limit` waiting, first come first served. */
function createQueue(concurrency: number, limit: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async function run<T>(work: () => Promise<T>): Promise<T> {
    if (running >= concurrency) {
      if (waiting.length >= limit) throw unavailable('The server is busy with sign-ins, please try again.');
      // Whoever ends hands its place on: `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function derive(password: string, salt: Buffer, { ln, r, p }: PasswordCost, bytes: number): Promise<Buffer> {
  const N = 2 ** ln;
  // Node's default of 32 MB is just below what ln 15 with r 8 needs.
  const options: ScryptOptions = { N, r, p, maxmem: 128 * r * (N + p + 8) };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, options, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}

function format({ ln, r, p, salt, hash }: StoredHash): string {
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `scrypt$ln=${ln},r=${r},p=${p}$${text(salt)}$${text(hash)}`;
}

/** Undefined for what is no hash of ours, and for costs that no hash of ours ever had. */
function parse(stored: string): StoredHash | undefined {
  const found = /^scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
    stored,
  );
  if (found === null) return undefined;
  const [ln, r, p] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const [salt, hash] = [Buffer.from(found[4] ?? '', 'base64'), Buffer.from(found[5] ?? '', 'base64')];
  if (ln < 1 || ln > 20 || r < 1 || r > 32 || p < 1 || p > 16 || hash.length < 16 || hash.length > 64)
    return undefined;
  return { ln, r, p, salt, hash };
}
