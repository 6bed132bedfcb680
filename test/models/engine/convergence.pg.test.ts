/**
 * Promise 3: what a client has after a full sync and deltas is what a query as that caller returns; whatever was
 * written meanwhile, by whom, and whatever moved into and out of the client's sight.
 */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { Caller, UserCaller } from '../../../src/auth/caller.ts';
import { RockpoolError } from '../../../src/base/errors.ts';
import { topics } from '../../../src/feed/journal.ts';
import { matches } from '../../../src/models/filter/evaluate.ts';
import type { FilterInput } from '../../../src/models/filter/filter.ts';
import { parseFilter } from '../../../src/models/filter/parse.ts';
import type { Item } from '../../../src/models/model.ts';
import { grantsFor, isVisible } from '../../../src/models/rules.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { createWorld, user, type World } from './setup.ts';

const SDL = ['AUTOMERGE', 'OPTIMISTIC_CONCURRENCY']
  .map(
    (strategy) => `
      type ${strategy === 'AUTOMERGE' ? 'Merged' : 'Strict'} @model @conflict(strategy: ${strategy}) @auth(rules: [
        { allow: owner }
        { allow: owner, ownerField: "editors", operations: [update, read] }
        { allow: groups, groups: ["Admin"], operations: [read, update] }
      ]) { title: String n: Int owner: String editors: [String] }`,
  )
  .join('\n');

let database: TestDatabase;
let world: World;
beforeAll(async () => {
  database = await testDatabase({ connections: 12 });
  world = await createWorld(database, SDL);
});

const NAMES = ['ada', 'bob', 'gil'] as const;
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const FILTERS: readonly (FilterInput | undefined)[] = [
  undefined,
  { n: { gt: 3 } },
  { _deleted: { ne: true } },
  { not: { editors: { contains: 'bob' } } },
  { or: [{ title: { beginsWith: 'x' } }, { n: { attributeExists: false } }] },
];

type Operation =
  | {
      kind: 'create' | 'update' | 'delete';
      who: string;
      id: string;
      fields: Record<string, unknown>;
      stale: boolean;
    }
  | { kind: 'sync'; client: number; limit: number }
  | { kind: 'groups' }
  | { kind: 'retain' };

const fields = fc.record(
  {
    title: fc.constantFrom('x', 'xy', 'z'),
    n: fc.option(fc.nat(6)),
    owner: fc.constantFrom(...NAMES),
    editors: fc.option(fc.subarray([...NAMES])),
  },
  { requiredKeys: [] },
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom('create' as const, 'update' as const, 'update' as const, 'delete' as const),
      who: fc.constantFrom(...NAMES, 'root'),
      id: fc.constantFrom(...IDS),
      fields,
      stale: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      client: fc.nat(1000),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'groups' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'retain' as const }) },
);

/** A device: it holds what it was sent, as DataStore does. */
interface Client {
  readonly who: string;
  readonly filter: FilterInput | undefined;
  readonly held: Map<string, Item>;
  lastSync: number;
  busy: Promise<void>;
}

it.each(['Merged', 'Strict'])('%s: clients that sync hold what a query returns', async (name) => {
  const model = world.model(name);

  async function play(rounds: readonly (readonly Operation[])[]): Promise<void> {
    await database.sql.unsafe(`truncate public.${model.table}`);
    let gilIsAdmin = false;
    const callerOf = (who: string): Caller =>
      who === 'root' ? { kind: 'root' } : user(who, { groups: who === 'gil' && gilIsAdmin ? ['Admin'] : [] });
    const clients: Client[] = NAMES.flatMap((who) =>
      FILTERS.map((filter) => ({
        who,
        filter,
        held: new Map<string, Item>(),
        lastSync: 0,
        busy: Promise.resolve(),
      })),
    );

    async function write({
      kind,
      who,
      id,
      fields: given,
      stale,
    }: Extract<Operation, { who: string }>): Promise<void> {
      const caller = callerOf(who);
      const version = stale ? { _version: 1 } : {};
      try {
        if (kind === 'delete') await world.models.delete(model, caller, { id, ...version });
        else await world.models[kind](model, caller, { id, ...given, ...(kind === 'update' ? version : {}) });
      } catch (error) {
        // Many are refused. What is unavailable is a fault here: nobody holds a lock for long.
        if (!(error instanceof RockpoolError) || error.code === 'UNAVAILABLE') throw error;
      }
    }

    async function sync(client: Client, limit: number): Promise<void> {
      let nextToken: string | null | undefined;
      const brought = new Map<string, Item>();
      let base: boolean;
      let startedAt: number;
      do {
        const page = await world.models.sync(model, callerOf(client.who), {
          filter: client.filter,
          limit,
          lastSync: client.lastSync,
          nextToken: nextToken ?? undefined,
        });
        for (const item of page.items) brought.set(String(item['id']), item);
        ({ nextToken, base, startedAt } = page);
      } while (nextToken !== null);
      if (base) client.held.clear();
      for (const [id, item] of brought) {
        if (item._deleted === true) client.held.delete(id);
        else client.held.set(id, item);
      }
      client.lastSync = startedAt;
    }

    async function changeGroups(): Promise<void> {
      const { poolId, sub } = user('gil') satisfies UserCaller;
      await database.sql`select rockpool.journal_append(${topics.caller(poolId, sub)}, 'gil', 0, 'groups', null, null, null, null)`;
      gilIsAdmin = !gilIsAdmin;
    }

    async function retain(): Promise<void> {
      const [row] = await database.sql<{ floor: number }[]>`
        update rockpool.feed_state set floor = greatest(floor, rockpool.journal_horizon()) returning floor`;
      await world.models.purgeTombstones(row?.floor ?? 0);
    }

    function run(one: Operation): Promise<void> {
      switch (one.kind) {
        case 'sync': {
          const client = clients[one.client % clients.length];
          if (client === undefined) throw new Error('no client');
          client.busy = client.busy.then(() => sync(client, one.limit));
          return client.busy;
        }
        case 'groups':
          return changeGroups();
        case 'retain':
          return retain();
        default:
          return write(one);
      }
    }

    for (const round of rounds) await Promise.all(round.map(run));

    const everything = await world.models.list(model, { kind: 'root' }, { deleted: false });
    for (const client of clients) {
      await sync(client, 3);
      const caller = callerOf(client.who);
      const { items } = await world.models.list(model, caller, { filter: client.filter, deleted: false });
      const parsed = client.filter && parseFilter(model, client.filter, 'filter');
      const grant = grantsFor(model, caller, 'list');
      const expected = everything.items.filter(
        (item) => isVisible(grant, item) && (parsed === undefined || matches(parsed, item)),
      );
      expect(items).toEqual(expected);
      const held = [...client.held.values()].toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
      expect(held, `${client.who} ${JSON.stringify(client.filter)}`).toEqual(expected);
    }
  }

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { minLength: 1, maxLength: 8 }), {
        minLength: 4,
        maxLength: 16,
        size: 'max',
      }),
      play,
    ),
    { numRuns: 15 },
  );
});
