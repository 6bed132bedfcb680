import { expect, vi } from 'vitest';
import { decodePosition, topOf } from '../../../src/feed/position.ts';
import type { Fields } from '../../wire/graphql/support/call.ts';
import { liveDevice, type Chain } from './chain.ts';
import { datasetAt, expectedChanges, expectedDatasets, expectedStandard, type Expected } from './expected.ts';
import type { JournalEntry } from './journal.ts';
import type { Nodes, Person } from './nodes.ts';
import type { Random } from './random.ts';
import {
  applyChange,
  applyDataset,
  asker,
  deltaReplica,
  ITEM,
  listed,
  liveReplica,
  pulled,
  type Ask,
  type DatasetCopy,
} from './replica.ts';
import { DATASETS, writer, type Acknowledged, type Patch } from './writer.ts';

/** A filter that rows move in and out of by their titles. */
const FILTER = { title: { beginsWith: 'a' } };
const WAIT = { timeout: 25_000, interval: 20 } as const;
const DATASET_EVENT = 'kind name syncCount records { key value syncCount }';

/** One subscription that a device follows, and what it must have heard at the end. */
interface Followed {
  readonly what: string;
  readonly chain: Chain;
  /** The number after which it began. */
  readonly from: number;
  /** The same for the rights of its caller. */
  readonly horizon: number;
  /** What the journal says that it must hear. `editor`: with the rights of that group. */
  readonly expected: (journal: readonly JournalEntry[], editor: boolean) => readonly Expected[];
}

export interface DeviceParts {
  readonly nodes: Nodes;
  readonly who: Person;
  readonly name: string;
  readonly people: readonly string[];
  readonly random: Random;
  readonly acknowledged: Acknowledged[];
  readonly attempted: Map<string, readonly Patch[]>;
}

