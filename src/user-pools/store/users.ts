import type { Queryable, Transaction } from '../../database/connection.ts';
import { codeOf } from '../../database/errors.ts';
import { poolNotFound } from '../errors.ts';
import type { AliasKind } from '../settings.ts';

export type UserStatus = 'UNCONFIRMED' | 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD' | 'RESET_REQUIRED';

export interface User {
  readonly poolId: string;
  readonly username: string;
  readonly sub: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly status: UserStatus;
  readonly enabled: boolean;
  readonly passwordHash: string | null;
  /** Sealed. */
  readonly srpVerifier: string | null;
  readonly passwordSetAt: Date | null;
  readonly failedAttempts: number;
  readonly failedAt: Date | null;
  readonly tokensValidFrom: Date | null;
  readonly createdAt: Date;
  readonly lastModifiedAt: Date;
  /** Best precedence first, then by name. */
  readonly groups: readonly GroupOfUser[];
}

export interface GroupOfUser {
  readonly name: string;
  readonly roleArn: string | null;
  readonly precedence: number | null;
}

/** Columns of `rockpool.users u`, its groups among them: tokens need both in the one statement of a sign-in. */
export const userColumns = (sql: Queryable) => sql`
  u.pool_id as "poolId", u.username, u.sub, u.attributes, u.status, u.enabled,
  u.password_hash as "passwordHash", u.srp_verifier as "srpVerifier", u.password_set_at as "passwordSetAt",
  u.failed_attempts as "failedAttempts", u.failed_at as "failedAt", u.tokens_valid_from as "tokensValidFrom",
  u.created_at as "createdAt", u.last_modified_at as "lastModifiedAt",
  coalesce((
    select json_agg(json_build_object('name', g.name, 'roleArn', g.role_arn, 'precedence', g.precedence)
      order by g.precedence, g.name)
    from rockpool.group_members m
    join rockpool.user_groups g on g.pool_id = m.pool_id and g.name = m.group_name
    where m.pool_id = u.pool_id and m.sub = u.sub
  ), '[]') as groups`;

/**
 * Finds a user by what was typed: exact username first, then an alias. `alsoSub`: administrators may name the sub.
 * A union, because an OR over both tables would scan the pool.
 */
export async function findUser(
  sql: Queryable,
  poolId: string,
  key: string,
  { alsoSub = false }: { readonly alsoSub?: boolean } = {},
): Promise<User | undefined> {
  const [row] = await sql<User[]>`
    select ${userColumns(sql)} from (
      select sub, 0 as rank from rockpool.users where pool_id = ${poolId} and username_key = ${key}
      union all
      select sub, 1 from rockpool.user_aliases
      where pool_id = ${poolId} and kind in ('email', 'phone_number', 'preferred_username') and value = ${key}
      ${alsoSub ? sql`union all select sub, 2 from rockpool.users where pool_id = ${poolId} and sub = ${key}` : sql``}
      order by rank limit 1
    ) found join rockpool.users u on u.pool_id = ${poolId} and u.sub = found.sub`;
  return row;
}

export async function findUserBySub(sql: Queryable, poolId: string, sub: string): Promise<User | undefined> {
  const [row] = await sql<User[]>`
    select ${userColumns(sql)} from rockpool.users u where u.pool_id = ${poolId} and u.sub = ${sub}`;
  return row;
}

/** The same with the row locked until the transaction ends: begin of every change of a user. */
export async function lockUser(sql: Transaction, poolId: string, sub: string): Promise<User | undefined> {
  const [row] = await sql<User[]>`
    select ${userColumns(sql)} from rockpool.users u
    where u.pool_id = ${poolId} and u.sub = ${sub} for no key update of u`;
  return row;
}

export interface NewUser {
  readonly poolId: string;
  readonly username: string;
  readonly usernameKey: string;
  readonly sub: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly status: UserStatus;
  readonly passwordHash: string | null;
  readonly srpVerifier: string | null;
  readonly passwordSetAt: Date | null;
}

