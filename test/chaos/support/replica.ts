import { graphql, type GraphQLAnswer } from '../../support/server.ts';
import type { Fields } from '../../wire/graphql/support/call.ts';
import type { Chain, ChainEvent } from './chain.ts';

/* What a client keeps: by live events, and by deltas. Each is as simple as contract.md allows. */

export type Ask = (query: string, variables?: Fields) => Promise<GraphQLAnswer>;

/** Asks on a node that is drawn anew each time, and again where the answer says that it is safe to. */
export function asker(nextUrl: () => string, headers: Readonly<Record<string, string>>): Ask {
  return async (query, variables = {}) => {
    for (let attempt = 0; ; attempt++) {
      const answer = await graphql(nextUrl(), headers, query, variables);
      const again = answer.errors.some(({ extensions }) => extensions?.['code'] === 'UNAVAILABLE');
      if (!again || attempt > 100) return answer;
    }
  };
}

export const ITEM: Readonly<Record<string, string>> = {
  Doc: 'id title body tags owner _version _deleted _lastChangedAt',
  Task: 'id title body members _version _deleted _lastChangedAt',
};

/** The value of the one root field, and whether a base was read. */
async function read(ask: Ask, query: string, variables: Fields): Promise<{ value: Fields; base: boolean }> {
  const { data, errors, extensions } = await ask(query, variables);
  if (errors.length > 0) throw new Error(`A read failed: ${JSON.stringify(errors)}`);
  const [value] = Object.values(data ?? {});
  return { value: value as Fields, base: extensions['base'] !== undefined };
}

/** What a query as this caller returns. */
export async function listed(ask: Ask, model: string, filter?: Fields): Promise<Map<string, Fields>> {
  const items = new Map<string, Fields>();
  for (let nextToken: unknown = null; ;) {
    const { value } = await read(
      ask,
      `query ($f: Model${model}FilterInput, $n: String) {
        list${model}s(filter: $f, limit: 100, nextToken: $n) { items { ${ITEM[model]} } nextToken } }`,
      { f: filter ?? null, n: nextToken },
    );
    for (const item of value['items'] as Fields[]) {
      if (item['_deleted'] !== true) items.set(String(item['id']), item);
    }
    nextToken = value['nextToken'];
    if (nextToken === null) return items;
  }
}

/** A copy that deltas keep. */
export function deltaReplica(ask: Ask, model: string, limit: number, filter?: Fields) {
  const items = new Map<string, Fields>();
  let lastSync: number | null = null;
  let bases = 0;
  return {
    items,
    /** How often a base was read where a delta was asked for. */
    get bases() {
      return bases;
    },
    async sync(): Promise<void> {
      const found: Fields[] = [];
      let startedAt: number | undefined;
      let fellBack = false;
      for (let nextToken: unknown = null; ;) {
        const { value, base } = await read(
          ask,
          `query ($f: Model${model}FilterInput, $l: AWSTimestamp, $n: String, $s: Int) {
            sync${model}s(filter: $f, lastSync: $l, nextToken: $n, limit: $s) {
              items { ${ITEM[model]} } nextToken startedAt } }`,
          { f: filter ?? null, l: lastSync, n: nextToken, s: limit },
        );
        found.push(...(value['items'] as Fields[]));
        fellBack ||= base;
        startedAt ??= Number(value['startedAt']);
        nextToken = value['nextToken'];
        if (nextToken === null) break;
      }
      if (fellBack) {
        bases++;
        items.clear();
      }
      for (const item of found) {
        if (item['_deleted'] === true) items.delete(String(item['id']));
        else items.set(String(item['id']), item);
      }
      lastSync = startedAt ?? null;
    },
  };
}

export type DeltaReplica = ReturnType<typeof deltaReplica>;

/**
 * A copy that live events keep: a read, then every event in order; after RESYNC a new read below what comes. What a
 * read held may come again as events, which end where the read stood.
 */
export function liveReplica<T>(read: () => Promise<T>, apply: (state: T, event: ChainEvent) => void) {
  let state: T | undefined;
  let waiting: ChainEvent[] = [];
  let reading: Promise<void> = Promise.resolve();

  async function readAgain(): Promise<void> {
    const mine: ChainEvent[] = [];
    waiting = mine;
    state = undefined;
    const found = await read();
    // Another RESYNC came meanwhile: its own read counts.
    if (waiting !== mine) return;
    state = found;
    for (const event of mine) apply(found, event);
  }

  return {
    begin: () => (reading = readAgain()),
    follow(chain: Chain): void {
      chain.onEvent((event) => {
        if (event.resync) reading = Promise.all([reading, readAgain()]).then(() => undefined);
        else if (state === undefined) waiting.push(event);
        else apply(state, event);
      });
    },
    /** What the client has, when no read is under way. */
    async settled(): Promise<T> {
      await reading;
      if (state === undefined) throw new Error('There was no read yet.');
      return state;
    },
  };
}

/** `onChange…` on items by id. */
export function applyChange(items: Map<string, Fields>, { value }: ChainEvent): void {
  const id = String(value?.['id']);
  if (value?.['kind'] === 'GONE' || value?.['kind'] === 'DELETED') items.delete(id);
  else if (value !== null) items.set(id, value['item'] as Fields);
}

/** `datasetChanged` on copies by name. */
export function applyDataset(copies: Map<string, DatasetCopy>, { value }: ChainEvent): void {
  if (value === null) return;
  const name = String(value['name']);
  const records = new Map(value['kind'] === 'DELETED' ? [] : copies.get(name)?.records);
  for (const { key, value: text, syncCount } of value['records'] as RecordView[]) {
    if (text === null) records.delete(key);
    else records.set(key, { value: text, syncCount });
  }
  copies.set(name, { syncCount: Number(value['syncCount']), records });
}

interface RecordView {
  readonly key: string;
  readonly value: string | null;
  readonly syncCount: number;
}

export interface DatasetCopy {
  readonly syncCount: number;
  /** Value and count by key. */
  readonly records: ReadonlyMap<string, { value: string; syncCount: number }>;
}

export const PULL = `query ($name: String!, $since: Long, $limit: Int, $nextToken: String) {
  pullDataset(name: $name, since: $since, limit: $limit, nextToken: $nextToken) {
    exists deletedSince syncCount records { key value syncCount } sessionToken position nextToken } }`;

/** Pulls what changed since a copy was taken, and answers the copy that results. */
export async function pulled(
  ask: Ask,
  name: string,
  copy: DatasetCopy | undefined,
  limit = 5,
): Promise<{ copy: DatasetCopy; exists: boolean; position: string }> {
  const records = new Map(copy?.records);
  let first: Fields | undefined;
  for (let nextToken: unknown = null; ;) {
    const since = copy?.syncCount ?? 0;
    const { value } = await read(ask, PULL, { name, since, limit, nextToken });
    if (first === undefined && value['deletedSince'] === true) records.clear();
    first ??= value;
    for (const { key, value: text, syncCount } of value['records'] as RecordView[]) {
      if (text === null) records.delete(key);
      else records.set(key, { value: text, syncCount });
    }
    nextToken = value['nextToken'];
    if (nextToken !== null) continue;
    return {
      copy: { syncCount: Number(first['syncCount']), records },
      exists: first['exists'] === true,
      position: String(first['position']),
    };
  }
}
