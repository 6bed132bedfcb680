import type { Clock } from '../base/clock.ts';
import type { Sql } from '../database/connection.ts';
import type { Clients } from './clients.ts';
import { userDisabled, userNotFound } from './errors.ts';
import { newSignIn } from './grants.ts';
import { findUser } from './store/users.ts';
import type { IssuedTokens, TokenIssuer } from './tokens.ts';
import { lookupKey } from './usernames.ts';

/**
 * Tokens of a user without any proof, for whoever holds the database and the secret key. A sign-in of its own, which
 * cannot be refreshed. Throws USER_NOT_FOUND, and NOT_AUTHORIZED for a disabled user.
 */
export type OperatorTokens = (request: {
  readonly poolId: string;
  readonly clientId: string;
  readonly username: string;
}) => Promise<IssuedTokens>;

export function createOperatorTokens({
  sql,
  clock,
  clients,
  tokens,
}: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly clients: Clients;
  readonly tokens: TokenIssuer;
}): OperatorTokens {
  return async ({ poolId, clientId, username }) => {
    const through = await clients.require(clientId, poolId);
    const key = lookupKey(through.pool.settings, username);
    const user = await findUser(sql, poolId, key, { alsoSub: true });
    if (user === undefined) throw userNotFound();
    if (!user.enabled) throw userDisabled();
    const now = clock.now();
    const { originJti, authTime } = newSignIn(through, user, now);
    return tokens.issue({ ...through, user, originJti, authTime, now });
  };
}
