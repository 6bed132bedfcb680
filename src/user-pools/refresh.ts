import type { Clock } from '../base/clock.ts';
import type { Database } from '../database/connection.ts';
import { DirectoryError, notAuthorized, userDisabled } from './errors.ts';
import type { TokenSet } from './grants.ts';
import { validFrom } from './standing.ts';
import type { ClientOfPool } from './store/pools.ts';
import {
  isRefreshToken,
  newTokenText,
  readRefreshTokenWithUser,
  type RefreshToken,
} from './store/refresh-tokens.ts';
import { rotateRefreshToken } from './store/rotation.ts';
import { lockUser, type User } from './store/users.ts';
import type { TokenIssuer } from './tokens.ts';

/** New access and id tokens for a refresh token. The client and its secret were checked before. */
export interface Refresh {
  /**
   * Reads the token and refuses it unless it is good for this client. A refusal is one statement.
   * @NOTE the reuse of a rotated token is found by `exchange`.
   */
  open(through: ClientOfPool, text: string): Promise<OpenedToken>;
  exchange(through: ClientOfPool, opened: OpenedToken): Promise<TokenSet>;
}

export interface OpenedToken {
  readonly token: RefreshToken;
  readonly user: User;
  readonly now: number;
}

const invalidToken = () => notAuthorized('Invalid Refresh Token');

export function createRefresh({
  database,
  clock,
  tokens,
}: {
  readonly database: Database;
  readonly clock: Clock;
  readonly tokens: TokenIssuer;
}): Refresh {
  /** Exactly one caller replaces a token; within the grace period the same one may ask again, as after a lost answer. */
  async function rotate({ client }: ClientOfPool, { token, now }: OpenedToken): Promise<string | undefined> {
    const rotation = client.settings.refreshTokenRotation;
    if (rotation === null) {
      if (token.replacedAt !== null) throw reused();
      return undefined;
    }
    const successor = newTokenText();
    const oldest = new Date(now - rotation.retryGraceSeconds * 1000);
    const done = await database.transaction(async (sql) => {
      // A sign-out or revocation comes wholly before, or wholly after and then finds the successor too.
      if ((await lockUser(sql, token.poolId, token.sub)) === undefined) return false;
      return rotateRefreshToken(sql, token, successor, new Date(now), oldest);
    });
    if (!done) throw reused();
    return successor;
  }

  return {
    async open({ client, pool }, text) {
      const now = clock.now();
      const found = isRefreshToken(text) ? await readRefreshTokenWithUser(database.sql, text) : undefined;
      if (found === undefined) throw invalidToken();
      const { token, user } = found;
      if (token.clientId !== client.id || token.poolId !== pool.id) throw invalidToken();
      if (token.revokedAt !== null || token.authTime < validFrom(user))
        throw notAuthorized('Refresh Token has been revoked');
      if (token.expiresAt.getTime() <= now) throw notAuthorized('Refresh Token has expired');
      if (!user.enabled) throw userDisabled();
      return { token, user, now };
    },
    async exchange(through, opened) {
      const { token, user, now } = opened;
      const successor = await rotate(through, opened);
      const { originJti, authTime } = token;
      const issued = await tokens.issue({ ...through, user, originJti, authTime, now });
      return successor === undefined ? issued : { ...issued, refreshToken: successor };
    },
  };
}

const reused = () =>
  new DirectoryError('REFRESH_TOKEN_REUSED', 'Refresh token has been invalidated by rotation.');
