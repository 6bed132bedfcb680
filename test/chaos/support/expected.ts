import { expect } from 'vitest';
import type { Fields } from '../../wire/graphql/support/call.ts';
import type { Chain } from './chain.ts';
import { changeOf, maySee, recordsOf, type JournalEntry } from './journal.ts';
import type { Person } from './nodes.ts';
import type { DatasetCopy } from './replica.ts';
import type { Acknowledged, Patch } from './writer.ts';

/* What the journal says that must have come of it, in this test's own words. */

/** One event that somebody must hear. */
export interface Expected {
  readonly seq: number;
  readonly kind: string;
  /** Id of an item, name of a dataset. */
  readonly id: string;
  /** Version of the item that is shown, count of the dataset; undefined where the event shows none. */
  readonly version: number | undefined;
}

type Sees = (image: Fields | null) => boolean;

function seesAs(model: string, who: Person, editor: boolean, filter?: Fields): Sees {
  const prefix = (filter?.['title'] as { beginsWith: string } | undefined)?.beginsWith ?? '';
  return (image) => maySee(model, who, editor, image) && String(image?.['title']).startsWith(prefix);
}

export function expectedChanges(
  journal: readonly JournalEntry[],
  model: string,
  who: Person,
  editor: boolean,
  filter: Fields | undefined,
): readonly Expected[] {
  const sees = seesAs(model, who, editor, filter);
  return journal.flatMap((entry) => {
    const kind = entry.topic === `model:${model}` ? changeOf(sees, entry) : undefined;
    if (kind === undefined) return [];
    return [{ seq: entry.seq, kind, id: entry.key, version: kind === 'GONE' ? undefined : entry.version }];
  });
}

export function expectedStandard(
  journal: readonly JournalEntry[],
  model: string,
  who: Person,
  editor: boolean,
  operation: 'create' | 'update' | 'delete',
): readonly Expected[] {
  const sees = seesAs(model, who, editor);
  return journal.flatMap(({ topic, operation: did, key, seq, version, before, after }) => {
    if (topic !== `model:${model}` || did !== operation) return [];
    return sees(operation === 'delete' ? before : after) ? [{ seq, kind: operation, id: key, version }] : [];
  });
}

export function expectedDatasets(
  journal: readonly JournalEntry[],
  { identity }: Person,
  name: string | undefined,
): readonly Expected[] {
  return journal.flatMap(({ topic, key, seq, version, operation }) => {
    const wanted =
      name === undefined ? topic.startsWith(`dataset:${identity}/`) : topic === `dataset:${identity}/${name}`;
    if (!wanted) return [];
    return [{ seq, kind: operation === 'push' ? 'CHANGED' : 'DELETED', id: key, version }];
  });
}

/** A dataset as it stood after an entry. */
export function datasetAt(
  journal: readonly JournalEntry[],
  { identity }: Person,
  name: string,
  seq: number,
): DatasetCopy {
  const records = new Map<string, { value: string; syncCount: number }>();
  let syncCount = 0;
  for (const entry of journal) {
    if (entry.topic !== `dataset:${identity}/${name}` || entry.seq > seq) continue;
    syncCount = entry.version;
    if (entry.operation === 'drop') records.clear();
    for (const { k, v, c } of recordsOf(entry)) {
      if (v === null) records.delete(k);
      else records.set(k, { value: v, syncCount: c });
    }
  }
  return { syncCount, records };
}

/** What a stream told after a number, in the same form. */
export function heard(chain: Chain, after: number, standard: string | undefined): readonly Expected[] {
  return chain.events.flatMap(({ seq, value, resync }) => {
    if (resync || seq <= after) return [];
    if (standard !== undefined) {
      return [{ seq, kind: standard, id: String(value?.['id']), version: Number(value?.['_version']) }];
    }
    const item = value?.['item'] as Fields | null | undefined;
    const version = item === undefined ? value?.['syncCount'] : item?.['_version'];
    return [
      {
        seq,
        kind: String(value?.['kind']),
        id: String(value?.['id'] ?? value?.['name']),
        version: version === undefined ? undefined : Number(version),
      },
    ];
  });
}

