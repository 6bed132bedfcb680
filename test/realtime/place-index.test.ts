import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../src/base/json.ts';
import type { Entry } from '../../src/feed/journal.ts';
import type { Place } from '../../src/graphql/live/live-source.ts';
import { isItem, isVisible } from '../../src/models/rules.ts';
import { createPlaceIndex } from '../../src/realtime/place-index.ts';
import { item } from './support/memory-journal.ts';

const owner = fc.constantFrom('ana', 'bob', 'eve', 'x::ana');
/** The owner fields of a model are the same for all its subscribers. */
const FIELDS = {
  Note: [{ field: 'owner', many: false }],
  Diary: [
    { field: 'owner', many: false },
    { field: 'editors', many: true },
  ],
};

const place: fc.Arbitrary<Place> = fc.oneof(
  fc.record({ kind: fc.constant('dataset' as const), identity: fc.constantFrom('r:1', 'r:2', 'r:12') }),
  fc
    .tuple(
      fc.constantFrom('Note' as const, 'Diary' as const),
      fc.option(fc.uniqueArray(owner, { minLength: 1 })),
    )
    .map(([model, values]) => ({
      kind: 'model' as const,
      model,
      owners: values === null ? undefined : { kind: 'owners' as const, fields: FIELDS[model], values },
    })),
);

const image: fc.Arbitrary<Json> = fc.option(
  fc
    .record({ owner: fc.option(owner), editors: fc.option(fc.array(owner)) })
    .map((fields) => item('n', 1, fields) as unknown as Json),
);

const entry: fc.Arbitrary<Entry> = fc.record({
  seq: fc.constant(1),
  topic: fc.constantFrom(
    'model:Note',
    'model:Diary',
    'model:Other',
    'dataset:r:1/d',
    'dataset:r:12/e',
    'dataset:r:3/d',
  ),
  key: fc.constant('n'),
  version: fc.constant(1),
  operation: fc.constant('update' as const),
  before: image,
  after: image,
  actor: fc.constant(null),
  device: fc.constant(null),
  at: fc.constant(new Date(0)),
});

/** Who may be concerned, by asking everybody. */
function concerns(at: Place, { topic, before, after }: Entry): boolean {
  if (at.kind === 'dataset') return topic.startsWith(`dataset:${at.identity}/`);
  if (topic !== `model:${at.model}`) return false;
  const { owners } = at;
  return owners === undefined || [before, after].some((row) => isItem(row) && isVisible(owners, row));
}

test('the index finds exactly those whom an entry may concern, while they come and go', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(place, fc.boolean()), { maxLength: 30 }),
      fc.array(entry, { minLength: 1, maxLength: 10 }),
      (places, entries) => {
        const index = createPlaceIndex<number>();
        const there = new Map<number, Place>();
        for (const [at, [each, leaves]] of places.entries()) {
          index.add(each, at);
          there.set(at, each);
          if (!leaves) continue;
          const first = there.entries().next().value;
          if (first === undefined) continue;
          index.remove(first[1], first[0]);
          there.delete(first[0]);
        }
        for (const each of entries) {
          const expected = [...there].filter(([, at]) => concerns(at, each)).map(([at]) => at);
          expect([...index.find(each)].sort((a, b) => a - b)).toEqual(expected);
        }
        for (const [at, each] of there) index.remove(each, at);
        for (const each of entries) expect(index.find(each).size).toBe(0);
      },
    ),
  );
});
