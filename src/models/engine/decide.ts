/**
 * What becomes of a mutation, given the row as it is stored. Nothing here reads or writes: `write.ts` loads the row,
 * asks, and carries the decision out only while the row is still that one.
 *
 * The order of checks (spec/appsync.md 2.1, with its choice): 1. the rules, against the stored row (of a create: its
 * input); 2. whether the row must be there, or must not; 3. the version, and the strategy where it is another;
 * 4. the client's condition, against the row that will be overwritten.
 */

import type { Caller } from '../../auth/caller.ts';
import { RockpoolError } from '../../base/errors.ts';
import { canonicalJson } from '../../base/json.ts';
import type { Conflict } from '../conflicts.ts';
import { matches } from '../filter/evaluate.ts';
import type { Filter } from '../filter/filter.ts';
import type { Item, Model } from '../model.ts';
import { grantsFor, isVisible, joinOwnNames, notAuthorized, ownersOnCreate, type Grant } from '../rules.ts';
import { strategies } from '../strategies/strategies.ts';
import type { Incoming } from '../strategies/strategy.ts';
import { assertComplete, isoTime, type Change } from './input.ts';
import type { Replacement, Stored } from './store.ts';

export interface Mutation {
  readonly model: Model;
  readonly caller: Caller;
  readonly operation: 'create' | 'update' | 'delete';
  /** What the caller may do by this operation. */
  readonly grant: Grant;
  readonly change: Change;
  readonly condition: Filter | undefined;
}

export type Decision =
  /** Nothing is written but the conflict, if there was one. */
  | { readonly kind: 'answer'; readonly item: Item | null; readonly conflict?: Conflict }
  | { readonly kind: 'refuse'; readonly error: RockpoolError; readonly conflict?: Conflict }
  | { readonly kind: 'insert'; readonly after: Item }
  | ({ readonly kind: 'replace' } & Replacement);

/** The item as it was at a version, where the journal still holds it. */
export type ImageOf = (version: number) => Promise<Item | undefined>;

/** `now`: milliseconds by Postgres' clock. May throw FORBIDDEN or BAD_USER_INPUT. */
export async function decide(
  mutation: Mutation,
  stored: Stored | undefined,
  now: number,
  imageOf: ImageOf,
): Promise<Decision> {
  const { model, grant, operation } = mutation;
  if (operation === 'create') return decideCreate(mutation, stored, now);
  // Where there is no row there is no owner, so an owner rule grants nothing.
  if (stored === undefined ? grant.kind !== 'all' : !isVisible(grant, stored.item)) {
    throw notAuthorized(`${operation}${model.name}`, 'Mutation');
  }
  if (stored === undefined) {
    return operation === 'delete' ? answer(null) : refuse(conditionFailed('There is no item with this id.'));
  }
  return operation === 'update'
    ? decideUpdate(mutation, stored, now, imageOf)
    : decideDelete(mutation, stored, now, imageOf);
}

function decideCreate(mutation: Mutation, stored: Stored | undefined, now: number): Decision {
  const { model, caller, grant, change, condition } = mutation;
  const owners = ownersOnCreate(model, caller, grant, change.fields);
  const content = contentOf(model, change, owners, now);
  assertComplete(model, content);
  if (stored !== undefined && stored.item._deleted !== true) return decideTaken(mutation, stored, content);
  const after = itemOf(content, {
    version: (stored?.item._version ?? 0) + 1,
    deleted: null,
    changedAt: later(now, stored),
  });
  // A tombstone is no item: the condition looks at nothing.
  if (condition !== undefined && !matches(condition, NO_ITEM)) {
    return refuse(conditionFailed('The condition does not hold: there is no item with this id.'));
  }
  if (stored === undefined) return { kind: 'insert', after };
  return { kind: 'replace', operation: 'create', stored, after, conflict: undefined };
}

/** A create that came twice succeeds twice, once; other content does not. */
function decideTaken({ model, caller, change }: Mutation, stored: Stored, content: Fields): Decision {
  const current = readable(model, caller, stored);
  const same = model.fields.every(
    ({ name }) =>
      (isTime(name) && (change.fields[name] ?? null) === null) ||
      canonicalJson(content[name]) === canonicalJson(stored.item[name]),
  );
  if (current !== undefined && same) return answer(current);
  return refuse(conditionFailed('There is an item with this id already, and its content is other.', current));
}

