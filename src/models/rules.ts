import type { Caller, UserCaller } from '../auth/caller.ts';
import { RockpoolError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import type { Item, Model, ModelOperation, Rule } from './model.ts';

/**
 * What a caller may do: with every item, with those that one of these fields says are the caller's, or nothing.
 * Two callers with equal grants may see the same.
 */
export type Grant =
  | { readonly kind: 'all' }
  | { readonly kind: 'owners'; readonly fields: readonly OwnerField[]; readonly values: readonly string[] }
  | { readonly kind: 'none' };

export interface OwnerField {
  readonly field: string;
  /** True for a list of owners. */
  readonly many: boolean;
}

type OwnerRule = Extract<Rule, { allow: 'owner' }>;

/**
 * The rules of a model that speak of an operation, or-ed (spec/appsync.md 3.8): `public` is for callers with the API
 * key, `private`, `groups` and `owner` for those who signed in. Root passes all.
 */
export function grantsFor(model: Model, caller: Caller, operation: ModelOperation): Grant {
  if (caller.kind === 'root') return { kind: 'all' };
  const fields: OwnerField[] = [];
  for (const rule of model.rules) {
    if (!rule.operations.has(operation)) continue;
    if (rule.allow !== 'owner') {
      if (grantsAll(rule, caller)) return { kind: 'all' };
    } else if (caller.kind === 'user' && !fields.some(({ field }) => field === rule.ownerField)) {
      fields.push({ field: rule.ownerField, many: rule.many });
    }
  }
  if (caller.kind !== 'user' || fields.length === 0) return { kind: 'none' };
  return { kind: 'owners', fields, values: ownValues(caller) };
}

function grantsAll(rule: Exclude<Rule, OwnerRule>, caller: Caller): boolean {
  switch (rule.allow) {
    case 'public':
      return caller.kind === 'apiKey';
    case 'private':
      return caller.kind === 'user';
    case 'groups':
      return caller.kind === 'user' && rule.groups.some((group) => caller.groups.includes(group));
  }
}

/** Whether a grant covers an item, as it is stored. */
export function isVisible(grant: Grant, item: Item): boolean {
  switch (grant.kind) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'owners':
      return ownersOf(grant.fields, item).some((owner) => grant.values.includes(owner));
  }
}

/** The owners that an item names in these fields, as stored: what an index of subscribers by owner is asked for. */
export function ownersOf(fields: readonly OwnerField[], item: Item): string[] {
  return fields.flatMap(({ field, many }) => {
    const value = item[field];
    const owners: readonly unknown[] = many ? (Array.isArray(value) ? value : []) : [value];
    return owners.filter((owner) => typeof owner === 'string');
  });
}

const SEPARATOR = '::';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** How the owner is stored: unique in one pool for ever, and its last part is what people read. */
function joinedOwner(caller: UserCaller): string {
  return `${caller.sub}${SEPARATOR}${caller.username}`;
}

/**
 * The stored owners that mean this caller. A bare username only where one pool is accepted, and never one that could
 * stand for somebody else: whoever signs up as another's sub, or as `sub::username`, must not become that other.
 */
function ownValues(caller: UserCaller): string[] {
  const { sub, username } = caller;
  const bare = caller.bareUsername && !username.includes(SEPARATOR) && !UUID.test(username);
  return [joinedOwner(caller), sub, ...(bare ? [username] : [])];
}

/** An owner as reads show it: the last `::` segment; of a list, each. */
export function ownerView(stored: unknown): unknown {
  if (Array.isArray(stored)) return stored.map((owner) => ownerView(owner));
  return typeof stored === 'string' ? stored.slice(lastSegment(stored)) : stored;
}

function lastSegment(owner: string): number {
  const at = owner.lastIndexOf(SEPARATOR);
  return at < 0 ? 0 : at + SEPARATOR.length;
}

/**
 * The owner fields of an item to be made. A field left out becomes the caller's, where its rule covers creation (or
 * nobody could ever fill it). Where only owner rules let the caller create, one of them must be met: left out, or
 * given so that it is, or holds, the caller; null is none. Throws FORBIDDEN otherwise.
 */
export function ownersOnCreate(
  model: Model,
  caller: Caller,
  grant: Grant,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const owners: Record<string, unknown> = {};
  let met = grant.kind === 'all';
  for (const rule of model.rules) {
    if (rule.allow !== 'owner') continue;
    const { ownerField, many } = rule;
    const creates = rule.operations.has('create');
    if (input[ownerField] === undefined) {
      const fills = creates || model.fieldsByName.get(ownerField)?.implicit === 'owner';
      if (caller.kind !== 'user' || !fills) continue;
      owners[ownerField] = many ? [joinedOwner(caller)] : joinedOwner(caller);
      met ||= creates;
    } else if (creates && grant.kind === 'owners') {
      met ||= namesOne({ field: ownerField, many }, grant.values, input[ownerField]);
    }
  }
  if (!met) throw notAuthorized(`create${model.name}`, 'Mutation');
  return { ...owners, ...joinOwnNames(model, caller, input) };
}

function namesOne(field: OwnerField, values: readonly string[], given: unknown): boolean {
  const owners: readonly unknown[] = field.many && Array.isArray(given) ? given : [given];
  return owners.some((owner) => typeof owner === 'string' && values.includes(owner));
}

/**
 * The owner fields of an input, with the caller's bare name in its joined form: it reads the same, and does not pass to
 * the next who signs up under that name.
 */
export function joinOwnNames(
  model: Model,
  caller: Caller,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const owners: Record<string, unknown> = {};
  if (caller.kind !== 'user') return owners;
  const names = ownValues(caller).slice(2);
  const join = (owner: unknown): unknown =>
    typeof owner === 'string' && names.includes(owner) ? joinedOwner(caller) : owner;
  for (const rule of model.rules) {
    if (rule.allow !== 'owner') continue;
    const given = input[rule.ownerField];
    if (given === undefined) continue;
    owners[rule.ownerField] = Array.isArray(given) ? given.map((owner) => join(owner)) : join(given);
  }
  return owners;
}

/** FORBIDDEN, in AppSync's words. */
export function notAuthorized(field: string, type: 'Query' | 'Mutation' | 'Subscription'): RockpoolError {
  return new RockpoolError('FORBIDDEN', `Not Authorized to access ${field} on type ${type}`);
}

/** Whether a value is an image of an item, as the journal holds them. */
export function isItem(value: unknown): value is Item {
  return isObject(value) && typeof value['_version'] === 'number';
}
