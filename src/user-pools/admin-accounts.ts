import type { Database, Transaction } from '../database/connection.ts';
import type { AdminUsers, NamedUser } from './admin-users.ts';
import { storeAliases } from './aliases.ts';
import { checkAttributes } from './attribute-schema.ts';
import type { Clients } from './clients.ts';
import type { Codes } from './codes.ts';
import { recoveryDestination, sendCode } from './delivery.ts';
import { invalidParameter, notAuthorized, userNotFound } from './errors.ts';
import type { CodeSender } from './outbox.ts';
import { applyChanges, checkNotEmptied, checkRemovable, withoutAttributes } from './profile.ts';
import { notUnconfirmed } from './sign-up.ts';
import type { PoolSettings, VerifiableAttribute } from './settings.ts';
import { lockUser, updateAttributes, updateStatus, type User } from './store/users.ts';

/** What the owner does with an account in its user's stead. All throw NOT_FOUND for the pool and USER_NOT_FOUND. */
export interface AdminAccounts {
  /** As with the code of the sign-up, but no address is proved. NOT_AUTHORIZED for a user who is confirmed. */
  confirm(named: NamedUser): Promise<void>;
  /**
   * Any attribute that can change, proofs of addresses among them. A new address without its proof is sent a code
   * where the pool verifies it.
   */
  updateAttributes(named: NamedUser, changes: Readonly<Record<string, string>>): Promise<void>;
  removeAttributes(named: NamedUser, names: readonly string[]): Promise<void>;
  /** The password opens nothing until a new one was set with the code that is sent to a verified address. */
  resetPassword(named: NamedUser): Promise<void>;
}

interface Parts {
  readonly database: Database;
  readonly clients: Clients;
  readonly users: Pick<AdminUsers, 'get'>;
  readonly codes: Codes;
  readonly sender: CodeSender;
}

export function createAdminAccounts(parts: Parts): AdminAccounts {
  const { database, clients, users } = parts;

  async function change(
    named: NamedUser,
    work: (sql: Transaction, user: User, settings: PoolSettings) => Promise<void>,
  ): Promise<void> {
    const { settings } = await clients.requirePool(named.poolId);
    const { poolId, sub } = await users.get(named);
    await database.transaction(async (sql) => {
      const user = await lockUser(sql, poolId, sub);
      if (user === undefined) throw userNotFound();
      await work(sql, user, settings);
    });
  }

  async function write(
    sql: Transaction,
    settings: PoolSettings,
    user: User,
    attributes: Readonly<Record<string, string>>,
  ): Promise<void> {
    await updateAttributes(sql, user, attributes);
    await storeAliases(sql, settings, { ...user, attributes });
  }

  return {
    confirm: (named) =>
      change(named, async (sql, user, settings) => {
        if (user.status !== 'UNCONFIRMED') throw notUnconfirmed(user);
        await updateStatus(sql, user, 'CONFIRMED');
        await storeAliases(sql, settings, { ...user, status: 'CONFIRMED' });
      }),

    updateAttributes: (named, changes) =>
      change(named, async (sql, user, settings) => {
        checkAttributes(settings.schema, changes, { creating: false });
        checkNotEmptied(settings, changes);
        const proved = provedIn(changes);
        const { attributes, toVerify } = applyChanges(unproved(settings, proved), user.attributes, changes);
        checkProofs({ ...user.attributes, ...changes }, changes);
        await write(sql, settings, user, attributes);
        for (const destination of toVerify) {
          const purpose = `attribute:${destination.attribute}` as const;
          await sendCode(
            sql,
            parts,
            { poolId: user.poolId, sub: user.sub, purpose },
            'attribute',
            destination,
          );
        }
      }),

    removeAttributes: (named, names) =>
      change(named, async (sql, user, settings) => {
        checkRemovable(settings, names);
        await write(sql, settings, user, withoutAttributes(user.attributes, names));
      }),

    resetPassword: (named) =>
      change(named, async (sql, user, settings) => {
        if (user.status !== 'CONFIRMED' && user.status !== 'RESET_REQUIRED') {
          throw notAuthorized('User password cannot be reset in the current state.');
        }
        const destination = recoveryDestination(settings, user.attributes);
        if (destination === undefined) {
          throw invalidParameter(
            'Cannot reset password for the user as there is no registered/verified email or phone_number',
          );
        }
        await updateStatus(sql, user, 'RESET_REQUIRED');
        const of = { poolId: user.poolId, sub: user.sub, purpose: 'forgot-password' } as const;
        await sendCode(sql, parts, of, 'forgot-password', destination);
      }),
  };
}

const ADDRESSES: readonly VerifiableAttribute[] = ['email', 'phone_number'];

/** Addresses for whose proof the owner vouches. */
function provedIn(changes: Readonly<Record<string, string>>): readonly VerifiableAttribute[] {
  return ADDRESSES.filter((name) => changes[`${name}_verified`] === 'true');
}

/** The pool's settings for addresses that are left to prove. */
function unproved(settings: PoolSettings, proved: readonly VerifiableAttribute[]): PoolSettings {
  const left = (names: readonly VerifiableAttribute[]) => names.filter((name) => !proved.includes(name));
  return {
    ...settings,
    autoVerifiedAttributes: left(settings.autoVerifiedAttributes),
    verifyBeforeUpdate: left(settings.verifyBeforeUpdate),
  };
}

/** A proof is of an address, of one that is there or one that comes with it. */
function checkProofs(
  attributes: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
): void {
  for (const [name, words] of [
    ['email', 'Email is required to verify/un-verify an email'],
    ['phone_number', 'Phone number is required to verify/un-verify a phone number'],
  ] as const) {
    if (changes[`${name}_verified`] !== undefined && !attributes[name]) throw invalidParameter(words);
  }
}
