import type { Sealer } from '../auth/sealing.ts';
import type { Clock } from '../base/clock.ts';
import { uuid } from '../base/ids.ts';
import type { Database } from '../database/connection.ts';
import { storeAliases } from './aliases.ts';
import { checkWritable } from './attribute-access.ts';
import { checkAttributes, checkRequired } from './attribute-schema.ts';
import { spendAttempt } from './attempts.ts';
import type { Clients } from './clients.ts';
import type { Codes } from './codes.ts';
import type { Credentials } from './credentials.ts';
import { sendCode, signUpDestination } from './delivery.ts';
import { codeExpired, DirectoryError, invalidParameter, notAuthorized, userNotFound } from './errors.ts';
import { unknownSubject } from './lockout.ts';
import { simulatedDelivery, type CodeDelivery } from './masking.ts';
import type { CodeSender } from './outbox.ts';
import { checkPassword } from './password-policy.ts';
import type { ClientOfPool, Pool } from './store/pools.ts';
import {
  findUser,
  insertUser,
  lockUser,
  updateAttributes,
  updateStatus,
  type NewUser,
  type User,
} from './store/users.ts';
import { checkUsername, lookupKey, usernameAttribute } from './usernames.ts';

/** A caller's word for who they are, as public operations without a token take it. */
export interface NamedCall {
  readonly clientId: string;
  readonly username: string;
  readonly secretHash: string | undefined;
}

export interface SignUps {
  signUp(
    request: NamedCall & {
      readonly password: string;
      readonly attributes: Readonly<Record<string, string>>;
    },
  ): Promise<{ readonly sub: string; readonly delivery: CodeDelivery | undefined }>;
  confirm(
    request: NamedCall & { readonly code: string; readonly forceAliasCreation: boolean },
  ): Promise<void>;
  resend(request: NamedCall): Promise<CodeDelivery>;
}

interface Parts {
  readonly database: Database;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly clients: Clients;
  readonly credentials: Credentials;
  readonly codes: Codes;
  readonly sender: CodeSender;
}

const usernameTaken = () => new DirectoryError('USERNAME_EXISTS', 'User already exists');

