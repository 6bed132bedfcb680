import type { Sealer } from '../auth/sealing.ts';
import type { Clock } from '../base/clock.ts';
import { uuid } from '../base/ids.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { Transaction } from '../database/connection.ts';
import { notAuthorized } from './errors.ts';

/** What a `Session` value holds: a sign-in that waits for the answer to one challenge. */
export interface AuthSession {
  readonly id: string;
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly challenge: 'NEW_PASSWORD_REQUIRED';
  /** When the password that was proved had been set: a newer one ends the session. */
  readonly passwordSetAt: number;
  readonly expiresAt: number;
}

/** Sealed, so that no node needs to remember it; only answered ones are remembered, until they expire. */
export interface AuthSessions {
  open(text: string): AuthSession;
  create(session: Omit<AuthSession, 'id' | 'expiresAt'>, minutes: number): string;
  /** Each is good once: of two answers at the same time one is refused. */
  spend(sql: Transaction, session: AuthSession): Promise<void>;
}

const PURPOSE = 'auth-session';

const invalid = () => notAuthorized('Invalid session for the user.');

export function createAuthSessions({
  sealer,
  clock,
}: {
  readonly sealer: Sealer;
  readonly clock: Clock;
}): AuthSessions {
  return {
    create(session, minutes) {
      const full: AuthSession = { ...session, id: uuid(), expiresAt: clock.now() + minutes * 60_000 };
      return sealer.seal(JSON.stringify(full), PURPOSE);
    },
    open(text) {
      const session = decode(sealer, text);
      if (session === undefined) throw invalid();
      if (session.expiresAt <= clock.now()) {
        throw notAuthorized('Invalid session for the user, session is expired.');
      }
      return session;
    },
    async spend(sql, session) {
      const rows = await sql`
        insert into rockpool.used_sessions (id, expires_at) values (${session.id}, ${new Date(session.expiresAt)})
        on conflict do nothing returning id`;
      if (rows.length === 0) {
        throw notAuthorized('Invalid session for the user, session can only be used once.');
      }
    },
  };
}

function decode(sealer: Sealer, text: string): AuthSession | undefined {
  const plain = sealer.tryOpen(text, PURPOSE);
  if (plain === undefined) return undefined;
  // What opens was sealed by us, so that its form is ours.
  const value = parseJson(plain);
  return isObject(value) ? (value as unknown as AuthSession) : undefined;
}
