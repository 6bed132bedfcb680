import type { Queryable } from '../database/connection.ts';
import type { Codes, CodeOf } from './codes.ts';
import { deliveryTo, type CodeDelivery } from './masking.ts';
import type { CodeSender, MessageKind } from './outbox.ts';
import type { PoolSettings, RecoveryOption, VerifiableAttribute } from './settings.ts';
import { isVerified } from './store/users.ts';

/** An address of a user and the attribute that holds it. */
export interface Destination {
  readonly attribute: VerifiableAttribute;
  readonly value: string;
}

/** Makes a code and sends it, in the transaction of the caller. */
export async function sendCode(
  sql: Queryable,
  { codes, sender }: { readonly codes: Codes; readonly sender: CodeSender },
  of: CodeOf,
  kind: MessageKind,
  { attribute, value }: Destination,
): Promise<CodeDelivery> {
  const code = await codes.issue(sql, of, value);
  await sender.send(sql, { to: value, kind, code });
  return deliveryTo(attribute, value);
}

/** Where a new user's code goes: to the phone when both are verified by code. Undefined: an owner must confirm. */
export function signUpDestination(
  settings: PoolSettings,
  attributes: Readonly<Record<string, string>>,
): Destination | undefined {
  return first(
    (['phone_number', 'email'] as const).filter((name) => settings.autoVerifiedAttributes.includes(name)),
    attributes,
  );
}

const RECOVERY: Record<Exclude<RecoveryOption, 'admin_only'>, VerifiableAttribute> = {
  verified_email: 'email',
  verified_phone_number: 'phone_number',
};

/** Where the code for a forgotten password goes, by the pool's order. Undefined where nothing was verified. */
export function recoveryDestination(
  settings: PoolSettings,
  attributes: Readonly<Record<string, string>>,
): Destination | undefined {
  const order = settings.recovery.flatMap((option) => (option === 'admin_only' ? [] : [RECOVERY[option]]));
  return first(
    order.filter((name) => isVerified(attributes, name)),
    attributes,
  );
}

function first(
  names: readonly VerifiableAttribute[],
  attributes: Readonly<Record<string, string>>,
): Destination | undefined {
  for (const attribute of names) {
    const value = attributes[attribute];
    if (value) return { attribute, value };
  }
  return undefined;
}
