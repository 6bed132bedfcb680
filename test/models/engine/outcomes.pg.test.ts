import { beforeAll, describe, expect, it } from 'vitest';
import { uuid } from '../../../src/base/ids.ts';
import type { Item } from '../../../src/models/model.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { createWorld, entriesOf, user, type World } from './setup.ts';

const SDL = ['AUTOMERGE', 'OPTIMISTIC_CONCURRENCY']
  .flatMap((strategy) => [
    `type Free${strategy} @model @conflict(strategy: ${strategy}) @auth(rules: [{ allow: private }])
      { title: String! n: Int tags: [String] }`,
    `type Own${strategy} @model @conflict(strategy: ${strategy}) @auth(rules: [{ allow: owner }])
      { title: String! n: Int tags: [String] }`,
  ])
  .join('\n');

const ada = user('ada');
let database: TestDatabase;
let world: World;
beforeAll(async () => {
  database = await testDatabase();
  world = await createWorld(database, SDL);
});

/** What stands stored before the operation. */
type Before = 'none' | 'live' | 'tombstone';
type Version = 'absent' | 'equal' | 'stale' | 'greater';

interface Outcome {
  /** Code of the error, or nothing. */
  readonly error?: string;
  /** Of what was answered, or of the row that the error carries. */
  readonly version?: number | null;
  readonly deleted?: true | null;
  readonly title?: string;
  readonly tags?: readonly string[];
  /** Entries and conflicts that the operation wrote. */
  readonly entries?: readonly string[];
  readonly conflicts?: readonly string[];
}

/** The stored item is at version 3 with title "server", n null and tags ["s"]; a tombstone of it at version 4. */
async function prepare(kind: string, before: Before): Promise<string> {
  const model = world.model(kind);
  const id = uuid();
  if (before === 'none') return id;
  await world.models.create(model, ada, { id, title: 'first' });
  await world.models.update(model, ada, { id, title: 'second' });
  await world.models.update(model, ada, { id, title: 'server', tags: ['s'] });
  if (before === 'tombstone') await world.models.delete(model, ada, { id });
  return id;
}

function versionOf(version: Version, before: Before): { _version?: number } {
  const stored = before === 'tombstone' ? 4 : 3;
  switch (version) {
    case 'absent':
      return {};
    case 'equal':
      return { _version: stored };
    case 'stale':
      return { _version: 2 };
    case 'greater':
      return { _version: stored + 1 };
  }
}

async function play(
  kind: string,
  operation: 'create' | 'update' | 'delete',
  before: Before,
  version: Version,
  fields: Record<string, unknown>,
): Promise<Outcome> {
  const model = world.model(kind);
  const id = await prepare(kind, before);
  const entriesBefore = (await entriesOf(database, kind, id)).length;
  const rings = world.rings();
  const answer = await world.models[operation](model, ada, {
    id,
    ...versionOf(version, before),
    ...fields,
  }).then(
    (item) => ({ item, error: undefined }),
    (error: { code: string; details: { current?: Item } }) => ({
      item: error.details.current,
      error: error.code,
    }),
  );
  const entries = (await entriesOf(database, kind, id)).slice(entriesBefore);
  expect(world.rings() - rings, 'the bell rings for what was written alone').toBe(entries.length);
  const conflicts = await database.sql<{ outcome: string }[]>`
    select outcome from rockpool.conflicts where model = ${kind} and item_id = ${id}`;
  const { item } = answer;
  return {
    ...(answer.error === undefined ? {} : { error: answer.error }),
    ...(item === null
      ? { version: null }
      : item === undefined
        ? {}
        : {
            version: item._version,
            deleted: item._deleted,
            title: String(item['title']),
            tags: (item['tags'] ?? []) as string[],
          }),
    entries: entries.map(({ operation: entry }) => entry),
    conflicts: conflicts.map(({ outcome }) => outcome),
  };
}

const live = { version: 3, deleted: null, title: 'server', tags: ['s'] } as const;
const dead = { version: 4, deleted: true, title: 'server', tags: ['s'] } as const;
const quiet = { entries: [], conflicts: [] } as const;
const change = { title: 'client', tags: ['c'] };
const applied = { title: 'client', tags: ['c'], deleted: null, conflicts: [] } as const;
const merged = {
  version: 4,
  deleted: null,
  title: 'server',
  tags: ['s', 'c'],
  entries: ['update'],
  conflicts: ['merged'],
} as const;

