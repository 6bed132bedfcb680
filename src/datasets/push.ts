import { RockpoolError } from '../base/errors.ts';
import type { Sql } from '../database/connection.ts';
import type { DatasetRecord, PushInput, RecordConflict } from './dataset.ts';
import { invalidSession, type Session } from './session-tokens.ts';

/** What `rockpool.push_dataset` answers; drizzle/0002_push_dataset.sql says what each outcome means. */
interface PushRow {
  readonly outcome: 'pushed' | 'conflict' | 'spent' | 'datasets' | 'records' | 'bytes' | 'merged' | 'unknown';
  readonly newCount: number | null;
  readonly storedAt: number | null;
  readonly entry: number | null;
  readonly detail: unknown;
}

/** How a push ended in the database. `entry` is the identity's last number in the journal. */
export type PushOutcome =
  | { readonly kind: 'pushed'; readonly syncCount: number; readonly storedAt: number; readonly entry: number }
  | { readonly kind: 'conflict'; readonly syncCount: number; readonly conflicts: readonly RecordConflict[] }
  | { readonly kind: 'merged'; readonly survivor: string };

const TEXT_ARRAY = 1009;
const INT8_ARRAY = 1016;

/** One statement, whatever the number of patches. Throws INVALID_SESSION_TOKEN and LIMIT_EXCEEDED. */
export async function pushPatches(
  sql: Sql,
  identity: string,
  actor: string,
  { name, patches, deviceId }: PushInput,
  session: Session | undefined,
): Promise<PushOutcome> {
  const keys = patches.map(({ key }) => key);
  const values = patches.map(({ op, value }) => (op === 'REMOVE' ? null : (value ?? null)));
  const counts = patches.map(({ syncCount }) => syncCount);
  const times = patches.map(({ deviceLastModifiedAt: at }) => (at == null ? null : Date.parse(at)));
  const [row] = await sql<PushRow[]>`
    select outcome, new_count as "newCount", stored_at as "storedAt", entry, detail
    from rockpool.push_dataset(${identity}, ${name},
      ${sql.array(keys, TEXT_ARRAY)}, ${sql.array(values, TEXT_ARRAY)}, ${sql.array(counts, INT8_ARRAY)},
      ${sql.array(times, INT8_ARRAY)}, ${actor}, ${deviceId ?? null}, ${session?.id ?? null},
      ${session?.expiresAt ?? null})`;
  if (row === undefined) throw new Error('push_dataset answered no row');
  return outcomeOf(row, identity);
}

function outcomeOf({ outcome, newCount, storedAt, entry, detail }: PushRow, identity: string): PushOutcome {
  switch (outcome) {
    case 'pushed':
      return { kind: 'pushed', syncCount: newCount ?? 0, storedAt: storedAt ?? 0, entry: entry ?? 0 };
    case 'conflict':
      return {
        kind: 'conflict',
        syncCount: newCount ?? 0,
        conflicts: (detail as RecordConflict[]).map(withIsoTimes),
      };
    case 'merged':
      return { kind: 'merged', survivor: String(detail) };
    case 'spent':
      throw invalidSession();
    case 'datasets':
    case 'records':
    case 'bytes':
      throw limitExceeded(outcome, detail as { limit: number; would: number });
    case 'unknown':
      throw new Error(`there is no identity ${identity}`);
  }
}

const LIMITS = {
  datasets: (limit: number, would: number) =>
    `an identity has at most ${limit} datasets, and this push would make number ${would}`,
  records: (limit: number, would: number) =>
    `a dataset has at most ${limit} records, and with this push it would have ${would}`,
  bytes: (limit: number, would: number) =>
    `keys and values of a dataset have at most ${limit} bytes, and with this push they would have ${would}`,
};

function limitExceeded(
  what: keyof typeof LIMITS,
  { limit, would }: { limit: number; would: number },
): RockpoolError {
  return new RockpoolError('LIMIT_EXCEEDED', `Nothing was changed: ${LIMITS[what](limit, would)}.`);
}

/** Postgres writes times in JSON without a zone and without closing zeros. */
function withIsoTimes(conflict: RecordConflict): RecordConflict {
  const iso = (text: string) => new Date(`${text}Z`).toISOString();
  const { record } = conflict;
  return {
    ...conflict,
    record: {
      ...record,
      lastModifiedAt: iso(record.lastModifiedAt),
      deviceLastModifiedAt: iso(record.deviceLastModifiedAt),
    },
  };
}

/** The records as stored: what was sent, with the count and the time that all of them got. */
export function storedRecords(
  identity: string,
  { patches, deviceId }: PushInput,
  syncCount: number,
  storedAt: number,
): readonly DatasetRecord[] {
  const lastModifiedAt = new Date(storedAt).toISOString();
  const lastModifiedBy = deviceId ?? identity;
  return patches.map(({ op, key, value, deviceLastModifiedAt: at }) => ({
    key,
    value: op === 'REMOVE' ? null : (value ?? null),
    syncCount,
    lastModifiedAt,
    lastModifiedBy,
    deviceLastModifiedAt: at == null ? lastModifiedAt : new Date(at).toISOString(),
  }));
}
