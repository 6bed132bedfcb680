import { isEmail, isPhoneNumber } from './attribute-schema.ts';
import { invalidParameter } from './errors.ts';
import type { PoolSettings } from './settings.ts';

/** What finds a user by name: case is folded unless the pool tells case apart. Also the form of stored aliases. */
export function lookupKey(settings: PoolSettings, text: string): string {
  return settings.caseSensitive ? text : text.toLowerCase();
}

/** A username that reads as an alias could name two people, so that pools with that alias refuse it. */
export function checkUsername(settings: PoolSettings, username: string): void {
  if (settings.aliasAttributes.includes('email') && isEmail(username)) {
    throw invalidParameter(
      'Username cannot be of email format, since user pool is configured for email alias.',
    );
  }
  if (settings.aliasAttributes.includes('phone_number') && isPhoneNumber(username)) {
    throw invalidParameter(
      'Username cannot be of phone number format, since user pool is configured for phone number alias.',
    );
  }
}

/**
 * In a pool whose users sign up with an address, what they typed as the attribute that it is;
 * the username itself is then generated.
 */
export function usernameAttribute(
  settings: PoolSettings,
  typed: string,
): { readonly name: 'email' | 'phone_number'; readonly value: string } | undefined {
  const kinds = settings.usernameAttributes;
  if (kinds.length === 0) return undefined;
  if (kinds.includes('email') && isEmail(typed)) return { name: 'email', value: typed };
  if (kinds.includes('phone_number') && isPhoneNumber(typed)) return { name: 'phone_number', value: typed };
  const wanted = kinds.map((kind) => (kind === 'email' ? 'an email' : 'a phone number')).join(' or ');
  throw invalidParameter(`Username should be ${wanted}.`);
}
