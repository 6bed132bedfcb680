import type { Transaction } from '../database/connection.ts';
import { topics, type Operation } from '../feed/journal.ts';
import type { User } from './store/users.ts';

/** How the journal names the owner, who signs with the root credentials. */
export const OWNER = 'root';

type RightOperation = Extract<Operation, 'groups' | 'sign-out' | 'revoke' | 'disable' | 'enable' | 'remove'>;

/**
 * Tells every node that the rights of a user changed, in the transaction that changes them and after the user's row
 * was locked. Whoever calls rings after the commit.
 */
export async function recordRight(
  sql: Transaction,
  user: Pick<User, 'poolId' | 'sub'>,
  operation: RightOperation,
  actor: string,
): Promise<void> {
  await sql`
    select rockpool.journal_append(${topics.caller(user.poolId, user.sub)}, ${user.sub}, 0, ${operation},
      null, null, ${actor}, null)`;
}

/**
 * Users whose rights change in one transaction, at most: each entry takes a lock of its own, and a long writer holds
 * the feed back.
 */
export const RIGHTS_BATCH = 100;

/** The same for several users of a pool. */
export async function recordRights(
  sql: Transaction,
  poolId: string,
  subs: readonly string[],
  operation: RightOperation,
  actor: string,
): Promise<void> {
  if (subs.length === 0) return;
  await sql`
    select rockpool.journal_append(u.topic, u.sub, 0, ${operation}, null, null, ${actor}, null)
    from unnest(${subs.map((sub) => topics.caller(poolId, sub))}::text[], ${[...subs]}::text[]) as u (topic, sub)`;
}

/** How the journal names a user who acts on their own account. */
export const selfActor = (user: Pick<User, 'poolId' | 'sub'>) => `user:${user.poolId}/${user.sub}`;

/**
 * Ends every token of the user: refresh tokens by their rows, the others by the time of their sign-in. Later sign-ins
 * have an `auth_time` of at least the second set here, earlier ones one below it, also where this is called twice
 * in one second. A refresh that runs at the same time keeps its `auth_time`, and so ends with the others.
 */
export async function endAllTokens(
  sql: Transaction,
  user: Pick<User, 'poolId' | 'sub'>,
  now: number,
): Promise<void> {
  const from = new Date((Math.floor(now / 1000) + 1) * 1000);
  await sql`
    update rockpool.users
    set tokens_valid_from = greatest(tokens_valid_from + interval '1 second', ${from}::timestamptz)
    where pool_id = ${user.poolId} and sub = ${user.sub}`;
  await sql`
    update rockpool.refresh_tokens set revoked_at = ${new Date(now)}
    where pool_id = ${user.poolId} and sub = ${user.sub} and revoked_at is null`;
}
