import { badInput } from '../../base/errors.ts';
import { isStorableText } from '../../base/json.ts';

/**
 * Refuses text that Postgres cannot hold, however deep it lies in an input: U+0000 and lone surrogates.
 * `path` is the value's place in the request (`input`); the error names the exact member (`input.tags.2`).
 */
export function assertStorable(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (isStorableText(value)) return;
    throw badInput(path, `${path} holds U+0000 or half a surrogate pair, which cannot be stored; remove it.`);
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) assertStorable(value[i], `${path}.${i}`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) assertStorable(member, `${path}.${name}`);
  }
}
