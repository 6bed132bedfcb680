import { MAX_ATTRIBUTE_LENGTH, type AttributeDefinition, type AttributeType } from './attribute-schema.ts';
import { invalidParameter } from './errors.ts';
import { QUOTAS } from './quotas.ts';

/** An attribute as an owner asks for it: without a prefix, bounds as text. */
export interface AttributeRequest {
  readonly name: string;
  /** Needed for a custom one; a standard one has its own. */
  readonly type: AttributeType | undefined;
  /** Undefined: it can change. */
  readonly mutable: boolean | undefined;
  readonly required: boolean | undefined;
  /** Only the owner writes it. */
  readonly developerOnly: boolean | undefined;
  /** Lengths for String, values for Number; of no meaning for the others. */
  readonly min: string | undefined;
  readonly max: string | undefined;
}

/** Nobody fills these in, so that nobody can be asked to. */
const OF_THE_SERVER = new Set(['sub', 'identities', 'email_verified', 'phone_number_verified', 'updated_at']);

/** The schema of a new pool: requests for standard attributes change those, all others are custom ones. */
export function schemaOf(
  standard: readonly AttributeDefinition[],
  requests: readonly AttributeRequest[],
): readonly AttributeDefinition[] {
  const names = requests.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw alreadyThere(twice);
  const changed = standard.map((definition) => {
    const request = requests.find(({ name }) => name === definition.name);
    return request === undefined ? definition : standardAttribute(definition, request);
  });
  const known = new Set(standard.map(({ name }) => name));
  return withCustomAttributes(
    changed,
    requests.filter(({ name }) => !known.has(name)),
  );
}

/** The schema with custom attributes added. They can be neither required nor removed. */
export function withCustomAttributes(
  schema: readonly AttributeDefinition[],
  requests: readonly AttributeRequest[],
): readonly AttributeDefinition[] {
  const all = [...schema];
  for (const request of requests) {
    const definition = customAttribute(request);
    if (all.some(({ name }) => name === definition.name)) throw alreadyThere(definition.name);
    all.push(definition);
  }
  if (all.filter(({ name }) => name.includes(':')).length > QUOTAS.customAttributes) {
    throw invalidParameter(`A user pool has at most ${QUOTAS.customAttributes} custom attributes.`);
  }
  return all;
}

const alreadyThere = (name: string) =>
  invalidParameter(`${name}: Existing attribute already has name ${name}.`);

function standardAttribute(standard: AttributeDefinition, request: AttributeRequest): AttributeDefinition {
  const { name } = standard;
  if ((request.type !== undefined && request.type !== standard.type) || request.developerOnly === true) {
    throw invalidParameter(
      `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${name}`,
    );
  }
  const mutable = request.mutable ?? standard.mutable;
  const required = request.required ?? standard.required;
  if (OF_THE_SERVER.has(name) && (mutable !== standard.mutable || required !== standard.required)) {
    throw invalidParameter(`You can not change Mutable or Required for standard schema attribute ${name}`);
  }
  return { ...standard, ...boundsOf(standard.type, request), mutable, required };
}

function customAttribute(request: AttributeRequest): AttributeDefinition {
  const { name, type, mutable = true, required = false, developerOnly = false } = request;
  if (required) throw invalidParameter('Required custom attributes are not supported currently.');
  if (type === undefined)
    throw invalidParameter(`${name}: AttributeDataType is required for a custom attribute.`);
  if (/^(?:custom|dev):/.test(name)) {
    throw invalidParameter(`${name}: The name of a custom attribute is given without its prefix.`);
  }
  const prefix = developerOnly ? 'dev' : 'custom';
  return { name: `${prefix}:${name}`, type, mutable, required, developerOnly, ...boundsOf(type, request) };
}

function boundsOf(
  type: AttributeType,
  { name, min: minText, max: maxText }: AttributeRequest,
): { readonly min?: number; readonly max?: number } {
  if (type !== 'String' && type !== 'Number') return {};
  const min = minText === undefined ? undefined : boundOf(type, name, minText);
  const max = maxText === undefined ? undefined : boundOf(type, name, maxText);
  if (min !== undefined && max !== undefined && min > max) {
    throw invalidParameter(`${name}: The lower bound ${min} is above the upper bound ${max}.`);
  }
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

function boundOf(type: 'String' | 'Number', name: string, text: string): number {
  const isBound = type === 'String' ? /^\d{1,4}$/.test(text) : /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(text);
  const bound = Number(text);
  if (!isBound || (type === 'String' && bound > MAX_ATTRIBUTE_LENGTH)) {
    const allowed = type === 'String' ? `a length from 0 to ${MAX_ATTRIBUTE_LENGTH}` : 'a decimal number';
    throw invalidParameter(`${name}: ${text.slice(0, 100)} is no bound, ${allowed} is.`);
  }
  return bound;
}