/** A device that reads, follows, writes and loses its connection, on whatever node it meets. */
export async function startDevice(parts: DeviceParts) {
  const { nodes, who, name, random } = parts;
  const nextUrl = () => random.pick(nodes.urls);
  const ask: Ask = asker(nextUrl, who.headers);
  const live = liveDevice({ nextUrl, authorization: who.accessToken, away: () => random.below(200) });
  const write = writer({ ...parts, device: name, ask });
  const followed: Followed[] = [];
  const at = async () => String((await ask('{ position }')).data?.['position']);

  function follow(
    what: string,
    query: string,
    after: string,
    expected: Followed['expected'],
    options: Parameters<typeof live.follow>[2] = {},
  ): Chain {
    const chain = live.follow(query, after, options);
    const position = decodePosition(after);
    followed.push({ what, chain, from: topOf(position), horizon: position.horizon, expected });
    return chain;
  }

  /** Items that live events keep. The position comes before the read. */
  async function followItems(model: string, filter: Fields | undefined) {
    const after = await at();
    const copy = liveReplica(() => listed(ask, model, filter), applyChange);
    const byArgument = random.chance(0.5);
    const given = filter === undefined ? '' : `$f: ModelSubscription${model}FilterInput`;
    const query = `subscription ${byArgument ? `($after: String ${given})` : given && `(${given})`} {
      onChange${model}(${byArgument ? 'after: $after ' : ''}${filter === undefined ? 'filter: null' : 'filter: $f'}) {
        kind id item { ${ITEM[model]} } } }`;
    const chain = follow(
      `onChange${model}`,
      query,
      after,
      (journal, editor) => expectedChanges(journal, model, who, editor, filter),
      {
        byArgument,
        variables: filter === undefined ? {} : { f: filter },
      },
    );
    copy.follow(chain);
    await copy.begin();
    return { copy, model, filter };
  }

  const items: Awaited<ReturnType<typeof followItems>>[] = [];
  for (const model of ['Doc', 'Task']) {
    items.push(await followItems(model, undefined), await followItems(model, FILTER));
    for (const operation of ['create', 'update', 'delete'] as const) {
      const field = `on${operation[0]?.toUpperCase()}${operation.slice(1)}${model}`;
      follow(field, `subscription { ${field} { ${ITEM[model]} } }`, await at(), (journal, editor) =>
        expectedStandard(journal, model, who, editor, operation),
      );
    }
  }
  const deltas = ['Doc', 'Task'].flatMap((model) =>
    [undefined, FILTER].map((filter) => ({
      model,
      filter,
      replica: deltaReplica(ask, model, 1 + random.below(6), filter),
    })),
  );
  for (const { replica } of deltas) await replica.sync();

  const readAll = async () => {
    const copies = new Map<string, DatasetCopy>();
    for (const dataset of DATASETS) copies.set(dataset, (await pulled(ask, dataset, undefined)).copy);
    return copies;
  };
  const datasets = liveReplica(readAll, applyDataset);
  const all = follow(
    'datasetChanged',
    `subscription { datasetChanged { ${DATASET_EVENT} } }`,
    await at(),
    (journal) => expectedDatasets(journal, who, undefined),
  );
  datasets.follow(all);
  await datasets.begin();
  const copies = new Map<string, DatasetCopy>();
  const pulls: { readonly dataset: string; readonly copy: DatasetCopy; readonly seq: number }[] = [];
  /** The position of a pull or a push is exact for the caller's datasets. */
  function followDataset(dataset: string, position: string): void {
    follow(
      `datasetChanged(${dataset})`,
      `subscription ($n: String) { datasetChanged(name: $n) { ${DATASET_EVENT} } }`,
      position,
      (journal) => expectedDatasets(journal, who, dataset),
      { variables: { n: dataset } },
    );
  }
  for (const dataset of DATASETS) {
    const { copy, position } = await pulled(ask, dataset, undefined);
    copies.set(dataset, copy);
    followDataset(dataset, position);
  }

  async function pullAgain(dataset: string): Promise<void> {
    copies.set(dataset, (await pulled(ask, dataset, copies.get(dataset), 1 + random.below(4))).copy);
  }

  return {
    who,
    name,
    live,
    ask,
    followed,
    async work(writes: number): Promise<void> {
      for (let done = 0; done < writes; done++) {
        await write();
        if (random.chance(0.08)) live.cut();
        if (random.chance(0.15)) await random.pick(deltas).replica.sync();
        if (random.chance(0.15)) await pullAgain(random.pick(DATASETS));
        if (random.chance(0.1)) {
          const dataset = random.pick(DATASETS);
          // One page: a further one leaves out what changed meanwhile.
          const { copy, position } = await pulled(ask, dataset, undefined, 1024);
          pulls.push({ dataset, copy, seq: topOf(decodePosition(position)) });
          followDataset(dataset, position);
        }
      }
    },
    /** Waits until every stream has come to the last change that it must hear. */
    async caughtUp(journal: readonly JournalEntry[], editor: boolean, message: string): Promise<void> {
      for (const { what, chain, from, expected } of followed) {
        const last = expected(journal, editor).at(-1)?.seq ?? 0;
        await vi.waitFor(() => {
          expect(chain.end, `${message} ${name} ${what}`).toBeUndefined();
          expect(
            Math.max(from, decodePosition(chain.position).horizon),
            `${message} ${name} ${what}`,
          ).toBeGreaterThanOrEqual(last);
        }, WAIT);
      }
    },
    /** What the device has, by live events and by deltas, is what a query returns. */
    async expectSame(message: string): Promise<void> {
      for (const { copy, model, filter } of items) {
        const label = `${message} ${name} live ${model} ${JSON.stringify(filter)}`;
        expect(sorted(await copy.settled()), label).toEqual(sorted(await listed(ask, model, filter)));
      }
      for (const { replica, model, filter } of deltas) {
        await replica.sync();
        const label = `${message} ${name} deltas ${model} ${JSON.stringify(filter)}`;
        expect(sorted(replica.items), label).toEqual(sorted(await listed(ask, model, filter)));
      }
      const fresh = await readAll();
      const heard = await datasets.settled();
      for (const dataset of DATASETS) {
        await pullAgain(dataset);
        expect(copies.get(dataset), `${message} ${name} pulls ${dataset}`).toEqual(fresh.get(dataset));
        expect(heard.get(dataset), `${message} ${name} live ${dataset}`).toEqual(fresh.get(dataset));
      }
    },
    /** What pulls answered while others wrote is what stood at their positions, no more and no less. */
    expectPulls(journal: readonly JournalEntry[], message: string): void {
      for (const { dataset, copy, seq } of pulls) {
        const label = `${message} ${name} a pull of ${dataset} at ${seq}`;
        expect(copy, label).toEqual(datasetAt(journal, who, dataset, seq));
      }
    },
    /** How often a delta turned out to be a base. */
    bases: () => deltas.reduce((sum, { replica }) => sum + replica.bases, 0),
  };
}

export type Device = Awaited<ReturnType<typeof startDevice>>;

function sorted(items: ReadonlyMap<string, Fields>): [string, Fields][] {
  return [...items].sort(([a], [b]) => (a < b ? -1 : 1));
}
