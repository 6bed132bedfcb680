import type { Database } from '../database/connection.ts';
import type { Access, SignedInUser } from './access.ts';
import { storeAliases } from './aliases.ts';
import { checkWritable, readableAttributes } from './attribute-access.ts';
import { checkAttributes } from './attribute-schema.ts';
import type { Codes } from './codes.ts';
import { sendCode } from './delivery.ts';
import { invalidParameter, userNotFound } from './errors.ts';
import type { CodeDelivery } from './masking.ts';
import type { CodeSender } from './outbox.ts';
import { recordRight, selfActor } from './rights.ts';
import type { PoolSettings, VerifiableAttribute } from './settings.ts';
import { deleteUserRows, lockUser, updateAttributes, type User } from './store/users.ts';

/** What signed-in users do with their own account. */
export interface Profiles {
  /** `attributes`: those that the client may read, `sub` first. */
  get(accessToken: string): Promise<{
    readonly username: string;
    readonly attributes: Readonly<Record<string, string>>;
  }>;
  /** Returns where codes were sent for addresses that are to be verified. */
  update(accessToken: string, changes: Readonly<Record<string, string>>): Promise<readonly CodeDelivery[]>;
  removeAttributes(accessToken: string, names: readonly string[]): Promise<void>;
  deleteUser(accessToken: string): Promise<void>;
}

interface Parts {
  readonly database: Database;
  readonly access: Access;
  readonly codes: Codes;
  readonly sender: CodeSender;
  readonly ring: () => void;
}

export function createProfiles({ database, access, codes, sender, ring }: Parts): Profiles {
  return {
    async get(accessToken) {
      const { user, client } = await access.require(accessToken);
      const attributes = { sub: user.sub, ...readableAttributes(client.settings, user.attributes) };
      return { username: user.username, attributes };
    },

    async update(accessToken, changes) {
      const caller = await access.require(accessToken);
      const { pool, client } = caller;
      checkWritable(client.settings, Object.keys(changes));
      checkAttributes(pool.settings.schema, changes, { creating: false });
      checkNotEmptied(pool.settings, changes);
      return database.transaction(async (sql) => {
        const user = await lockedUser(sql, caller);
        const { attributes, toVerify } = applyChanges(pool.settings, user.attributes, changes);
        await updateAttributes(sql, user, attributes);
        await storeAliases(sql, pool.settings, { ...user, attributes });
        const deliveries: CodeDelivery[] = [];
        for (const destination of toVerify) {
          const of = {
            poolId: pool.id,
            sub: user.sub,
            purpose: `attribute:${destination.attribute}`,
          } as const;
          deliveries.push(await sendCode(sql, { codes, sender }, of, 'attribute', destination));
        }
        return deliveries;
      });
    },

    async removeAttributes(accessToken, names) {
      const caller = await access.require(accessToken);
      const { pool, client } = caller;
      checkWritable(client.settings, names);
      checkRemovable(pool.settings, names);
      await database.transaction(async (sql) => {
        const user = await lockedUser(sql, caller);
        const attributes = withoutAttributes(user.attributes, names);
        await updateAttributes(sql, user, attributes);
        await storeAliases(sql, pool.settings, { ...user, attributes });
      });
    },

    async deleteUser(accessToken) {
      const { user } = await access.require(accessToken);
      await database.transaction(async (sql) => {
        if (!(await deleteUserRows(sql, user.poolId, user.sub))) throw userNotFound();
        await recordRight(sql, user, 'remove', selfActor(user));
      });
      ring();
    },
  };
}

async function lockedUser(sql: Parameters<typeof lockUser>[0], { user }: SignedInUser): Promise<User> {
  const locked = await lockUser(sql, user.poolId, user.sub);
  if (locked === undefined) throw userNotFound();
  return locked;
}

/**
 * The attributes after a change, and the addresses that need a code. A new address is unproved, unless the pool keeps
 * the old one until the new one is verified.
 */
export function applyChanges(
  settings: PoolSettings,
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
): {
  readonly attributes: Readonly<Record<string, string>>;
  readonly toVerify: readonly { readonly attribute: VerifiableAttribute; readonly value: string }[];
} {
  const attributes: Record<string, string> = { ...before, ...changes };
  const toVerify: { attribute: VerifiableAttribute; value: string }[] = [];
  for (const attribute of ['email', 'phone_number'] as const) {
    const value = changes[attribute];
    if (value === undefined || value === before[attribute]) continue;
    const byCode = settings.autoVerifiedAttributes.includes(attribute) && value !== '';
    if (byCode) toVerify.push({ attribute, value });
    if (byCode && settings.verifyBeforeUpdate.includes(attribute)) {
      const old = before[attribute];
      if (old === undefined) delete attributes[attribute];
      else attributes[attribute] = old;
    } else if (changes[`${attribute}_verified`] === undefined) {
      attributes[`${attribute}_verified`] = 'false';
    }
  }
  return { attributes, toVerify };
}

/** An address takes its proof with it. */
export function withoutAttributes(
  attributes: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const gone = new Set(names.flatMap((name) => [name, `${name}_verified`]));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !gone.has(name)));
}

/** A required attribute stays required. */
export function checkNotEmptied(settings: PoolSettings, changes: Readonly<Record<string, string>>): void {
  checkRemovable(
    settings,
    Object.keys(changes).filter((name) => changes[name] === ''),
  );
}

/** Throws for an attribute that must stay, or that no user of the pool can have. */
export function checkRemovable(settings: PoolSettings, names: readonly string[]): void {
  for (const name of names) {
    const definition = settings.schema.find((each) => each.name === name);
    if (definition === undefined) {
      throw invalidParameter(
        `Invalid user attributes: user.${name}: Attribute does not exist in the schema.\n`,
      );
    }
    const isName = settings.usernameAttributes.some((each) => each === name);
    if (definition.required || !definition.mutable || isName) {
      throw invalidParameter(`Cannot delete required attribute ${name}`);
    }
  }
}
