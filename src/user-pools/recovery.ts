import type { Sealer } from '../auth/sealing.ts';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../database/connection.ts';
import { storeAliases } from './aliases.ts';
import { spendAttempt } from './attempts.ts';
import type { Clients } from './clients.ts';
import { refuseUnknownCode, type Codes } from './codes.ts';
import type { Credentials } from './credentials.ts';
import { recoveryDestination, sendCode } from './delivery.ts';
import {
  codeExpired,
  DirectoryError,
  invalidParameter,
  notAuthorized,
  userDisabled,
  userNotFound,
} from './errors.ts';
import { unknownSubject } from './lockout.ts';
import { simulatedDelivery, type CodeDelivery } from './masking.ts';
import type { CodeSender } from './outbox.ts';
import { checkPassword } from './password-policy.ts';
import { endAllTokens, recordRight, selfActor } from './rights.ts';
import type { NamedCall } from './sign-up.ts';
import { findUser, lockUser, updatePassword } from './store/users.ts';
import { lookupKey } from './usernames.ts';

/** A forgotten password: a code to a verified address, then a new password for the code. */
export interface Recovery {
  forgot(request: NamedCall): Promise<CodeDelivery>;
  /** Also confirms the account and ends all its tokens: whoever had the old password is out. */
  confirm(request: NamedCall & { readonly code: string; readonly password: string }): Promise<void>;
}

interface Parts {
  readonly database: Database;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly clients: Clients;
  readonly credentials: Credentials;
  readonly codes: Codes;
  readonly sender: CodeSender;
  readonly ring: () => void;
}

export function createRecovery(parts: Parts): Recovery {
  const { database, clock, sealer, clients, credentials, codes, sender, ring } = parts;

  return {
    async forgot(request) {
      const { client, pool } = await clients.require(request.clientId);
      clients.checkSecretHash(client, request.username, request.secretHash);
      const key = lookupKey(pool.settings, request.username);
      const now = new Date(clock.now());
      const user = await findUser(database.sql, pool.id, key);
      const hidden = client.settings.hideUserExistence;
      if (user === undefined || (hidden && !user.enabled)) {
        if (!hidden) throw new DirectoryError('USER_NOT_FOUND', 'Username/client id combination not found.');
        const subject = unknownSubject(sealer, pool.id, key);
        await spendAttempt(database.sql, { poolId: pool.id, subject, call: 'forgot-password', now });
        return simulatedDelivery(request.username, subject);
      }
      if (!user.enabled) throw userDisabled();
      if (user.status === 'FORCE_CHANGE_PASSWORD') {
        throw notAuthorized('User password cannot be reset in the current state.');
      }
      const destination = recoveryDestination(pool.settings, user.attributes);
      if (destination === undefined) {
        throw invalidParameter(
          'Cannot reset password for the user as there is no registered/verified email or phone_number',
        );
      }
      await spendAttempt(database.sql, { poolId: pool.id, subject: user.sub, call: 'forgot-password', now });
      return database.transaction(async (sql) => {
        if ((await lockUser(sql, pool.id, user.sub)) === undefined) throw userNotFound();
        const of = { poolId: pool.id, sub: user.sub, purpose: 'forgot-password' } as const;
        return sendCode(sql, { codes, sender }, of, 'forgot-password', destination);
      });
    },

    async confirm(request) {
      const { client, pool } = await clients.require(request.clientId);
      clients.checkSecretHash(client, request.username, request.secretHash);
      checkPassword(pool.settings.passwordPolicy, request.password);
      const key = lookupKey(pool.settings, request.username);
      const now = new Date(clock.now());
      const user = await findUser(database.sql, pool.id, key);
      if (user === undefined) {
        if (!client.settings.hideUserExistence) throw userNotFound();
        const subject = unknownSubject(sealer, pool.id, key);
        return refuseUnknownCode(database.sql, {
          poolId: pool.id,
          subject,
          call: 'confirm-forgot-password',
          now,
        });
      }
      const of = { poolId: pool.id, sub: user.sub, purpose: 'forgot-password' } as const;
      const code = await codes.check(of, request.code, 'confirm-forgot-password');
      const password = await credentials.make(pool.id, user.username, request.password);
      await database.transaction(async (sql) => {
        const current = await lockUser(sql, pool.id, user.sub);
        if (current === undefined) throw codeExpired();
        if (!current.enabled) throw userDisabled();
        await codes.spend(sql, code);
        // Whoever reads an address that the user has left must not get in by it.
        const { email, phone_number: phone } = current.attributes;
        if (code.destination !== email && code.destination !== phone) throw codeExpired();
        await updatePassword(sql, current, password, 'CONFIRMED');
        await storeAliases(sql, pool.settings, { ...current, status: 'CONFIRMED' });
        await endAllTokens(sql, current, clock.now());
        await recordRight(sql, current, 'sign-out', selfActor(current));
      });
      ring();
      return undefined;
    },
  };
}
