import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** A version 4 UUID in lower case. */
export const uuid = (): string => randomUUID();

/** `bytes` random bytes as base64url text. */
export const randomToken = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** `length` random decimal digits, leading zeros kept: confirmation codes. */
export function randomDigits(length: number): string {
  return String(randomInt(10 ** length)).padStart(length, '0');
}

/** `length` random characters of `alphabet`. */
export function randomText(length: number, alphabet: string): string {
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet.charAt(randomInt(alphabet.length));
  return text;
}

/** Lower case letters and digits, as in client ids. */
export const LOWER_ALNUM = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Letters and digits, as in user pool ids. */
export const ALNUM = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${LOWER_ALNUM}`;
