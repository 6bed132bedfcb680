import type { Sealer } from '../auth/sealing.ts';
import type { Clock } from '../base/clock.ts';
import { randomDigits } from '../base/ids.ts';
import type { Database, Queryable, Transaction } from '../database/connection.ts';
import { checkAttempts, countAttempt, type LimitedCall } from './attempts.ts';
import { attemptLimitExceeded, codeExpired, codeMismatch, DirectoryError } from './errors.ts';
import type { VerifiableAttribute } from './settings.ts';

/** What a code is for. One code lives for each user and purpose; a new one replaces the older. */
export type CodePurpose = 'sign-up' | 'forgot-password' | `attribute:${VerifiableAttribute}`;

/** Wrong tries of one code; after them a new one must be asked for. */
const TRIES_PER_CODE = 5;
const CODE_LENGTH = 6;
const HOUR_MS = 3_600_000;
const LIFETIME_MS: Record<'sign-up' | 'forgot-password' | 'attribute', number> = {
  'sign-up': 24 * HOUR_MS,
  'forgot-password': HOUR_MS,
  attribute: 24 * HOUR_MS,
};

export interface CodeOf {
  readonly poolId: string;
  readonly sub: string;
  readonly purpose: CodePurpose;
}
/** A code that was found right; it is good until it is spent. */
export interface RightCode extends CodeOf {
  readonly hash: string;
  /** Where it was sent. */
  readonly destination: string;
}

export interface Codes {
  /** Stores a new code, hashed, and returns it for the message. */
  issue(sql: Queryable, of: CodeOf, destination: string): Promise<string>;
  /**
   * Checks what a user typed and counts it when it is wrong, in a transaction of its own.
   * Throws CODE_MISMATCH, CODE_EXPIRED, TOO_MANY_FAILED_ATTEMPTS or LIMIT_EXCEEDED.
   */
  check(of: CodeOf, typed: string, call: LimitedCall): Promise<RightCode>;
  /** Takes the code out; throws CODE_EXPIRED when somebody else did, or when a newer one replaced it. */
  spend(sql: Transaction, code: RightCode): Promise<void>;
}

type Verdict = 'right' | 'none' | 'wrong' | 'too-many';

export function createCodes({
  database,
  sealer,
  clock,
}: {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
}): Codes {
  const text = ({ poolId, sub, purpose }: CodeOf, code: string) => `${poolId}/${sub}/${purpose}/${code}`;

  return {
    async issue(sql, of, destination) {
      const code = randomDigits(CODE_LENGTH);
      const lifetime =
        LIFETIME_MS[of.purpose === 'sign-up' || of.purpose === 'forgot-password' ? of.purpose : 'attribute'];
      await sql`
        insert into rockpool.confirmation_codes (pool_id, sub, purpose, code_hash, destination, attempts, expires_at)
        values (${of.poolId}, ${of.sub}, ${of.purpose}, ${sealer.mac(text(of, code), 'code')}, ${destination}, 0,
          ${new Date(clock.now() + lifetime)})
        on conflict (pool_id, sub, purpose) do update set code_hash = excluded.code_hash,
          destination = excluded.destination, attempts = 0, expires_at = excluded.expires_at`;
      return code;
    },

    async check(of, typed, call) {
      const now = new Date(clock.now());
      const attempt = { poolId: of.poolId, subject: of.sub, call, now };
      const { verdict, row } = await database.transaction(async (sql) => {
        // The lock makes tries of one code come one after the other.
        const [found] = await sql<{ hash: string; destination: string; attempts: number; expiresAt: Date }[]>`
          select code_hash as hash, destination, attempts, expires_at as "expiresAt"
          from rockpool.confirmation_codes
          where pool_id = ${of.poolId} and sub = ${of.sub} and purpose = ${of.purpose} for update`;
        await checkAttempts(sql, attempt);
        if (found === undefined || found.expiresAt <= now) return { verdict: 'none' as Verdict, row: found };
        if (found.attempts < TRIES_PER_CODE && sealer.verifyMac(text(of, typed), found.hash, 'code')) {
          return { verdict: 'right' as Verdict, row: found };
        }
        await countAttempt(sql, attempt);
        await sql`
          update rockpool.confirmation_codes set attempts = attempts + 1
          where pool_id = ${of.poolId} and sub = ${of.sub} and purpose = ${of.purpose}`;
        return { verdict: (found.attempts < TRIES_PER_CODE ? 'wrong' : 'too-many') as Verdict, row: found };
      });
      if (verdict === 'right' && row !== undefined)
        return { ...of, hash: row.hash, destination: row.destination };
      throw errorOf(verdict, call);
    },

    async spend(sql, code) {
      const rows = await sql`
        delete from rockpool.confirmation_codes
        where pool_id = ${code.poolId} and sub = ${code.sub} and purpose = ${code.purpose}
          and code_hash = ${code.hash} returning sub`;
      if (rows.length === 0) throw codeExpired();
    },
  };
}

/** What a name that nobody has gets for a code, so that it looks like an account with a live one. */
export async function refuseUnknownCode(
  sql: Queryable,
  attempt: {
    readonly poolId: string;
    readonly subject: string;
    readonly call: LimitedCall;
    readonly now: Date;
  },
): Promise<never> {
  await checkAttempts(sql, attempt);
  const count = await countAttempt(sql, attempt);
  throw errorOf(count <= TRIES_PER_CODE ? 'wrong' : 'too-many', attempt.call);
}

function errorOf(verdict: Verdict, call: LimitedCall): DirectoryError {
  if (verdict === 'wrong') return codeMismatch();
  if (verdict === 'too-many' && call !== 'verify-attribute') {
    return new DirectoryError(
      'TOO_MANY_FAILED_ATTEMPTS',
      'Too many failed attempts, please request a new code.',
    );
  }
  // VerifyUserAttribute knows no error for too many tries of one code.
  if (verdict === 'too-many') return attemptLimitExceeded();
  return codeExpired();
}
