import { canonicalJson } from '../../base/json.ts';
import type { Log } from '../../base/log.ts';
import type { Database, Transaction } from '../../database/connection.ts';
import { codeOf } from '../../database/errors.ts';
import { DatabaseRefusal } from '../../database/refusal.ts';
import type { Schema } from '../model.ts';
import { qualified } from './columns.ts';
import { findDrift, withoutLost } from './drift.ts';
import { planChanges, type Plan } from './plan.ts';
import { areSameShapes, shapesOf, type Shapes } from './shape.ts';
import { readState, type State } from './state.ts';

export interface ApplyOptions {
  readonly log: Log;
  /**
   * Ends the feed's epoch, in the transaction given: a change may leave images in the journal that do not fit the
   * schema any more (a field that is required now), so nobody may be shown them.
   */
  readonly endEpoch: (sql: Transaction) => Promise<void>;
  /** How long to wait for a table that is in use, ms; default 10 000. Writers wait behind us, and give up after 2 s. */
  readonly lockTimeoutMs?: number;
}

/** What was done, a sentence each; empty on most starts. */
export interface AppliedModels {
  readonly changes: readonly string[];
}

/**
 * Makes the tables of `public` fit the models: new types, new fields, new values of enums, and whatever else loses
 * nothing. All in one transaction, under a lock, so that any number of nodes may start at once. Throws a
 * DatabaseRefusal that names everything that would be lost and what to do about it; then nothing was changed.
 *
 * Where nothing is to be done it costs one statement.
 */
export async function applyModels(
  database: Database,
  schema: Schema,
  options: ApplyOptions,
): Promise<AppliedModels> {
  const wanted = shapesOf(schema);
  if (await isApplied(database, wanted)) return { changes: [] };
  const session = database.session();
  try {
    const changes = await session.begin((sql) => applyUnderLock(sql, wanted, options));
    for (const change of changes) options.log.info({ change }, 'the tables of the models were changed');
    return { changes };
  } catch (error) {
    throw explain(error);
  } finally {
    await session.end({ timeout: 5 });
  }
}

/**
 * What `applyModels` would do, without doing it: for starts that may not change the database. Throws as it does.
 */
export async function pendingChanges(database: Database, schema: Schema): Promise<readonly string[]> {
  const wanted = shapesOf(schema);
  if (await isApplied(database, wanted)) return [];
  const changes = await database.sql.begin(async (sql) => {
    const { steps } = await checkedPlan(sql, wanted);
    return steps.map(({ summary }) => summary);
  });
  return changes as string[];
}

/** Two integers: a space of its own beside the journal's locks, which are one bigint each. */
const LOCK = [21_103, 2] as const;

async function applyUnderLock(
  sql: Transaction,
  wanted: Shapes,
  { endEpoch, lockTimeoutMs = 10_000 }: ApplyOptions,
): Promise<string[]> {
  await sql`
    select set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true),
      set_config('idle_in_transaction_session_timeout', '0', true)`;
  await sql`select pg_advisory_xact_lock(${LOCK[0]}, ${LOCK[1]})`;
  await sql`select set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`;
  const { steps, shapes } = await checkedPlan(sql, wanted, lockTables);
  for (const statement of steps.flatMap(({ statements }) => statements)) await sql.unsafe(statement);
  await writeShapes(sql, shapes);
  if (steps.some(({ narrows }) => narrows)) await endEpoch(sql);
  return steps.map(({ summary }) => summary);
}

/** Nothing to change, and nothing to remember. */
async function isApplied(database: Database, wanted: Shapes): Promise<boolean> {
  const state = await readState(database.sql, tableNames(wanted));
  if (findDrift(state, wanted).length > 0) return false;
  const { steps, shapes } = planChanges(withoutLost(state, wanted), wanted);
  return steps.length === 0 && areSameShapes(shapes, state.applied);
}

/** The plan, every check of it answered; throws where one forbids it. */
async function checkedPlan(
  sql: Transaction,
  wanted: Shapes,
  beforeChecks: (sql: Transaction, plan: Plan) => Promise<void> = async () => undefined,
): Promise<Plan> {
  const state: State = await readState(sql, tableNames(wanted));
  const drift = findDrift(state, wanted);
  if (drift.length > 0) throw refusal(drift);
  const plan = planChanges(withoutLost(state, wanted), wanted);
  await beforeChecks(sql, plan);
  const problems: string[] = [];
  for (const check of plan.steps.flatMap(({ checks }) => checks)) {
    const [row] = await sql.unsafe<{ count: number }[]>(check.question);
    if (row !== undefined && row.count > 0) problems.push(check.refusal(row.count));
  }
  if (problems.length > 0) throw refusal(problems);
  return plan;
}

/** What a check has found must still hold when the statements run. In order of names: two would not wait in a circle. */
async function lockTables(sql: Transaction, plan: Plan): Promise<void> {
  const tables = new Set(plan.steps.flatMap(({ checks }) => checks.map(({ table }) => table)));
  for (const table of [...tables].toSorted()) {
    await sql.unsafe(`lock table ${qualified(table)} in access exclusive mode`);
  }
}

async function writeShapes(sql: Transaction, shapes: Shapes): Promise<void> {
  const names = [...shapes.keys()];
  const texts = [...shapes.values()].map((shape) => canonicalJson(shape));
  await sql`delete from rockpool.model_types where name <> all(${names}::text[])`;
  await sql`
    insert into rockpool.model_types (name, shape, applied_at)
    select name, shape, clock_timestamp() from unnest(${names}::text[], ${texts}::text[]) as t (name, shape)
    on conflict (name) do update set shape = excluded.shape, applied_at = excluded.applied_at
    where rockpool.model_types.shape <> excluded.shape`;
}

function tableNames(shapes: Shapes): string[] {
  return [...shapes.values()].flatMap((shape) => (shape.kind === 'model' ? [shape.table] : []));
}

function refusal(problems: readonly string[]): DatabaseRefusal {
  return new DatabaseRefusal(
    [
      'The models do not fit the database as it is; nothing was changed.',
      ...problems.map((problem) => `- ${problem}`),
    ].join('\n'),
  );
}

const INSUFFICIENT_PRIVILEGE = '42501';
const LOCK_NOT_AVAILABLE = '55P03';

function explain(error: unknown): unknown {
  const code = codeOf(error);
  if (code === INSUFFICIENT_PRIVILEGE) {
    return refusal([
      'The database user may not make or change tables in the schema public. Grant it (grant create on schema public ' +
        'to …) and let it own the tables of the models.',
    ]);
  }
  if (code === LOCK_NOT_AVAILABLE) {
    return refusal([
      'A table of a model was in use for too long, so it could not be changed. Try again, or look for a long ' +
        'transaction in pg_stat_activity.',
    ]);
  }
  return error;
}
