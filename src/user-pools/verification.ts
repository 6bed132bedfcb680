import type { Clock } from '../base/clock.ts';
import type { Database } from '../database/connection.ts';
import type { Access } from './access.ts';
import { storeAliases } from './aliases.ts';
import { spendAttempt } from './attempts.ts';
import type { Codes } from './codes.ts';
import { sendCode } from './delivery.ts';
import { codeExpired, invalidParameter, userNotFound } from './errors.ts';
import type { CodeDelivery } from './masking.ts';
import type { CodeSender } from './outbox.ts';
import type { VerifiableAttribute } from './settings.ts';
import { lockUser, updateAttributes } from './store/users.ts';

/** Proof that an address is the user's, by a code sent there. */
export interface Verification {
  sendCode(accessToken: string, attribute: string): Promise<CodeDelivery>;
  verify(accessToken: string, attribute: string, code: string): Promise<void>;
}

interface Parts {
  readonly database: Database;
  readonly clock: Clock;
  readonly access: Access;
  readonly codes: Codes;
  readonly sender: CodeSender;
}

export function createVerification({ database, clock, access, codes, sender }: Parts): Verification {
  return {
    async sendCode(accessToken, name) {
      const { user, pool } = await access.require(accessToken);
      const attribute = verifiable(name);
      const value = user.attributes[attribute];
      if (!value) throw invalidParameter(`User does not have ${attribute}.`);
      const now = new Date(clock.now());
      await spendAttempt(database.sql, { poolId: pool.id, subject: user.sub, call: 'attribute-code', now });
      const of = { poolId: pool.id, sub: user.sub, purpose: `attribute:${attribute}` } as const;
      return database.transaction(async (sql) => {
        const current = await lockUser(sql, pool.id, user.sub);
        if (current?.attributes[attribute] !== value) throw userNotFound();
        return sendCode(sql, { codes, sender }, of, 'attribute', { attribute, value });
      });
    },

    async verify(accessToken, name, typed) {
      const { user, pool } = await access.require(accessToken);
      const attribute = verifiable(name);
      const of = { poolId: pool.id, sub: user.sub, purpose: `attribute:${attribute}` } as const;
      const code = await codes.check(of, typed, 'verify-attribute');
      await database.transaction(async (sql) => {
        const current = await lockUser(sql, pool.id, user.sub);
        if (current === undefined) throw userNotFound();
        await codes.spend(sql, code);
        // Elsewhere than to the present address it went only where the old one stays until the new one is proved.
        const isPresent = current.attributes[attribute] === code.destination;
        if (!isPresent && !pool.settings.verifyBeforeUpdate.includes(attribute)) throw codeExpired();
        const attributes = {
          ...current.attributes,
          [attribute]: code.destination,
          [`${attribute}_verified`]: 'true',
        };
        await updateAttributes(sql, current, attributes);
        await storeAliases(sql, pool.settings, { ...current, attributes });
      });
    },
  };
}

function verifiable(name: string): VerifiableAttribute {
  if (name === 'email' || name === 'phone_number') return name;
  throw invalidParameter('Invalid attribute name: only email and phone_number can be verified.');
}
