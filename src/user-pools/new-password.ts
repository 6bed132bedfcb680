import type { Clock } from '../base/clock.ts';
import type { Database, Sql } from '../database/connection.ts';
import { storeAliases } from './aliases.ts';
import { checkWritable, readableAttributes } from './attribute-access.ts';
import { checkAttributes, missingAttributes } from './attribute-schema.ts';
import type { AuthSession, AuthSessions } from './auth-sessions.ts';
import type { Credentials } from './credentials.ts';
import { invalidParameter, notAuthorized } from './errors.ts';
import { requiredParameter } from './flows.ts';
import { newSignIn, type AuthOutcome } from './grants.ts';
import { checkPassword } from './password-policy.ts';
import type { ClientSettings, PoolSettings } from './settings.ts';
import type { ClientOfPool } from './store/pools.ts';
import { insertRefreshToken } from './store/refresh-tokens.ts';
import {
  findUser,
  findUserBySub,
  lockUser,
  updateAttributes,
  updatePassword,
  type User,
} from './store/users.ts';
import type { TokenIssuer } from './tokens.ts';
import { lookupKey } from './usernames.ts';

/** What NEW_PASSWORD_REQUIRED asks. Both texts are there even when empty: clients parse them without a look. */
export function newPasswordParameters(
  pool: PoolSettings,
  client: ClientSettings,
  user: User,
): Readonly<Record<string, string>> {
  const required = missingAttributes(pool.schema, user.attributes).map((name) => `${PREFIX}${name}`);
  return {
    USER_ID_FOR_SRP: user.username,
    requiredAttributes: JSON.stringify(required),
    userAttributes: JSON.stringify(readableAttributes(client, user.attributes)),
  };
}

const PREFIX = 'userAttributes.';

/** Answers to NEW_PASSWORD_REQUIRED. Client and secret hash were checked before. */
export interface NewPasswordChallenge {
  answer(
    through: ClientOfPool,
    sessionText: string,
    responses: ReadonlyMap<string, string>,
  ): Promise<AuthOutcome>;
}

interface Parts {
  readonly database: Database;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly sessions: AuthSessions;
  readonly tokens: TokenIssuer;
}

const invalidSession = () => notAuthorized('Invalid session for the user.');

export function createNewPasswordChallenge(parts: Parts): NewPasswordChallenge {
  const { database, sql, clock, credentials, sessions, tokens } = parts;

  /** The user of the session, who may be named as typed or by the username. */
  async function userOf(through: ClientOfPool, session: AuthSession, typed: string): Promise<User> {
    const { client, pool } = through;
    if (session.clientId !== client.id || session.poolId !== pool.id) throw invalidSession();
    const user = await findUserBySub(sql, pool.id, session.sub);
    if (user === undefined) throw invalidSession();
    if (
      typed !== user.username &&
      (await findUser(sql, pool.id, lookupKey(pool.settings, typed)))?.sub !== user.sub
    ) {
      throw invalidSession();
    }
    checkState(user, session);
    return user;
  }

  return {
    async answer(through, sessionText, responses) {
      const { client, pool } = through;
      const session = sessions.open(sessionText);
      const user = await userOf(through, session, requiredParameter(responses, 'USERNAME'));
      const password = requiredParameter(responses, 'NEW_PASSWORD');
      checkPassword(pool.settings.passwordPolicy, password);
      const attributes = mergedAttributes(through, user, givenAttributes(responses));

      const made = await credentials.make(pool.id, user.username, password);
      const now = clock.now();
      const { subject, signIn } = await database.transaction(async (transaction) => {
        const current = await lockUser(transaction, pool.id, user.sub);
        if (current === undefined) throw invalidSession();
        await sessions.spend(transaction, session);
        checkState(current, session);
        await updatePassword(transaction, user, made, 'CONFIRMED');
        await updateAttributes(transaction, user, attributes);
        const changed: User = { ...current, attributes, status: 'CONFIRMED' };
        await storeAliases(transaction, pool.settings, changed);
        const accepted = newSignIn(through, current, now);
        await insertRefreshToken(transaction, accepted);
        return { subject: changed, signIn: accepted };
      });
      const { originJti, authTime } = signIn;
      const issued = await tokens.issue({ client, pool, user: subject, originJti, authTime, now });
      return { kind: 'tokens', tokens: { ...issued, refreshToken: signIn.token } };
    },
  };
}

/** The session stands for the temporary password that was proved; any later change ends it. */
function checkState(user: User, session: AuthSession): void {
  if (!user.enabled) throw notAuthorized('User is disabled.');
  if (user.status !== 'FORCE_CHANGE_PASSWORD' || user.passwordSetAt?.getTime() !== session.passwordSetAt) {
    throw invalidSession();
  }
}

function givenAttributes(responses: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...responses].flatMap(([name, value]) =>
      name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value] as const] : [],
    ),
  );
}

function mergedAttributes(
  { client, pool }: ClientOfPool,
  user: User,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  // Clients send back what they were shown; only what differs is written.
  const changed = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => user.attributes[name] !== value),
  );
  checkWritable(client.settings, Object.keys(changed));
  checkAttributes(pool.settings.schema, changed, { creating: false });
  for (const name of ['email', 'phone_number']) {
    if (changed[name] === undefined) continue;
    // An address that is there may be proved already, and a new one is not.
    if (user.attributes[name]) throw invalidParameter(`Cannot modify an already provided ${name}`);
    changed[`${name}_verified`] = 'false';
  }
  const merged = { ...user.attributes, ...changed };
  const missing = missingAttributes(pool.settings.schema, merged);
  if (missing.length > 0)
    throw invalidParameter(`Invalid attributes given, ${missing.join(', ')} is missing`);
  return merged;
}
