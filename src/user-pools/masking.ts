import { createHash } from 'node:crypto';
import { isEmail, isPhoneNumber } from './attribute-schema.ts';
import type { VerifiableAttribute } from './settings.ts';

/** Where a code went, as much as anyone may be told. */
export interface CodeDelivery {
  readonly destination: string;
  readonly medium: 'EMAIL' | 'SMS';
  readonly attribute: VerifiableAttribute;
}

/** `j***@e***` and `+*******4567`. */
export function maskDestination(attribute: VerifiableAttribute, value: string): string {
  if (attribute === 'phone_number') {
    const digits = value.replace(/^\+/, '');
    return `+${'*'.repeat(Math.max(0, digits.length - 4))}${digits.slice(-4)}`;
  }
  const at = value.lastIndexOf('@');
  return `${first(value)}***@${first(value.slice(at + 1))}***`;
}

export function deliveryTo(attribute: VerifiableAttribute, value: string): CodeDelivery {
  return {
    destination: maskDestination(attribute, value),
    medium: attribute === 'email' ? 'EMAIL' : 'SMS',
    attribute,
  };
}

/** For a user who does not exist: the same answer each time, and no way to tell it from a real one. */
export function simulatedDelivery(username: string, secret: string): CodeDelivery {
  if (isEmail(username)) return deliveryTo('email', username);
  if (isPhoneNumber(username)) return deliveryTo('phone_number', username);
  const digest = createHash('sha256').update(secret).digest();
  const letter = (index: number) => String.fromCharCode(97 + ((digest[index] ?? 0) % 26));
  return deliveryTo('email', `${letter(0)}@${letter(1)}`);
}

const first = (text: string) => (text === '' ? '' : String.fromCodePoint(text.codePointAt(0) ?? 0));
