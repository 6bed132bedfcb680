import type { Transaction } from '../database/connection.ts';
import { DirectoryError } from './errors.ts';
import type { AliasKind, PoolSettings } from './settings.ts';
import { isVerified, type UserStatus } from './store/users.ts';
import { lookupKey } from './usernames.ts';

interface AliasOwner {
  readonly poolId: string;
  readonly sub: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly status: UserStatus;
}

/**
 * Makes the rows that find a user say what its attributes say now. An alias counts once it is verified; an attribute
 * that people sign up with counts at once. One that finds somebody else is refused, or with `force` taken over:
 * the other then has it unverified.
 */
export async function storeAliases(
  sql: Transaction,
  settings: PoolSettings,
  owner: AliasOwner,
  { force = false }: { readonly force?: boolean } = {},
): Promise<void> {
  const kinds: readonly AliasKind[] = [...settings.aliasAttributes, ...settings.usernameAttributes];
  if (kinds.length === 0) return;
  const wanted = kinds.flatMap((kind) => {
    const value = valueFor(settings, owner, kind);
    return value === undefined ? [] : [{ kind, value: lookupKey(settings, value) }];
  });
  const current = await sql<{ kind: AliasKind; value: string }[]>`
    select kind, value from rockpool.user_aliases where pool_id = ${owner.poolId} and sub = ${owner.sub}`;
  const has = (list: readonly { kind: string; value: string }[], alias: { kind: string; value: string }) =>
    list.some((each) => each.kind === alias.kind && each.value === alias.value);
  for (const alias of current.filter((each) => !has(wanted, each))) {
    await sql`delete from rockpool.user_aliases
      where pool_id = ${owner.poolId} and kind = ${alias.kind} and value = ${alias.value} and sub = ${owner.sub}`;
  }
  for (const alias of wanted.filter((each) => !has(current, each))) {
    await claim(sql, owner, alias, force);
  }
}

async function claim(
  sql: Transaction,
  owner: AliasOwner,
  { kind, value }: { readonly kind: AliasKind; readonly value: string },
  force: boolean,
): Promise<void> {
  // Of two at once one waits here for the other's commit, and then finds the row taken.
  const inserted = await sql`
    insert into rockpool.user_aliases (pool_id, kind, value, sub)
    values (${owner.poolId}, ${kind}, ${value}, ${owner.sub}) on conflict do nothing returning sub`;
  if (inserted.length > 0) return;
  if (!force || kind === 'preferred_username') {
    throw new DirectoryError('ALIAS_EXISTS', `An account with the given ${kind} already exists.`);
  }
  const [before] = await sql<{ sub: string }[]>`
    select sub from rockpool.user_aliases
    where pool_id = ${owner.poolId} and kind = ${kind} and value = ${value} for update`;
  await sql`
    insert into rockpool.user_aliases (pool_id, kind, value, sub)
    values (${owner.poolId}, ${kind}, ${value}, ${owner.sub})
    on conflict (pool_id, kind, value) do update set sub = excluded.sub`;
  if (before !== undefined) {
    await sql`
      update rockpool.users set attributes = attributes || ${sql.json({ [`${kind}_verified`]: 'false' })},
        last_modified_at = clock_timestamp()
      where pool_id = ${owner.poolId} and sub = ${before.sub}`;
  }
}

function valueFor(settings: PoolSettings, owner: AliasOwner, kind: AliasKind): string | undefined {
  const value = owner.attributes[kind];
  if (value === undefined || value === '') return undefined;
  if (kind !== 'preferred_username' && settings.usernameAttributes.includes(kind)) return value;
  if (kind === 'preferred_username' && owner.status === 'UNCONFIRMED') return undefined;
  return isVerified(owner.attributes, kind) ? value : undefined;
}
