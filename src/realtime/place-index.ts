import type { Entry } from '../feed/journal.ts';
import type { OwnersGrant, Place } from '../graphql/live/live-source.ts';
import { isItem, ownersOf, type OwnerField } from '../models/rules.ts';

/**
 * Finds who may be concerned by an entry without asking everybody: datasets by identity, models by type and, where
 * only an owner rule lets someone listen, by the owners in the image before and the image after. What it finds still
 * has to look itself; what it does not find has nothing to hear.
 */
export interface PlaceIndex<T> {
  add(place: Place, thing: T): void;
  remove(place: Place, thing: T): void;
  find(entry: Entry): ReadonlySet<T>;
}

interface ModelShelf<T> {
  readonly everything: Set<T>;
  readonly byOwner: Map<string, Set<T>>;
  /** The fields to look at, with how many things want it. */
  readonly fields: Map<string, { readonly field: OwnerField; wanted: number }>;
}

const DATASET = 'dataset:';
const MODEL = 'model:';

export function createPlaceIndex<T>(): PlaceIndex<T> {
  const datasets = new Map<string, Set<T>>();
  const models = new Map<string, ModelShelf<T>>();
  const nothing: ReadonlySet<T> = new Set();

  return {
    add(place, thing) {
      if (place.kind === 'dataset') {
        put(datasets, place.identity, thing);
        return;
      }
      let shelf = models.get(place.model);
      if (shelf === undefined) {
        shelf = { everything: new Set(), byOwner: new Map(), fields: new Map() };
        models.set(place.model, shelf);
      }
      if (place.owners === undefined) shelf.everything.add(thing);
      else addOwned(shelf, place.owners, thing);
    },
    remove(place, thing) {
      if (place.kind === 'dataset') {
        take(datasets, place.identity, thing);
        return;
      }
      const shelf = models.get(place.model);
      if (shelf === undefined) return;
      if (place.owners === undefined) shelf.everything.delete(thing);
      else removeOwned(shelf, place.owners, thing);
      if (shelf.everything.size === 0 && shelf.byOwner.size === 0) models.delete(place.model);
    },
    find({ topic, before, after }) {
      if (topic.startsWith(DATASET)) {
        return datasets.get(topic.slice(DATASET.length, topic.indexOf('/', DATASET.length))) ?? nothing;
      }
      const shelf = topic.startsWith(MODEL) ? models.get(topic.slice(MODEL.length)) : undefined;
      if (shelf === undefined) return nothing;
      if (shelf.byOwner.size === 0) return shelf.everything;
      const found = new Set(shelf.everything);
      const fields = [...shelf.fields.values()].map(({ field }) => field);
      for (const image of [before, after]) {
        if (!isItem(image)) continue;
        for (const owner of ownersOf(fields, image)) addAll(found, shelf.byOwner.get(owner));
      }
      return found;
    },
  };
}

function addOwned<T>(shelf: ModelShelf<T>, { values, fields }: OwnersGrant, thing: T): void {
  for (const value of values) put(shelf.byOwner, value, thing);
  for (const field of fields) {
    const known = shelf.fields.get(field.field);
    if (known === undefined) shelf.fields.set(field.field, { field, wanted: 1 });
    else known.wanted++;
  }
}

function removeOwned<T>(shelf: ModelShelf<T>, { values, fields }: OwnersGrant, thing: T): void {
  for (const value of values) take(shelf.byOwner, value, thing);
  for (const { field } of fields) {
    const known = shelf.fields.get(field);
    if (known !== undefined && --known.wanted === 0) shelf.fields.delete(field);
  }
}

function addAll<T>(target: Set<T>, more: ReadonlySet<T> | undefined): void {
  if (more !== undefined) for (const thing of more) target.add(thing);
}

function put<T>(map: Map<string, Set<T>>, key: string, thing: T): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([thing]));
  else set.add(thing);
}

function take<T>(map: Map<string, Set<T>>, key: string, thing: T): void {
  const set = map.get(key);
  set?.delete(thing);
  if (set?.size === 0) map.delete(key);
}
