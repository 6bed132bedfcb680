import type { Fields } from '../../wire/graphql/support/call.ts';
import type { Person } from './nodes.ts';
import type { Random } from './random.ts';
import { ITEM, PULL, type Ask } from './replica.ts';

export interface Patch {
  readonly key: string;
  /** Null removes. */
  readonly value: string | null;
  readonly syncCount: number;
}

/** A write that the server acknowledged, as it must be found afterwards. */
export type Acknowledged =
  | {
      readonly kind: 'item';
      readonly model: string;
      readonly operation: string;
      readonly item: Fields;
      /** The version that it was based on; undefined for none. */
      readonly based: number | undefined;
    }
  | {
      readonly kind: 'push';
      readonly who: Person;
      readonly name: string;
      readonly syncCount: number;
      readonly patches: readonly Patch[];
    };

export interface WriterParts {
  readonly who: Person;
  /** Names of people who may be made owners. */
  readonly people: readonly string[];
  readonly device: string;
  readonly ask: Ask;
  readonly random: Random;
  readonly acknowledged: Acknowledged[];
  /** Every push that was sent, by its device id: without an answer it may have been stored or not. */
  readonly attempted: Map<string, readonly Patch[]>;
}

export const DATASETS = ['settings', 'drafts', 'game'] as const;
/** What a write may be answered with. Anything else is a fault. */
const REFUSALS: ReadonlySet<unknown> = new Set(['CONFLICT', 'CONDITION_FAILED', 'FORBIDDEN', 'NOT_FOUND']);
const IDS = 12;

/** One device that writes whatever comes to its mind, often from what is long out of date. */
export function writer(parts: WriterParts) {
  const { who, people, device, ask, random, acknowledged, attempted } = parts;
  const versions = new Map<string, number>();
  let made = 0;
  const text = () => `${random.pick(['a', 'b', 'c'])}-${device}-${made++}`;

  async function mutate(
    field: string,
    model: string,
    input: Fields,
    selection: string,
  ): Promise<Fields | undefined> {
    const operation = /^[a-z]+/.exec(field)?.[0] ?? '';
    const type = `${operation[0]?.toUpperCase()}${operation.slice(1)}${model}Input!`;
    const { data, errors } = await ask(`mutation ($i: ${type}) { ${field}(input: $i) { ${selection} } }`, {
      i: input,
    });
    const [error] = errors;
    if (error !== undefined && !REFUSALS.has(error.extensions?.['code'])) {
      throw new Error(`${field} ${JSON.stringify(input)}: ${JSON.stringify(errors)}`);
    }
    return error === undefined ? ((data?.[field] ?? undefined) as Fields | undefined) : undefined;
  }

  async function writeItem(): Promise<void> {
    const model = random.pick(['Doc', 'Task']);
    const operation = random.pick(['create', 'create', 'update', 'update', 'update', 'update', 'delete']);
    const id = `${model.toLowerCase()}-${random.below(IDS)}`;
    const known = versions.get(id) ?? 1;
    const based = operation === 'create' ? undefined : Math.max(1, known - (random.chance(0.3) ? 1 : 0));
    const input: Record<string, unknown> = { id };
    if (based !== undefined) input['_version'] = based;
    if (operation !== 'delete') {
      input['title'] = text();
      if (random.chance(0.5)) input['body'] = text();
      if (model === 'Doc' && random.chance(0.3)) input['tags'] = [text()];
    }
    // Out of sight, and perhaps back.
    if (operation === 'update' && random.chance(0.4)) {
      if (model === 'Doc') input['owner'] = random.pick(people);
      else input['members'] = [random.pick(people), ...(random.chance(0.5) ? [who.username] : [])];
    }
    const item = await mutate(`${operation}${model}`, model, input, ITEM[model] ?? '');
    if (item === undefined) {
      versions.set(id, known + 1);
      return;
    }
    versions.set(id, Number(item['_version']));
    acknowledged.push({ kind: 'item', model, operation, item, based });
  }

  async function push(): Promise<void> {
    const name = random.pick(DATASETS);
    const { data } = await ask(PULL, { name });
    const found = (data?.['pullDataset'] ?? {}) as { records: Fields[]; sessionToken: string };
    const counts = new Map(found.records.map(({ key, syncCount }) => [String(key), Number(syncCount)]));
    const keys = new Set(Array.from({ length: 1 + random.below(3) }, () => `k${random.below(6)}`));
    const patches = [...keys].map((key) => ({
      key,
      value: random.chance(0.2) ? null : text(),
      // A stale count now and then.
      syncCount: Math.max(0, (counts.get(key) ?? 0) - (random.chance(0.1) ? 1 : 0)),
    }));
    const deviceId = text();
    attempted.set(deviceId, patches);
    const answer = await ask(
      `mutation ($i: PushDatasetInput!) { pushDataset(input: $i) {
        __typename ... on DatasetPushed { syncCount } ... on DatasetConflict { conflicts { key sent current } } } }`,
      {
        i: {
          name,
          deviceId,
          patches: patches.map(({ value, ...patch }) =>
            value === null ? { op: 'REMOVE', ...patch } : { op: 'REPLACE', value, ...patch },
          ),
          ...(random.chance(0.3) ? { sessionToken: found.sessionToken } : {}),
        },
      },
    );
    if (answer.errors.length > 0) throw new Error(`push: ${JSON.stringify(answer.errors)}`);
    const result = answer.data?.['pushDataset'] as Fields;
    if (result['__typename'] !== 'DatasetPushed') return;
    acknowledged.push({ kind: 'push', who, name, syncCount: Number(result['syncCount']), patches });
  }

  async function drop(): Promise<void> {
    const answer = await ask(
      'mutation ($n: String!, $d: ID) { deleteDataset(name: $n, deviceId: $d) { name } }',
      {
        n: random.pick(DATASETS),
        d: device,
      },
    );
    const [error] = answer.errors;
    if (error !== undefined && !REFUSALS.has(error.extensions?.['code']))
      throw new Error(`drop: ${JSON.stringify(answer.errors)}`);
  }

  return async (): Promise<void> => {
    const choice = random.below(20);
    if (choice === 0) return drop();
    return choice < 8 ? push() : writeItem();
  };
}
