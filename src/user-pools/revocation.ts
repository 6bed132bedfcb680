import type { Clock } from '../base/clock.ts';
import type { Database } from '../database/connection.ts';
import type { Clients } from './clients.ts';
import { DirectoryError } from './errors.ts';
import { endAllTokens, recordRight, selfActor } from './rights.ts';
import { isRefreshToken, readRefreshToken, type RefreshToken } from './store/refresh-tokens.ts';
import { lockUser, type User } from './store/users.ts';

/** The longest that any access or id token lives. */
const LONGEST_TOKEN_MS = 86_400_000;

export interface Revocation {
  /** Ends a refresh token and every token of its sign-in. Done again it changes nothing. */
  revoke(request: {
    readonly token: string;
    readonly clientId: string;
    readonly clientSecret: string | undefined;
  }): Promise<void>;
  /** Ends every token of the user. `actor` as the journal names it. */
  signOutEverywhere(user: Pick<User, 'poolId' | 'sub'>, actor: string): Promise<void>;
}

export function createRevocation({
  database,
  clock,
  clients,
  ring,
}: {
  readonly database: Database;
  readonly clock: Clock;
  readonly clients: Clients;
  readonly ring: () => void;
}): Revocation {
  async function endSignIn({ poolId, sub, originJti }: RefreshToken): Promise<void> {
    await database.transaction(async (sql) => {
      const user = await lockUser(sql, poolId, sub);
      const now = clock.now();
      const ended = await sql`
        update rockpool.refresh_tokens set revoked_at = ${new Date(now)}
        where origin_jti = ${originJti} and revoked_at is null returning token_hash`;
      if (user === undefined || ended.length === 0) return;
      await sql`
        insert into rockpool.revoked_origins (origin_jti, pool_id, sub, expires_at)
        values (${originJti}, ${poolId}, ${sub}, ${new Date(now + LONGEST_TOKEN_MS)}) on conflict do nothing`;
      await recordRight(sql, user, 'revoke', selfActor(user));
    });
    ring();
  }

  return {
    async revoke({ token, clientId, clientSecret }) {
      const { client } = await clients.require(clientId);
      clients.checkSecret(client, clientSecret);
      if (!client.settings.tokenRevocation) {
        throw new DirectoryError(
          'UNSUPPORTED_OPERATION',
          `Token revocation is not enabled for client ${client.id}`,
        );
      }
      if (!isRefreshToken(token))
        throw new DirectoryError('UNSUPPORTED_TOKEN_TYPE', 'Unsupported token type.');
      const found = await readRefreshToken(database.sql, token);
      // Of a user who was deleted, or never ours: nothing that could still be used.
      if (found === undefined) return;
      if (found.clientId !== client.id) {
        throw new DirectoryError('WRONG_CLIENT', 'The token was not issued to this client.');
      }
      if (found.revokedAt === null) await endSignIn(found);
    },
    async signOutEverywhere(user, actor) {
      await database.transaction(async (sql) => {
        if ((await lockUser(sql, user.poolId, user.sub)) === undefined) return;
        await endAllTokens(sql, user, clock.now());
        await recordRight(sql, user, 'sign-out', actor);
      });
      ring();
    },
  };
}
