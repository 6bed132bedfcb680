import type { Sealer } from '../auth/sealing.ts';
import type { Clock } from '../base/clock.ts';
import { RockpoolError } from '../base/errors.ts';
import type { Database } from '../database/connection.ts';
import { asUnavailable } from '../database/errors.ts';
import { encodePosition, identityHash } from '../feed/position.ts';
import type {
  Dataset,
  DatasetPage,
  PageRequest,
  Pull,
  PullRequest,
  PushInput,
  PushResult,
} from './dataset.ts';
import { createListing } from './list.ts';
import { createPullTokens, readPullPage, toRecords, type PageRow, type PullPlace } from './pull.ts';
import { pushPatches, storedRecords } from './push.ts';
import { createSessionTokens } from './session-tokens.ts';
import { checkDeviceId, checkName, checkPush, checkSince, pageSize } from './validate.ts';

export interface DatasetsParts {
  readonly database: Pick<Database, 'sql'>;
  readonly sealer: Pick<Sealer, 'signToken' | 'openToken'>;
  readonly clock: Clock;
  /** Called after each commit that changed something. */
  readonly ring: () => void;
  readonly epoch: () => string;
  /** Of this node's reader. */
  readonly horizon: () => number;
  /** Life of a session token. */
  readonly sessionMinutes: number;
}

/**
 * Private key-value stores, with Cognito Sync's meaning. Every call is on one identity and reaches no other.
 * Pulls, pushes and deletions follow one that was merged away to its survivor. All of it throws BAD_USER_INPUT and UNAVAILABLE.
 */
export interface Datasets {
  /** By name. INVALID_PAGE_TOKEN. */
  list(identity: string, request: PageRequest): Promise<DatasetPage>;
  /** Null where there is none. */
  describe(identity: string, name: string): Promise<Dataset | null>;
  /** What changed since a count. UNKNOWN_SYNC_COUNT, INVALID_PAGE_TOKEN. */
  pull(identity: string, request: PullRequest): Promise<Pull>;
  /** All patches or none; a conflict is an answer. LIMIT_EXCEEDED, INVALID_SESSION_TOKEN. */
  push(identity: string, actor: string, input: PushInput): Promise<PushResult>;
  /** Answers with what was deleted, as it was. NOT_FOUND. */
  drop(identity: string, actor: string, name: string, deviceId?: string): Promise<Dataset>;
  /** Forgets spent session tokens that would have expired by now. */
  sweepSpentSessions(): Promise<number>;
}

const MAX_PULL = 1024;

export function createDatasets(parts: DatasetsParts): Datasets {
  const { sql } = parts.database;
  const { ring, epoch, horizon } = parts;
  const sessions = createSessionTokens({ ...parts, minutes: parts.sessionMinutes });
  const pages = createPullTokens(parts.sealer);
  const listing = createListing(sql, parts.sealer);

  const positionOf = (identity: string, from: number, seq: number) =>
    encodePosition({ epoch: epoch(), horizon: from, identity: { hash: identityHash(identity), seq } });

  async function push(identity: string, actor: string, input: PushInput): Promise<PushResult> {
    const token = input.sessionToken;
    const session = token == null ? undefined : sessions.check(token, identity, input.name);
    const from = horizon();
    const outcome = await pushPatches(sql, identity, actor, input, session);
    if (outcome.kind === 'merged') return push(outcome.survivor, actor, input);
    if (outcome.kind === 'conflict') return outcome;
    if (input.patches.length > 0) ring();
    const { syncCount, storedAt, entry } = outcome;
    const records = storedRecords(identity, input, syncCount, storedAt);
    return { kind: 'pushed', records, syncCount, position: positionOf(identity, from, entry) };
  }

  async function pull(identity: string, request: PullRequest): Promise<Pull> {
    const { name, since } = request;
    const limit = pageSize(request.limit, MAX_PULL);
    const place =
      request.nextToken === undefined ? undefined : pages.open(request.nextToken, identity, name, since);
    const from = horizon();
    const start = place?.after ?? { syncCount: since, key: LAST_KEY };
    const upTo = place?.syncCount ?? Number.MAX_SAFE_INTEGER;
    const row = await readPullPage(sql, identity, name, { ...start, upTo }, limit);
    if (row?.mergedInto != null) return pull(row.mergedInto, request);
    const read = row ?? NOTHING;
    const shared = place ?? firstPlace(read, since, positionOf(identity, from, read.lastSeq));
    const rows = read.records ?? [];
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const after = last === undefined ? undefined : { syncCount: last[2], key: last[0] };
    return {
      exists: shared.exists,
      deletedSince: shared.deletedSince,
      syncCount: shared.syncCount,
      records: toRecords(rows.slice(0, limit)),
      mergedDatasets: read.mergedDatasets,
      sessionToken: sessions.issue(identity, name),
      position: shared.position,
      nextToken: after === undefined ? null : pages.issue(identity, name, since, { ...shared, after }),
    };
  }

  return {
    list: (identity, request) => guarded(() => listing.list(identity, request)),
    describe(identity, name) {
      checkName(name, 'name');
      return guarded(() => listing.describe(identity, name));
    },
    pull(identity, request) {
      checkName(request.name, 'name');
      checkSince(request.since);
      return guarded(() => pull(identity, request));
    },
    push(identity, actor, input) {
      checkPush(input);
      return guarded(() => push(identity, actor, input));
    },
    async drop(identity, actor, name, deviceId) {
      checkName(name, 'name');
      checkDeviceId(deviceId, 'deviceId');
      const dropped = await guarded(() => listing.drop(identity, actor, name, deviceId));
      ring();
      return dropped;
    },
    sweepSpentSessions: () =>
      guarded(async () => {
        const swept = await sql`
          delete from rockpool.spent_sessions where expires_at < ${new Date(parts.clock.now())}`;
        return swept.count;
      }),
  };
}

/** Above every key of a count, so that the first page begins with the next count. */
const LAST_KEY = '\u{10FFFF}';

const NOTHING: PageRow = {
  mergedInto: null,
  lastSeq: 0,
  exists: null,
  syncCount: 0,
  deletedAtCount: null,
  mergedDatasets: [],
  records: null,
};

/** What the first page says of the dataset, and all the others after it. */
function firstPlace(row: PageRow, since: number, position: string): Omit<PullPlace, 'after'> {
  if (row.exists === null) return { exists: false, deletedSince: since > 0, syncCount: 0, position };
  if (since > row.syncCount) {
    throw new RockpoolError('UNKNOWN_SYNC_COUNT', `No such SyncCount: ${since} exists for this Dataset`);
  }
  const deletedAt = row.deletedAtCount;
  return {
    exists: row.exists,
    deletedSince: deletedAt !== null && since > 0 && since < deletedAt,
    syncCount: row.syncCount,
    position,
  };
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asUnavailable(error);
  }
}
