import { createSealer } from '../../src/auth/sealing.ts';
import { manualClock } from '../../src/base/clock.ts';
import { RockpoolError } from '../../src/base/errors.ts';
import { uuid } from '../../src/base/ids.ts';
import type { PatchInput, PushResult } from '../../src/datasets/dataset.ts';
import { createDatasets, type Datasets } from '../../src/datasets/datasets.ts';
import { horizonOf } from '../../src/feed/replay.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

export const EPOCH = 'epoch';
export const ACTOR = 'user:pool/sub';

/** The engine over a database of its own, with a clock that stands still. */
export async function testEngine(given?: TestDatabase) {
  const database = given ?? (await testDatabase());
  const clock = manualClock();
  const node = { horizon: await horizonOf(database.sql), rings: 0 };
  const engine = createDatasets({
    database,
    sealer: createSealer([Buffer.alloc(32, 3)]),
    clock,
    ring: () => {
      node.rings++;
    },
    epoch: () => EPOCH,
    horizon: () => node.horizon,
    sessionMinutes: 60,
  });
  return { database, clock, node, engine };
}

/** A new identity. */
export async function newIdentity({ sql }: TestDatabase): Promise<string> {
  const id = `us-east-1:${uuid()}`;
  await sql`
    insert into rockpool.identities (id, identity_pool_id, created_at, last_modified_at, last_seq, dataset_count)
    values (${id}, 'pool', now(), now(), 0, 0)`;
  return id;
}

export const put = (key: string, value: string, syncCount = 0): PatchInput => ({
  op: 'REPLACE',
  key,
  value,
  syncCount,
});
export const take = (key: string, syncCount: number): PatchInput => ({ op: 'REMOVE', key, syncCount });

/** A push that must succeed; its count. */
export async function pushed(
  engine: Datasets,
  identity: string,
  name: string,
  ...patches: readonly PatchInput[]
): Promise<number> {
  const result = await engine.push(identity, ACTOR, { name, patches });
  if (result.kind !== 'pushed') throw new Error(`a conflict: ${JSON.stringify(result.conflicts)}`);
  return result.syncCount;
}

/** What a result says in a word or two: `3` for the count of a push, `a: 2 < 3` for each conflict. */
export function brief(result: PushResult): string {
  if (result.kind === 'pushed') return String(result.syncCount);
  return result.conflicts.map(({ key, sent, current }) => `${key}: ${sent} < ${current}`).join(', ');
}

/** Code of what a call rejects with, and the argument it names. */
export async function refusal(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof RockpoolError)) throw error;
    const { argument } = error.details;
    return argument === undefined ? error.code : `${error.code} ${argument}`;
  }
  return 'accepted';
}

/** Everything of a dataset, over all pages: key to value, null for tombstones. */
export async function contents(
  engine: Datasets,
  identity: string,
  name: string,
  since = 0,
): Promise<Map<string, { value: string | null; syncCount: number }>> {
  const found = new Map<string, { value: string | null; syncCount: number }>();
  let nextToken: string | undefined;
  do {
    const page = await engine.pull(identity, { name, since, limit: 7, nextToken });
    for (const { key, value, syncCount } of page.records) found.set(key, { value, syncCount });
    nextToken = page.nextToken ?? undefined;
  } while (nextToken !== undefined);
  return found;
}
