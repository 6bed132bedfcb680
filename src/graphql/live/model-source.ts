import { RockpoolError } from '../../base/errors.ts';
import type { Json } from '../../base/json.ts';
import { topics, type Entry } from '../../feed/journal.ts';
import { matches } from '../../models/filter/evaluate.ts';
import type { Filter } from '../../models/filter/filter.ts';
import type { Item, Model } from '../../models/model.ts';
import { isItem, isVisible, ownerView, type Grant } from '../../models/rules.ts';
import type { LiveSource, ModelPlace } from './live-source.ts';

/** Which items of a model a subscription is about: what its caller may see and what it asks for. */
export interface View {
  readonly model: Model;
  readonly grant: Grant;
  /** Undefined: no filter was given. */
  readonly filter: Filter | undefined;
}

export type StandardOperation = 'create' | 'update' | 'delete';

/**
 * `onChangeX`. GONE is told from the entry's two images, each looked at with the rights of now and the filter:
 *
 * | before is in view | after is in view | create | update  | delete  |
 * | ----------------- | ---------------- | ------ | ------- | ------- |
 * | no                | yes              | CREATED| UPDATED | DELETED |
 * | yes               | yes              | CREATED| UPDATED | DELETED |
 * | yes               | no               | –      | GONE    | DELETED |
 * | no                | no               | –      | –       | –       |
 *
 * A tombstone before a change is in nobody's view. One after a deletion is looked at too, for filters that ask for
 * `_deleted`.
 */
export function changeSource(view: View): LiveSource {
  return {
    ...source(view),
    project(entry, position) {
      const kind = changeKind(view, entry);
      if (kind === undefined) return undefined;
      return { kind, position, id: entry.key, item: kind === 'GONE' ? null : entry.after };
    },
    resync: (position) => ({ kind: 'RESYNC', position, id: null, item: null }),
  };
}

function changeKind(view: View, entry: Entry): 'CREATED' | 'UPDATED' | 'DELETED' | 'GONE' | undefined {
  if (entry.operation === 'create') return inView(view, entry.after) ? 'CREATED' : undefined;
  if (entry.operation === 'update') {
    if (inView(view, entry.after)) return 'UPDATED';
    return wasInView(view, entry.before) ? 'GONE' : undefined;
  }
  if (entry.operation !== 'delete') return undefined;
  return wasInView(view, entry.before) || inView(view, entry.after) ? 'DELETED' : undefined;
}

/** `onCreateX`, `onUpdateX`, `onDeleteX`: the row as it is now, of a deletion the tombstone of what was in view. */
export function standardSource(
  view: View,
  operation: StandardOperation,
  argumentsGiven: Readonly<Record<string, unknown>>,
): LiveSource {
  const agrees = ownerArguments(view, argumentsGiven);
  return {
    ...source(view),
    project(entry) {
      if (entry.operation !== operation) return undefined;
      const looked = operation === 'delete' ? entry.before : entry.after;
      const seen = operation === 'delete' ? wasInView(view, looked) : inView(view, looked);
      return seen && isItem(looked) && agrees(looked) && isItem(entry.after) ? entry.after : undefined;
    },
    resync: () => undefined,
  };
}

function source({ model, grant }: View): Pick<LiveSource, 'place' | 'topic' | 'startOf'> {
  return {
    place: placeOf(model, grant),
    topic: { equals: [topics.model(model.name)] },
    startOf: (position) => position.horizon,
  };
}

function placeOf(model: Model, grant: Grant): ModelPlace {
  return { kind: 'model', model: model.name, owners: grant.kind === 'owners' ? grant : undefined };
}

function inView({ grant, filter }: View, image: Json): boolean {
  if (!isItem(image)) return false;
  return isVisible(grant, image) && (filter === undefined || matches(filter, image));
}

function wasInView(view: View, image: Json): boolean {
  return isItem(image) && image._deleted !== true && inView(view, image);
}

/**
 * The arguments named after single-valued owner fields. Where an owner rule grants, a value that is given must be
 * mine, and it is matched against the item only where nothing else narrows the stream (spec/appsync.md 3.8); where
 * everything is granted, it is plain equality with what a read shows, null included (4.2).
 */
function ownerArguments(
  { model, grant, filter }: View,
  given: Readonly<Record<string, unknown>>,
): (item: Item) => boolean {
  const wanted: [string, unknown][] = [];
  for (const rule of model.rules) {
    if (rule.allow !== 'owner' || rule.many || !(rule.ownerField in given)) continue;
    const value = given[rule.ownerField];
    if (grant.kind === 'owners') {
      if (value === null || value === '') continue;
      if (typeof value !== 'string' || !grant.values.includes(value)) {
        const name = rule.ownerField;
        throw new RockpoolError(
          'FORBIDDEN',
          `${name} must be the caller: leave it out or give your own name.`,
        );
      }
      if (grant.fields.length > 1 || filter !== undefined) continue;
    }
    wanted.push([rule.ownerField, value]);
  }
  return (item) => wanted.every(([field, value]) => (ownerView(item[field]) ?? null) === value);
}
