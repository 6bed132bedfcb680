import type { UserCaller } from '../src/auth/caller.ts';
import type { Sql } from '../src/database/connection.ts';
import type { PushInput } from '../src/datasets/dataset.ts';
import { readPullPage, type PageRow } from '../src/datasets/pull.ts';
import { pushPatches } from '../src/datasets/push.ts';
import { createMarks } from '../src/feed/marks.ts';
import { rightsChangedSince } from '../src/models/engine/rights.ts';
import { buildStatements } from '../src/models/engine/statements.ts';
import type { Item, Model } from '../src/models/model.ts';

export interface PushRequest {
  readonly identity: string;
  readonly actor: string;
  readonly input: PushInput;
}

export interface PullRequest {
  readonly identity: string;
  readonly name: string;
  readonly since: number;
  readonly limit: number;
}

export interface SyncRequest {
  readonly caller: UserCaller;
  readonly model: string;
  /** `startedAt` of an earlier sync. */
  readonly lastSync: number;
  readonly limit: number;
}

/** A row as `sync` reads it, with what the engine takes off before it answers. */
export type SyncRow = Item & Readonly<Record<'_seq' | '_more' | '_floor' | '_epoch', unknown>>;

/**
 * What the product asks Postgres for one request of each kind, and nothing around it: no checks, no rights, no tokens,
 * no GraphQL. The text is the product's own, taken from its rooms.
 */
export interface Statements {
  /** New count, and the time that the records got. */
  push(request: PushRequest): Promise<{ readonly syncCount: number; readonly storedAt: number }>;
  pull(request: PullRequest): Promise<PageRow>;
  sync(request: SyncRequest): Promise<{ readonly startedAt: number; readonly rows: readonly SyncRow[] }>;
}

/** Above every key of a count. */
const LAST_KEY = '\u{10FFFF}';

export function createStatements(sql: Sql, models: readonly Model[]): Statements {
  const deltas = new Map(models.map((model) => [model.name, buildStatements(model).delta]));
  const marks = createMarks({ database: { sql }, epoch: () => '' });
  return {
    async push({ identity, actor, input }) {
      const outcome = await pushPatches(sql, identity, actor, input, undefined);
      if (outcome.kind !== 'pushed') throw new Error(`a push ended with ${outcome.kind}`);
      return outcome;
    },
    async pull({ identity, name, since, limit }) {
      const from = { syncCount: since, key: LAST_KEY, upTo: Number.MAX_SAFE_INTEGER };
      const row = await readPullPage(sql, identity, name, from, limit);
      if (row === undefined) throw new Error(`there is no identity ${identity}`);
      return row;
    },
    async sync({ caller, model, lastSync, limit }) {
      const [mark, last] = await Promise.all([marks.take(), marks.at(lastSync)]);
      if (last === undefined || (await rightsChangedSince(sql, caller, last)))
        throw new Error('no delta can be read: the bench has lost its mark');
      const values = [last.horizon, mark.horizon, limit + 1];
      const rows = await sql.unsafe<SyncRow[]>(deltas.get(model) ?? '', values, { prepare: true });
      return { startedAt: mark.ms, rows };
    },
  };
}
