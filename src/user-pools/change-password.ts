import type { Clock } from '../base/clock.ts';
import type { Database } from '../database/connection.ts';
import type { Access } from './access.ts';
import { checkAttempts, countAttempt } from './attempts.ts';
import type { Credentials } from './credentials.ts';
import { userNotFound, wrongCredentials } from './errors.ts';
import { checkPassword } from './password-policy.ts';
import { lockUser, updatePassword } from './store/users.ts';

/** A new password for the old one. Tokens stay good. Wrong old ones are limited by the hour. */
export interface PasswordChange {
  change(request: {
    readonly accessToken: string;
    readonly previous: string | undefined;
    readonly proposed: string;
  }): Promise<void>;
}

interface Parts {
  readonly database: Database;
  readonly clock: Clock;
  readonly access: Access;
  readonly credentials: Credentials;
}

export function createPasswordChange({ database, clock, access, credentials }: Parts): PasswordChange {
  return {
    async change({ accessToken, previous, proposed }) {
      const { user, pool } = await access.require(accessToken);
      const attempt = {
        poolId: pool.id,
        subject: user.sub,
        call: 'change-password',
        now: new Date(clock.now()),
      } as const;
      await checkAttempts(database.sql, attempt);
      checkPassword(pool.settings.passwordPolicy, proposed);
      // Only somebody who has no password yet may leave the old one out.
      const known =
        previous === undefined ? user.passwordHash === null : await credentials.check(user, previous);
      if (!known) {
        await countAttempt(database.sql, attempt);
        throw wrongCredentials();
      }
      const password = await credentials.make(pool.id, user.username, proposed);
      await database.transaction(async (sql) => {
        const current = await lockUser(sql, pool.id, user.sub);
        if (current === undefined) throw userNotFound();
        // Another change came first: what was proved is no longer the old password.
        if (current.passwordHash !== user.passwordHash) throw wrongCredentials();
        await updatePassword(sql, current, password, current.status);
      });
    },
  };
}
