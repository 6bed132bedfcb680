import { isStorableText } from '../base/json.ts';
import { invalidParameter } from './errors.ts';

export type AttributeType = 'String' | 'Number' | 'DateTime' | 'Boolean';

/** What a user of a pool may have. Bounds are lengths for String, values for Number; dates are text. */
export interface AttributeDefinition {
  /** With its prefix: `custom:team`. */
  readonly name: string;
  readonly type: AttributeType;
  readonly mutable: boolean;
  readonly required: boolean;
  readonly developerOnly: boolean;
  readonly min?: number;
  readonly max?: number;
}

/** No value of an attribute is longer. */
export const MAX_ATTRIBUTE_LENGTH = 2048;

const text = (name: string): AttributeDefinition => standard(name, 'String', { min: 0, max: 2048 });

function standard(
  name: string,
  type: AttributeType,
  rest: { min?: number; max?: number; required?: boolean; mutable?: boolean } = {},
): AttributeDefinition {
  return { name, type, mutable: true, required: false, developerOnly: false, ...rest };
}

/** The standard attributes with Cognito's bounds. Describe lists all of them. */
export function standardSchema(): readonly AttributeDefinition[] {
  return [
    standard('sub', 'String', { min: 1, max: 2048, required: true, mutable: false }),
    text('name'),
    text('given_name'),
    text('family_name'),
    text('middle_name'),
    text('nickname'),
    text('preferred_username'),
    text('profile'),
    text('picture'),
    text('website'),
    text('email'),
    standard('email_verified', 'Boolean'),
    text('gender'),
    standard('birthdate', 'String', { min: 10, max: 10 }),
    text('zoneinfo'),
    text('locale'),
    text('phone_number'),
    standard('phone_number_verified', 'Boolean'),
    text('address'),
    standard('updated_at', 'Number', { min: 0 }),
    standard('identities', 'String'),
  ];
}

/** Made by the server; nobody sets them. */
const OF_THE_SERVER = new Set(['sub', 'identities']);

/**
 * Checks new values of attributes against the schema and throws one error for all that is wrong.
 * `creating`: an immutable attribute may be given once, when the user is made.
 */
export function checkAttributes(
  schema: readonly AttributeDefinition[],
  attributes: Readonly<Record<string, string>>,
  { creating }: { creating: boolean },
): void {
  const byName = new Map(schema.map((definition) => [definition.name, definition]));
  const unknown: string[] = [];
  const wrong: string[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    const definition = byName.get(name);
    if (definition === undefined) {
      unknown.push(`user.${name}: Attribute does not exist in the schema.`);
      continue;
    }
    if (OF_THE_SERVER.has(name)) throw invalidParameter(`Cannot modify an already provided ${name}`);
    if (!definition.mutable && !creating) {
      throw invalidParameter(`user.${name}: Attribute cannot be updated.\n`);
    }
    const fault = faultOf(definition, value);
    if (fault !== undefined) wrong.push(`${name}: ${fault}`);
  }
  if (unknown.length > 0) throw invalidParameter(`Invalid user attributes: ${unknown.join('\n')}\n`);
  const phone = attributes['phone_number'];
  if (phone !== undefined && phone !== '' && !isPhoneNumber(phone)) {
    throw invalidParameter('Invalid phone number format.');
  }
  const email = attributes['email'];
  if (email !== undefined && email !== '' && !isEmail(email)) {
    throw invalidParameter('Invalid email address format.');
  }
  if (wrong.length > 0) {
    throw invalidParameter(`Attributes did not conform to the schema: ${wrong.join('\n')}\n`);
  }
}

/** Throws when a required attribute is missing in `attributes`, which are all that the user will have. */
export function checkRequired(
  schema: readonly AttributeDefinition[],
  attributes: Readonly<Record<string, string>>,
): void {
  const missing = missingAttributes(schema, attributes).map((name) => `${name}: The attribute is required\n`);
  if (missing.length > 0)
    throw invalidParameter(`Attributes did not conform to the schema: ${missing.join('')}`);
}

/** Names of the required attributes that are not there; an empty value is none. */
export function missingAttributes(
  schema: readonly AttributeDefinition[],
  attributes: Readonly<Record<string, string>>,
): string[] {
  return schema
    .filter(({ name, required }) => required && name !== 'sub' && !attributes[name])
    .map(({ name }) => name);
}

export function isEmail(value: string): boolean {
  return /^[^\s@]{1,64}@[^\s@]{1,255}$/.test(value);
}

/** E.164. */
export function isPhoneNumber(value: string): boolean {
  return /^\+\d{1,15}$/.test(value);
}

function faultOf(definition: AttributeDefinition, value: string): string | undefined {
  if (!isStorableText(value)) return 'String must not hold U+0000 or a lone surrogate';
  if (value.length > MAX_ATTRIBUTE_LENGTH) return 'String must be no longer than 2048 characters';
  const { min, max } = definition;
  // An empty value clears a text attribute.
  if (value === '' && definition.type === 'String') return undefined;
  switch (definition.type) {
    case 'String': {
      const { length } = value;
      if (min !== undefined && length < min) return `String must be no shorter than ${min} characters`;
      if (max !== undefined && length > max) return `String must be no longer than ${max} characters`;
      return undefined;
    }
    case 'Number': {
      if (!/^[+-]?\d+(\.\d+)?$/.test(value)) return 'Number must be a decimal number';
      const number = Number(value);
      if (min !== undefined && number < min) return `Number must be no less than ${min}`;
      if (max !== undefined && number > max) return `Number must be no greater than ${max}`;
      return undefined;
    }
    case 'Boolean':
      return value === 'true' || value === 'false' ? undefined : 'Boolean must be true or false';
    case 'DateTime':
      return Number.isNaN(Date.parse(value)) ? 'DateTime must be an ISO 8601 time' : undefined;
  }
}
