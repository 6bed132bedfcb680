import { badInput } from '../../base/errors.ts';
import { isStorableText } from '../../base/json.ts';
import { KEY_BYTES, type Model } from '../model.ts';
import { assertStorable } from '../tables/storable.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a mutation asks for, apart from key and version. */
export interface Change {
  readonly key: string;
  /** The version that it is based on. Undefined or null in the input: whatever is stored. */
  readonly version: number | undefined;
  /** The fields that were sent, explicit nulls among them. */
  readonly fields: Fields;
}

/** Reads the input of an update or a delete. Throws BAD_USER_INPUT. */
export function readChange(model: Model, input: Fields): Change {
  const { id, _version, ...fields } = input;
  assertFields(model, fields);
  return { key: readKey(id, 'input.id'), version: readVersion(_version), fields };
}

/** Reads the input of a create: all fields, null where nothing was sent. A version means nothing there. */
export function readContent(model: Model, input: Fields, newId: () => string): Change {
  const { id, _version, ...fields } = input;
  assertFields(model, fields);
  const key = id === undefined || id === null ? newId() : readKey(id, 'input.id');
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > KEY_BYTES) {
    throw badInput('input.id', `input.id must have 1 to ${KEY_BYTES} bytes of UTF-8, not ${bytes}.`);
  }
  return { key, version: undefined, fields };
}

/** Throws BAD_USER_INPUT for text that Postgres cannot hold. */
export function readKey(id: unknown, argument: string): string {
  if (typeof id !== 'string') throw badInput(argument, `${argument} must be a string.`);
  if (!isStorableText(id)) {
    throw badInput(
      argument,
      `${argument} holds U+0000 or half a surrogate pair, which no id has; remove it.`,
    );
  }
  return id;
}

function readVersion(version: unknown): number | undefined {
  if (version === undefined || version === null) return undefined;
  if (Number.isSafeInteger(version)) return version as number;
  throw badInput('input._version', 'input._version must be a whole number.');
}

function assertFields(model: Model, fields: Fields): void {
  for (const [name, value] of Object.entries(fields)) {
    const path = `input.${name}`;
    const field = model.fieldsByName.get(name);
    if (field === undefined || field.implicit !== undefined) {
      throw badInput(path, `${path} cannot be written: ${model.name} has no such field of its own.`);
    }
    assertStorable(value, path);
  }
}

/** Throws BAD_USER_INPUT where an item would lack a field that it must have, or an owner be too long to be indexed. */
export function assertComplete(model: Model, item: Fields): void {
  for (const field of model.fields) {
    const value = item[field.name];
    if (field.nonNull && (value === null || value === undefined)) {
      throw badInput(
        `input.${field.name}`,
        `input.${field.name} must have a value: ${model.name} requires it.`,
      );
    }
  }
  for (const rule of model.rules) {
    if (rule.allow !== 'owner' || rule.many) continue;
    const owner = item[rule.ownerField];
    if (typeof owner === 'string' && Buffer.byteLength(owner) > KEY_BYTES) {
      const path = `input.${rule.ownerField}`;
      throw badInput(path, `${path} must have at most ${KEY_BYTES} bytes of UTF-8.`);
    }
  }
}

/** ISO 8601 in UTC with milliseconds, as AppSync writes `createdAt` and `updatedAt`. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
