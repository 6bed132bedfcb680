import type { Clock } from '../base/clock.ts';
import type { Sql } from '../database/connection.ts';
import type { AuthSessions } from './auth-sessions.ts';
import type { Credentials } from './credentials.ts';
import { DirectoryError, notAuthorized, userDisabled, userNotFound, wrongCredentials } from './errors.ts';
import { newSignIn, type AuthOutcome } from './grants.ts';
import { attemptsExceeded, countWrongPassword, isWaiting, type UnknownUserLockout } from './lockout.ts';
import { newPasswordParameters } from './new-password.ts';
import type { ClientOfPool } from './store/pools.ts';
import { acceptSignIn, type AcceptedSignIn } from './store/sign-ins.ts';
import { findUser, findUserBySub, type User } from './store/users.ts';
import type { TokenIssuer } from './tokens.ts';
import { lookupKey } from './usernames.ts';

/** Sign-in with a plain password. Client, flow and secret hash were checked before. */
export interface PasswordSignIn {
  signIn(through: ClientOfPool, username: string, password: string): Promise<AuthOutcome>;
}

interface Parts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly unknownUsers: UnknownUserLockout;
  readonly sessions: AuthSessions;
  readonly tokens: TokenIssuer;
}

/**
 * The order of the checks is visible from outside: resolve the name, lockout, password, and only after a right one
 * the state of the account. So it costs one read, one hash, one write and two signatures.
 */
export function createPasswordSignIn(parts: Parts): PasswordSignIn {
  const { sql, clock, credentials, unknownUsers, sessions, tokens } = parts;

  async function refuseUnknown(
    { client, pool }: ClientOfPool,
    key: string,
    password: string,
  ): Promise<never> {
    if (!client.settings.hideUserExistence) throw userNotFound();
    await unknownUsers.check(pool.id, key);
    await credentials.check(undefined, password);
    throw (await unknownUsers.count(pool.id, key)) ? wrongCredentials() : attemptsExceeded();
  }

  /** Why a right password was not accepted: by now the user must wait, has another password, or is gone. */
  async function refuseLate(user: User): Promise<never> {
    const current = await findUserBySub(sql, user.poolId, user.sub);
    throw current?.passwordHash === user.passwordHash ? attemptsExceeded() : wrongCredentials();
  }

  async function renewed(user: User, password: string) {
    return {
      passwordHash: await credentials.renewHash(user, password),
      srpVerifier:
        user.srpVerifier === null ? credentials.makeVerifier(user.poolId, user.username, password) : null,
    };
  }

  function challengeNewPassword(
    { client, pool }: ClientOfPool,
    user: User,
    accepted: AcceptedSignIn,
  ): AuthOutcome {
    const setAt = accepted.passwordSetAt?.getTime() ?? 0;
    const days = pool.settings.passwordPolicy.temporaryPasswordValidityDays;
    if (clock.now() >= setAt + days * 86_400_000) {
      throw notAuthorized('Temporary password has expired and must be reset by an administrator.');
    }
    const session = sessions.create(
      {
        poolId: pool.id,
        clientId: client.id,
        sub: user.sub,
        challenge: 'NEW_PASSWORD_REQUIRED',
        passwordSetAt: setAt,
      },
      client.settings.authSessionMinutes,
    );
    const parameters = newPasswordParameters(pool.settings, client.settings, user);
    return { kind: 'challenge', name: 'NEW_PASSWORD_REQUIRED', session, parameters };
  }

  return {
    async signIn(through, username, password) {
      const { client, pool } = through;
      const key = lookupKey(pool.settings, username);
      const user = await findUser(sql, pool.id, key);
      if (user === undefined) return refuseUnknown(through, key, password);
      if (isWaiting(user.failedAttempts, user.failedAt, clock.now())) throw attemptsExceeded();
      if (!(await credentials.check(user, password))) {
        const counted = await countWrongPassword(sql, user, new Date(clock.now()));
        throw counted ? wrongCredentials() : attemptsExceeded();
      }
      const anew = await renewed(user, password);
      const now = clock.now();
      const signIn = newSignIn(through, user, now);
      const accepted = await acceptSignIn(sql, user, signIn, anew);
      if (accepted === undefined) return refuseLate(user);
      if (!accepted.enabled) throw userDisabled();
      switch (accepted.status) {
        case 'RESET_REQUIRED':
          throw new DirectoryError('PASSWORD_RESET_REQUIRED', 'Password reset required for the user');
        case 'UNCONFIRMED':
          throw new DirectoryError('USER_NOT_CONFIRMED', 'User is not confirmed.');
        case 'FORCE_CHANGE_PASSWORD':
          return challengeNewPassword(through, user, accepted);
        case 'CONFIRMED': {
          const { originJti, token } = signIn;
          const { authTime } = accepted;
          const issued = await tokens.issue({ client, pool, user, originJti, authTime, now });
          return { kind: 'tokens', tokens: { ...issued, refreshToken: token } };
        }
      }
    },
  };
}