export function createSignUps(parts: Parts): SignUps {
  const { database, clock, sealer, clients, credentials, codes, sender } = parts;

  async function require(request: NamedCall): Promise<ClientOfPool> {
    const through = await clients.require(request.clientId);
    clients.checkSecretHash(through.client, request.username, request.secretHash);
    return through;
  }

  return {
    async signUp(request) {
      const { client, pool } = await require(request);
      const { settings } = pool;
      if (settings.adminCreateUserOnly) throw notAuthorized('SignUp is not permitted for this user pool');
      checkWritable(client.settings, Object.keys(request.attributes));
      const named = nameNewUser(pool, request.username, request.attributes);
      checkAttributes(settings.schema, named.attributes, { creating: true });
      checkRequired(settings.schema, named.attributes);
      checkPassword(settings.passwordPolicy, request.password);
      // Asked before the hash is computed too, so that a taken name costs little; the insert decides.
      if ((await findUser(database.sql, pool.id, lookupKey(settings, request.username))) !== undefined) {
        throw usernameTaken();
      }

      const { setAt, ...secrets } = await credentials.make(pool.id, named.username, request.password);
      const user: NewUser = {
        ...named,
        attributes: withUnproved(named.attributes),
        poolId: pool.id,
        status: 'UNCONFIRMED',
        ...secrets,
        passwordSetAt: setAt,
      };
      const destination = signUpDestination(settings, user.attributes);
      const delivery = await database.transaction(async (sql) => {
        if (!(await insertUser(sql, user))) throw usernameTaken();
        await storeAliases(sql, settings, user).catch(asTakenName);
        if (destination === undefined) return undefined;
        const of = { poolId: pool.id, sub: user.sub, purpose: 'sign-up' } as const;
        return sendCode(sql, { codes, sender }, of, 'sign-up', destination);
      });
      return { sub: user.sub, delivery };
    },

    async confirm(request) {
      const { client, pool } = await require(request);
      const user = await findUser(database.sql, pool.id, lookupKey(pool.settings, request.username));
      if (user === undefined) throw client.settings.hideUserExistence ? codeExpired() : userNotFound();
      checkUnconfirmed(user);
      const of = { poolId: pool.id, sub: user.sub, purpose: 'sign-up' } as const;
      const code = await codes.check(of, request.code, 'sign-up');
      await database.transaction(async (sql) => {
        const current = await lockUser(sql, pool.id, user.sub);
        if (current === undefined) throw codeExpired();
        checkUnconfirmed(current);
        await codes.spend(sql, code);
        const attributes = withProof(current.attributes, code.destination);
        await updateStatus(sql, current, 'CONFIRMED');
        await updateAttributes(sql, current, attributes);
        const confirmed: User = { ...current, attributes, status: 'CONFIRMED' };
        await storeAliases(sql, pool.settings, confirmed, { force: request.forceAliasCreation });
      });
    },

    async resend(request) {
      const { client, pool } = await require(request);
      const key = lookupKey(pool.settings, request.username);
      const now = new Date(clock.now());
      const user = await findUser(database.sql, pool.id, key);
      if (user === undefined) {
        if (!client.settings.hideUserExistence) throw userNotFound();
        const subject = unknownSubject(sealer, pool.id, key);
        await spendAttempt(database.sql, { poolId: pool.id, subject, call: 'resend', now });
        return simulatedDelivery(request.username, subject);
      }
      if (user.status !== 'UNCONFIRMED') throw invalidParameter('User is already confirmed.');
      const destination = signUpDestination(pool.settings, user.attributes);
      if (destination === undefined) {
        throw invalidParameter(
          'Auto verification not turned on for user pool attributes that this user has.',
        );
      }
      await spendAttempt(database.sql, { poolId: pool.id, subject: user.sub, call: 'resend', now });
      return database.transaction(async (sql) => {
        if ((await lockUser(sql, pool.id, user.sub)) === undefined) throw userNotFound();
        const of = { poolId: pool.id, sub: user.sub, purpose: 'sign-up' } as const;
        return sendCode(sql, { codes, sender }, of, 'resend', destination);
      });
    },
  };
}

/**
 * Username, sub and attributes of somebody new. In a pool where an address is the name, that address becomes an
 * attribute and the username is generated.
 */
export function nameNewUser(
  pool: Pool,
  typed: string,
  attributes: Readonly<Record<string, string>>,
): Pick<NewUser, 'username' | 'usernameKey' | 'sub' | 'attributes'> {
  const sub = uuid();
  const address = usernameAttribute(pool.settings, typed);
  if (address !== undefined) {
    const all = { ...attributes, [address.name]: address.value };
    return { username: sub, usernameKey: lookupKey(pool.settings, sub), sub, attributes: all };
  }
  checkUsername(pool.settings, typed);
  return { username: typed, usernameKey: lookupKey(pool.settings, typed), sub, attributes };
}

/** An address that nobody proved says so from the start. */
export function withUnproved(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const unproved = (['email', 'phone_number'] as const).filter(
    (name) => attributes[name] !== undefined && attributes[`${name}_verified`] === undefined,
  );
  return { ...attributes, ...Object.fromEntries(unproved.map((name) => [`${name}_verified`, 'false'])) };
}

function checkUnconfirmed(user: User): void {
  if (user.status !== 'UNCONFIRMED') throw notUnconfirmed(user);
}

export const notUnconfirmed = ({ status }: Pick<User, 'status'>) =>
  notAuthorized(`User cannot be confirmed. Current status is ${status}`);

/** The address that the code went to is proved, if it is still the user's. */
function withProof(
  attributes: Readonly<Record<string, string>>,
  destination: string,
): Readonly<Record<string, string>> {
  const proved = (['email', 'phone_number'] as const).filter((name) => attributes[name] === destination);
  return { ...attributes, ...Object.fromEntries(proved.map((name) => [`${name}_verified`, 'true'])) };
}

/** Where an address is the name, an address that is taken is a name that is taken. */
function asTakenName(error: unknown): never {
  if (error instanceof DirectoryError && error.code === 'ALIAS_EXISTS') {
    throw new DirectoryError('USERNAME_EXISTS', error.message);
  }
  throw error;
}
