import { randomInt } from 'node:crypto';
import { DirectoryError } from './errors.ts';
import type { PasswordPolicy } from './settings.ts';

/** Cognito's symbols; a blank counts as one inside the password. */
const SYMBOLS = '^$*.[]{}()?"!@#%&/\\,><\':;|_~`=+-';
export const MAX_PASSWORD_LENGTH = 256;

const hasSymbol = (password: string) =>
  password.split('').some((character) => SYMBOLS.includes(character)) || /\S \S/.test(password);

/** Throws with the first rule that the password breaks. */
export function checkPassword(policy: PasswordPolicy, password: string): void {
  const fault = faultOf(policy, password);
  if (fault !== undefined) {
    throw new DirectoryError('INVALID_PASSWORD', `Password did not conform with policy: ${fault}`);
  }
}

function faultOf(policy: PasswordPolicy, password: string): string | undefined {
  const { length } = password;
  if (length < policy.minimumLength) return 'Password not long enough';
  if (length > MAX_PASSWORD_LENGTH) return 'Password must be no longer than 256 characters';
  if (policy.requireUppercase && !/\p{Lu}/u.test(password)) return 'Password must have uppercase characters';
  if (policy.requireLowercase && !/\p{Ll}/u.test(password)) return 'Password must have lowercase characters';
  if (policy.requireNumbers && !/\d/.test(password)) return 'Password must have numeric characters';
  if (policy.requireSymbols && !hasSymbol(password)) return 'Password must have symbol characters';
  return undefined;
}

/** A temporary password that meets every policy, without characters that are easily mistaken. */
export function temporaryPassword(policy: PasswordPolicy): string {
  const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '!@#%&*?+-='];
  const pick = (from: string) => from.charAt(randomInt(from.length));
  const characters = kinds.map(pick);
  while (characters.length < Math.max(12, policy.minimumLength)) characters.push(pick(kinds.join('')));
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    const swapped = characters[i] ?? '';
    characters[i] = characters[j] ?? '';
    characters[j] = swapped;
  }
  return characters.join('');
}
