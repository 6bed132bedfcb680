import type { Clock } from '../base/clock.ts';
import type { Database, Transaction } from '../database/connection.ts';
import { storeAliases } from './aliases.ts';
import { checkAttributes } from './attribute-schema.ts';
import type { Clients } from './clients.ts';
import type { Credentials } from './credentials.ts';
import { DirectoryError, userNotFound } from './errors.ts';
import type { CodeSender } from './outbox.ts';
import { checkPassword, temporaryPassword } from './password-policy.ts';
import { endAllTokens, OWNER, recordRight } from './rights.ts';
import { nameNewUser, withUnproved } from './sign-up.ts';
import type { Pool } from './store/pools.ts';
import {
  deleteUserRows,
  findUser,
  insertUser,
  lockUser,
  setEnabled,
  updatePassword,
  type NewUser,
  type User,
} from './store/users.ts';
import { lookupKey } from './usernames.ts';

/** Names a user of a pool: by username, alias or sub. */
export interface NamedUser {
  readonly poolId: string;
  readonly username: string;
}

export interface NewAdminUser extends NamedUser {
  readonly attributes: Readonly<Record<string, string>>;
  /** Made by the server where none is given. */
  readonly temporaryPassword: string | undefined;
  readonly forceAliasCreation: boolean;
  /** RESEND invites a user again who is there and has not signed in yet; SUPPRESS tells nobody. */
  readonly message: 'RESEND' | 'SUPPRESS' | undefined;
  /** Undefined: the phone where there is one, else the e-mail address. */
  readonly mediums: readonly ('SMS' | 'EMAIL')[] | undefined;
}

/** What the owner does with users. */
export interface AdminUsers {
  create(request: NewAdminUser): Promise<User>;
  /** Throws USER_NOT_FOUND. */
  get(named: NamedUser): Promise<User>;
  setPassword(named: NamedUser, password: string, options: { readonly permanent: boolean }): Promise<void>;
  disable(named: NamedUser): Promise<void>;
  enable(named: NamedUser): Promise<void>;
  remove(named: NamedUser): Promise<void>;
}

interface Parts {
  readonly database: Database;
  readonly clock: Clock;
  readonly clients: Clients;
  readonly credentials: Credentials;
  readonly sender: CodeSender;
  readonly ring: () => void;
}

export function createAdminUsers(parts: Parts): AdminUsers {
  const { database, clock, clients, credentials, sender, ring } = parts;

  async function find(pool: Pool, username: string): Promise<User> {
    const key = lookupKey(pool.settings, username);
    const user = await findUser(database.sql, pool.id, key, { alsoSub: true });
    if (user === undefined) throw userNotFound();
    return user;
  }

  const get = async ({ poolId, username }: NamedUser) => find(await clients.requirePool(poolId), username);

  /** Changes a user under its lock and tells the nodes. */
  async function change(
    named: NamedUser,
    work: (sql: Transaction, user: User) => Promise<void>,
  ): Promise<void> {
    const { poolId, sub } = await get(named);
    await database.transaction(async (sql) => {
      const user = await lockUser(sql, poolId, sub);
      if (user === undefined) throw userNotFound();
      await work(sql, user);
    });
    ring();
  }

  async function createUser(pool: Pool, request: NewAdminUser): Promise<User> {
    const { settings } = pool;
    const named = nameNewUser(pool, request.username, request.attributes);
    checkAttributes(settings.schema, named.attributes, { creating: true });
    const password = request.temporaryPassword ?? temporaryPassword(settings.passwordPolicy);
    checkPassword(settings.passwordPolicy, password);
    const known = await findUser(database.sql, pool.id, lookupKey(settings, request.username));
    if (known !== undefined) throw usernameTaken();
    const { setAt, ...secrets } = await credentials.make(pool.id, named.username, password);
    const user: NewUser = {
      ...named,
      attributes: withUnproved(named.attributes),
      poolId: pool.id,
      status: 'FORCE_CHANGE_PASSWORD',
      ...secrets,
      passwordSetAt: setAt,
    };
    return database.transaction(async (sql) => {
      if (!(await insertUser(sql, user))) throw usernameTaken();
      await storeAliases(sql, settings, user, { force: request.forceAliasCreation });
      await invite(sql, user, request, password);
      return lockedUser(sql, user);
    });
  }

  async function inviteAgain(pool: Pool, request: NewAdminUser): Promise<User> {
    const known = await find(pool, request.username);
    const password = request.temporaryPassword ?? temporaryPassword(pool.settings.passwordPolicy);
    checkPassword(pool.settings.passwordPolicy, password);
    const made = await credentials.make(pool.id, known.username, password);
    return database.transaction(async (sql) => {
      const user = await lockedUser(sql, known);
      if (user.status !== 'FORCE_CHANGE_PASSWORD') {
        throw new DirectoryError(
          'UNSUPPORTED_USER_STATE',
          `Resend not possible. User status is not FORCE_CHANGE_PASSWORD`,
        );
      }
      await updatePassword(sql, user, made, 'FORCE_CHANGE_PASSWORD');
      await invite(sql, user, request, password);
      return lockedUser(sql, user);
    });
  }

  async function invite(
    sql: Transaction,
    { attributes }: Pick<User, 'attributes'>,
    { message, mediums }: NewAdminUser,
    password: string,
  ): Promise<void> {
    if (message === 'SUPPRESS') return;
    const { phone_number: phone, email } = attributes;
    const addresses =
      mediums === undefined ? [phone || email] : mediums.map((medium) => (medium === 'SMS' ? phone : email));
    for (const to of addresses) {
      if (to) await sender.send(sql, { to, kind: 'invitation', code: password });
    }
  }

  return {
    async create(request) {
      const pool = await clients.requirePool(request.poolId);
      return request.message === 'RESEND' ? inviteAgain(pool, request) : createUser(pool, request);
    },
    get,
    async setPassword(named, password, { permanent }) {
      const pool = await clients.requirePool(named.poolId);
      checkPassword(pool.settings.passwordPolicy, password);
      const known = await find(pool, named.username);
      const made = await credentials.make(pool.id, known.username, password);
      await database.transaction(async (sql) => {
        const user = await lockedUser(sql, known);
        const status = permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
        await updatePassword(sql, user, made, status);
        await storeAliases(sql, pool.settings, { ...user, status });
      });
    },
    disable: (named) =>
      change(named, async (sql, user) => {
        await setEnabled(sql, user, false);
        await endAllTokens(sql, user, clock.now());
        await recordRight(sql, user, 'disable', OWNER);
      }),
    enable: (named) =>
      change(named, async (sql, user) => {
        await setEnabled(sql, user, true);
        await recordRight(sql, user, 'enable', OWNER);
      }),
    remove: (named) =>
      change(named, async (sql, user) => {
        await deleteUserRows(sql, user.poolId, user.sub);
        await recordRight(sql, user, 'remove', OWNER);
      }),
  };
}

const usernameTaken = () => new DirectoryError('USERNAME_EXISTS', 'User account already exists');

async function lockedUser(sql: Transaction, { poolId, sub }: Pick<User, 'poolId' | 'sub'>): Promise<User> {
  const user = await lockUser(sql, poolId, sub);
  if (user === undefined) throw userNotFound();
  return user;
}
