import { notAuthorized } from './errors.ts';
import type { ClientSettings } from './settings.ts';

/** Set by proof, never by a client. */
const PROOFS = new Set(['email_verified', 'phone_number_verified']);

/** Attributes that only the owner writes. */
const OWNERS_PREFIX = 'dev:';

/** Throws when the client may not write one of the attributes. */
export function checkWritable(settings: ClientSettings, names: readonly string[]): void {
  const { writeAttributes } = settings;
  for (const name of names) {
    const kept = PROOFS.has(name) || name.startsWith(OWNERS_PREFIX);
    if (kept || (writeAttributes !== null && !writeAttributes.includes(name))) {
      throw notAuthorized('A client attempted to write unauthorized attribute');
    }
  }
}

/** What the client may see of a user's attributes. */
export function readableAttributes(
  settings: ClientSettings,
  attributes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { readAttributes } = settings;
  if (readAttributes === null) return attributes;
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => readAttributes.includes(name)));
}