/** Per item, the order of events is the order of versions, and none comes twice. */
export function expectInOrder(chain: Chain, message: string): void {
  const newest = new Map<string, number>();
  let last = 0;
  for (const { seq, value, resync } of chain.events) {
    if (resync) {
      expect(seq, message).toBeGreaterThanOrEqual(last);
      last = seq;
      continue;
    }
    expect(seq, `${message}: ${JSON.stringify(value)}`).toBeGreaterThan(last);
    last = seq;
    const shown = (value?.['item'] ?? value) as Fields | null;
    const version = Number(shown?.['_version'] ?? shown?.['syncCount']);
    const id = String(value?.['id'] ?? value?.['name']);
    if (Number.isNaN(version)) continue;
    expect(version, `${message}: ${id}`).toBeGreaterThan(newest.get(id) ?? 0);
    newest.set(id, version);
  }
}

/** Every item's versions follow one another, each made from the one before. */
export function expectUnbroken(journal: readonly JournalEntry[], message: string): void {
  const newest = new Map<string, JournalEntry>();
  for (const entry of journal) {
    if (!entry.topic.startsWith('model:')) continue;
    const item = `${entry.topic} ${entry.key}`;
    const before = newest.get(item);
    expect(entry.version, `${message}: ${item}`).toBe((before?.version ?? 0) + 1);
    if (entry.operation !== 'create') expect(entry.before, `${message}: ${item}`).toEqual(before?.after);
    newest.set(item, entry);
  }
}

/** Every write that was acknowledged is there, and none was laid over what its writer had not seen. */
export function expectKept(
  journal: readonly JournalEntry[],
  acknowledged: readonly Acknowledged[],
  message: string,
): void {
  const entries = new Map(journal.map((entry) => [`${entry.topic} ${entry.key} ${entry.version}`, entry]));
  for (const write of acknowledged) {
    const label = `${message}: ${JSON.stringify(write)}`;
    if (write.kind === 'item') {
      const { model, item } = write;
      const entry = entries.get(`model:${model} ${String(item['id'])} ${String(item['_version'])}`);
      expect(entry, label).toBeDefined();
      expect(entry?.after?.['title'], label).toBe(item['title']);
      expectNothingLost(write, entry, label);
    } else {
      const entry = entries.get(
        `dataset:${write.who.identity}/${write.name} ${write.name} ${write.syncCount}`,
      );
      expect(entry, label).toBeDefined();
      const stored = Object.fromEntries(recordsOf(entry).map(({ k, v }) => [k, v]));
      expect(stored, label).toEqual(Object.fromEntries(write.patches.map(({ key, value }) => [key, value])));
    }
  }
}

function expectNothingLost(
  { model, operation, item, based }: Extract<Acknowledged, { kind: 'item' }>,
  entry: JournalEntry | undefined,
  label: string,
): void {
  if (operation !== 'update' || based === undefined || item['_deleted'] === true) return;
  if (model === 'Task') {
    expect(item['_version'], label).toBe(based + 1);
    return;
  }
  // Merged: what stood there stays.
  if (Number(item['_version']) > based + 1)
    expect(entry?.after?.['title'], label).toBe(entry?.before?.['title']);
}

/** Each count of a dataset once; no record laid over one that its device had not seen. */
export function expectCounts(
  journal: readonly JournalEntry[],
  attempted: ReadonlyMap<string, readonly Patch[]>,
  message: string,
): void {
  const counts = new Map<string, number>();
  const records = new Map<string, number>();
  for (const entry of journal) {
    const { topic, version, operation } = entry;
    if (!topic.startsWith('dataset:')) continue;
    expect(version, `${message}: ${topic}`).toBe((counts.get(topic) ?? 0) + 1);
    counts.set(topic, version);
    if (operation === 'drop') {
      for (const key of records.keys()) if (key.startsWith(`${topic} `)) records.delete(key);
      continue;
    }
    const patches = attempted.get(String(entry.device));
    expect(patches, `${message}: ${topic} ${version}`).toBeDefined();
    for (const { key, syncCount } of patches ?? []) {
      expect(records.get(`${topic} ${key}`) ?? 0, `${message}: ${topic} ${key}`).toBeLessThanOrEqual(
        syncCount,
      );
      records.set(`${topic} ${key}`, version);
    }
  }
}