/** False when the username is taken; of two at once one wins. NOT_FOUND when the pool was deleted meanwhile. */
export async function insertUser(sql: Transaction, user: NewUser): Promise<boolean> {
  const inserted = sql`
    insert into rockpool.users (pool_id, username, username_key, sub, attributes, status, enabled, password_hash,
      srp_verifier, password_set_at, failed_attempts, created_at, last_modified_at)
    values (${user.poolId}, ${user.username}, ${user.usernameKey}, ${user.sub}, ${sql.json(user.attributes)},
      ${user.status}, true, ${user.passwordHash}, ${user.srpVerifier}, ${user.passwordSetAt}, 0,
      clock_timestamp(), clock_timestamp())
    on conflict do nothing returning sub`;
  const rows = await inserted.catch((error: unknown) => {
    throw codeOf(error) === FOREIGN_KEY_VIOLATION ? poolNotFound(user.poolId) : error;
  });
  return rows.length > 0;
}

const FOREIGN_KEY_VIOLATION = '23503';

export async function updateAttributes(
  sql: Transaction,
  user: Pick<User, 'poolId' | 'sub'>,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  await sql`
    update rockpool.users set attributes = ${sql.json(attributes)}, last_modified_at = clock_timestamp()
    where pool_id = ${user.poolId} and sub = ${user.sub}`;
}

export async function updateStatus(
  sql: Transaction,
  user: Pick<User, 'poolId' | 'sub'>,
  status: UserStatus,
): Promise<void> {
  await sql`
    update rockpool.users set status = ${status}, last_modified_at = clock_timestamp()
    where pool_id = ${user.poolId} and sub = ${user.sub}`;
}

export async function setEnabled(
  sql: Transaction,
  user: Pick<User, 'poolId' | 'sub'>,
  enabled: boolean,
): Promise<void> {
  await sql`
    update rockpool.users set enabled = ${enabled}, last_modified_at = clock_timestamp()
    where pool_id = ${user.poolId} and sub = ${user.sub}`;
}

export interface NewPassword {
  readonly passwordHash: string;
  readonly srpVerifier: string;
  readonly setAt: Date;
}

/** A new password also ends the wait after wrong ones. */
export async function updatePassword(
  sql: Transaction,
  user: Pick<User, 'poolId' | 'sub'>,
  password: NewPassword,
  status: UserStatus,
): Promise<void> {
  await sql`
    update rockpool.users set password_hash = ${password.passwordHash}, srp_verifier = ${password.srpVerifier},
      password_set_at = ${password.setAt}, status = ${status}, failed_attempts = 0, failed_at = null,
      last_modified_at = clock_timestamp()
    where pool_id = ${user.poolId} and sub = ${user.sub}`;
}

/** Everything of a user but the login of its identity: a sub never comes again. False when it was gone. */
export async function deleteUserRows(sql: Transaction, poolId: string, sub: string): Promise<boolean> {
  return (await deleteUsersRows(sql, poolId, [sub])).length > 0;
}

/** The same for several; returns those who were there. The rows of users go first: their locks come before all else. */
export async function deleteUsersRows(
  sql: Transaction,
  poolId: string,
  subs: readonly string[],
): Promise<readonly string[]> {
  const those = [...subs];
  const rows = await sql<{ sub: string }[]>`
    delete from rockpool.users where pool_id = ${poolId} and sub = any(${those}::text[]) returning sub`;
  const gone = rows.map(({ sub }) => sub);
  if (gone.length === 0) return gone;
  for (const table of [
    'user_aliases',
    'confirmation_codes',
    'attempt_windows',
    'group_members',
    'refresh_tokens',
  ]) {
    await sql`
      delete from ${sql(`rockpool.${table}`)} where pool_id = ${poolId} and sub = any(${gone}::text[])`;
  }
  return gone;
}

/** Which alias column a kind of attribute is verified by; a preferred username needs no proof. */
export function isVerified(attributes: Readonly<Record<string, string>>, kind: AliasKind): boolean {
  return kind === 'preferred_username' || attributes[`${kind}_verified`] === 'true';
}