async function decideUpdate(
  mutation: Mutation,
  stored: Stored,
  now: number,
  imageOf: ImageOf,
): Promise<Decision> {
  const { model, caller, change, condition } = mutation;
  const fields = { ...change.fields, ...joinOwnNames(model, caller, change.fields) };
  let laid: Fields = fields;
  let conflict: Conflict | undefined;
  // A tombstone counts as newer, whatever version was named.
  if (stored.item._deleted === true || isStale(change, stored)) {
    const base = await baseOf(change, stored, imageOf);
    const incoming: Incoming = { operation: 'update', version: change.version, fields };
    const outcome = strategies[model.strategy](model, base, stored.item, incoming);
    conflict = conflictOf(mutation, stored, base, incoming);
    if (outcome.kind === 'reject') return refuse(stale(readable(model, caller, stored)), conflict);
    if (outcome.kind === 'keep') return { kind: 'answer', item: stored.item, conflict };
    laid = outcome.fields;
  }
  const content: Record<string, unknown> = { ...stored.item, ...laid };
  if ((fields['updatedAt'] ?? null) === null) content['updatedAt'] = isoTime(now);
  assertComplete(model, content);
  if (fails(condition, stored)) return refuse(conditionFalse(mutation, stored));
  const after = next(content, stored, now, null);
  const merged = conflict && { ...conflict, outcome: 'merged' as const, result: after };
  return { kind: 'replace', operation: 'update', stored, after, conflict: merged };
}

async function decideDelete(
  mutation: Mutation,
  stored: Stored,
  now: number,
  imageOf: ImageOf,
): Promise<Decision> {
  const { model, caller, change, condition } = mutation;
  if (stored.item._deleted === true) return answer(stored.item);
  if (isStale(change, stored)) {
    const base = await baseOf(change, stored, imageOf);
    const incoming: Incoming = { operation: 'delete', version: change.version, fields: {} };
    const outcome = strategies[model.strategy](model, base, stored.item, incoming);
    const conflict = conflictOf(mutation, stored, base, incoming);
    if (outcome.kind === 'keep') return { kind: 'answer', item: stored.item, conflict };
    return refuse(stale(readable(model, caller, stored)), conflict);
  }
  if (fails(condition, stored)) return refuse(conditionFalse(mutation, stored));
  const after = next(stored.item, stored, now, true);
  return { kind: 'replace', operation: 'delete', stored, after, conflict: undefined };
}

type Fields = Readonly<Record<string, unknown>>;

const NO_ITEM: Item = { _version: 0, _deleted: null, _lastChangedAt: 0 };

function isTime(name: string): boolean {
  return name === 'createdAt' || name === 'updatedAt';
}

function contentOf(model: Model, { key, fields }: Change, owners: Fields, now: number): Fields {
  const content: Record<string, unknown> = {};
  for (const { name } of model.fields) {
    const given = owners[name] ?? fields[name] ?? null;
    content[name] = given === null && isTime(name) ? isoTime(now) : given;
  }
  content['id'] = key;
  return content;
}

/** Times of an item increase strictly, even where Postgres' clock goes back. */
function later(now: number, stored: Stored | undefined): number {
  return stored === undefined ? now : Math.max(now, stored.item._lastChangedAt + 1);
}

function next(content: Fields, stored: Stored, now: number, deleted: true | null): Item {
  return itemOf(content, { version: stored.item._version + 1, deleted, changedAt: later(now, stored) });
}

function itemOf(content: Fields, meta: { version: number; deleted: true | null; changedAt: number }): Item {
  return { ...content, _version: meta.version, _deleted: meta.deleted, _lastChangedAt: meta.changedAt };
}

function isStale({ version }: Change, { item }: Stored): boolean {
  return version !== undefined && version !== item._version;
}

async function baseOf({ version }: Change, { item }: Stored, imageOf: ImageOf): Promise<Item | undefined> {
  return version === undefined || version >= item._version ? undefined : imageOf(version);
}

function conflictOf(
  { model, change }: Mutation,
  { item }: Stored,
  base: Item | undefined,
  incoming: Incoming,
): Conflict {
  return {
    key: change.key,
    operation: incoming.operation,
    strategy: model.strategy,
    outcome: 'rejected',
    baseVersion: change.version ?? item._version,
    base,
    stored: item,
    incoming: incoming.fields,
    result: undefined,
  };
}

/** The stored item, only for those who may read it. */
function readable(model: Model, caller: Caller, { item }: Stored): Item | undefined {
  return isVisible(grantsFor(model, caller, 'get'), item) ? item : undefined;
}

function fails(condition: Filter | undefined, { item }: Stored): boolean {
  return condition !== undefined && !matches(condition, item);
}

function conditionFalse({ model, caller }: Mutation, stored: Stored): RockpoolError {
  return conditionFailed(
    'The condition does not hold for the item as it is stored.',
    readable(model, caller, stored),
  );
}

function conditionFailed(message: string, current?: Item): RockpoolError {
  return new RockpoolError(
    'CONDITION_FAILED',
    message,
    current === undefined ? {} : { details: { current } },
  );
}

function stale(current: Item | undefined): RockpoolError {
  return new RockpoolError(
    'CONFLICT',
    'The item changed since the version that this change is based on: read it and decide again.',
    current === undefined ? {} : { details: { current } },
  );
}

function answer(item: Item | null): Decision {
  return { kind: 'answer', item };
}

function refuse(error: RockpoolError, conflict?: Conflict): Decision {
  return { kind: 'refuse', error, ...(conflict === undefined ? {} : { conflict }) };
}