type Case = [
  operation: 'create' | 'update' | 'delete',
  before: Before,
  version: Version,
  fields: Record<string, unknown>,
  free: Outcome,
  /** Where it is other than `free`. */
  more?: { automerge?: Outcome; own?: Outcome },
];

// spec/appsync.md 2.7, column "recommended". `free`: under OPTIMISTIC_CONCURRENCY, everybody who is signed in may.
const cases: Case[] = [
  ['create', 'none', 'absent', change, { ...applied, version: 1, entries: ['create'] }],
  ['create', 'none', 'greater', change, { ...applied, version: 1, entries: ['create'] }],
  ['create', 'live', 'absent', { title: 'server', tags: ['s'] }, { ...live, ...quiet }],
  ['create', 'live', 'absent', { title: 'server', tags: ['s'], n: null }, { ...live, ...quiet }],
  [
    'create',
    'live',
    'absent',
    { title: 'server', tags: ['s'], n: 1 },
    { error: 'CONDITION_FAILED', ...live, ...quiet },
  ],
  ['create', 'live', 'absent', change, { error: 'CONDITION_FAILED', ...live, ...quiet }],
  ['create', 'tombstone', 'absent', change, { ...applied, version: 5, entries: ['create'] }],
  [
    'update',
    'none',
    'absent',
    change,
    { error: 'CONDITION_FAILED', ...quiet },
    { own: { error: 'FORBIDDEN', ...quiet } },
  ],
  [
    'update',
    'none',
    'stale',
    change,
    { error: 'CONDITION_FAILED', ...quiet },
    { own: { error: 'FORBIDDEN', ...quiet } },
  ],
  ['update', 'live', 'equal', change, { ...applied, version: 4, entries: ['update'] }],
  ['update', 'live', 'absent', change, { ...applied, version: 4, entries: ['update'] }],
  ['update', 'live', 'equal', {}, { ...live, version: 4, entries: ['update'], conflicts: [] }],
  [
    'update',
    'live',
    'stale',
    change,
    { error: 'CONFLICT', ...live, entries: [], conflicts: ['rejected'] },
    { automerge: merged },
  ],
  [
    'update',
    'live',
    'greater',
    change,
    { error: 'CONFLICT', ...live, entries: [], conflicts: ['rejected'] },
    { automerge: merged },
  ],
  ...(['absent', 'equal', 'stale', 'greater'] as const).map((version): Case => [
    'update',
    'tombstone',
    version,
    change,
    { error: 'CONFLICT', ...dead, entries: [], conflicts: ['rejected'] },
    { automerge: { ...dead, entries: [], conflicts: ['rejected'] } },
  ]),
  ['delete', 'live', 'equal', {}, { ...live, version: 4, deleted: true, entries: ['delete'], conflicts: [] }],
  [
    'delete',
    'live',
    'absent',
    {},
    { ...live, version: 4, deleted: true, entries: ['delete'], conflicts: [] },
  ],
  ['delete', 'live', 'stale', {}, { error: 'CONFLICT', ...live, entries: [], conflicts: ['rejected'] }],
  ['delete', 'live', 'greater', {}, { error: 'CONFLICT', ...live, entries: [], conflicts: ['rejected'] }],
  ['delete', 'none', 'absent', {}, { version: null, ...quiet }, { own: { error: 'FORBIDDEN', ...quiet } }],
  ['delete', 'none', 'stale', {}, { version: null, ...quiet }, { own: { error: 'FORBIDDEN', ...quiet } }],
  ...(['absent', 'equal', 'stale', 'greater'] as const).map((version): Case => [
    'delete',
    'tombstone',
    version,
    {},
    { ...dead, ...quiet },
  ]),
];

describe.each(['AUTOMERGE', 'OPTIMISTIC_CONCURRENCY'])('%s', (strategy) => {
  describe.each(['Free', 'Own'])('%s', (rule) => {
    it.each(cases)('%s on %s, version %s, of %j', async (operation, before, version, fields, free, more) => {
      const expected =
        (rule === 'Own' ? more?.own : undefined) ??
        (strategy === 'AUTOMERGE' ? more?.automerge : undefined) ??
        free;
      expect(await play(`${rule}${strategy}`, operation, before, version, fields)).toEqual(expected);
    });
  });
});
