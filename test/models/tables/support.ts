import { silentLog } from '../../../src/base/log.ts';
import type { Database } from '../../../src/database/connection.ts';
import { DatabaseRefusal } from '../../../src/database/refusal.ts';
import { applyModels, type ApplyOptions } from '../../../src/models/tables/apply-models.ts';
import { models } from '../sdl/support.ts';

/** What was done, and how often the feed's epoch was ended. */
export interface Outcome {
  readonly changes: readonly string[];
  readonly epochsEnded: number;
}

/** As if no model had ever been applied: cheaper than a database for each test. */
export async function resetModels(database: Database): Promise<void> {
  await database.sql.unsafe(
    'drop schema public cascade; create schema public; delete from rockpool.model_types',
  );
}

export async function apply(
  database: Database,
  sdl: string,
  options: Pick<ApplyOptions, 'lockTimeoutMs'> = {},
): Promise<Outcome> {
  let epochsEnded = 0;
  const { changes } = await applyModels(database, models(sdl), {
    ...options,
    log: silentLog,
    async endEpoch() {
      epochsEnded++;
    },
  });
  return { changes, epochsEnded };
}

/** The sentences of a refusal. */
export async function refusalOf(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DatabaseRefusal) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** Columns of a table as Postgres describes them, in order: `title text not null`. */
export async function columnsOf(database: Database, table: string): Promise<string[]> {
  const rows = await database.sql<{ line: string }[]>`
    select a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || case when l.collname = 'C' then ' C' else '' end
      || case when a.attnotnull then ' not null' else '' end as line
    from pg_attribute a left join pg_collation l on l.oid = a.attcollation
    where a.attrelid = to_regclass(${`public."${table}"`}) and a.attnum > 0 and not a.attisdropped order by a.attnum`;
  return rows.map(({ line }) => line);
}

export async function indexesOf(database: Database, table: string): Promise<string[]> {
  const rows = await database.sql<{ definition: string }[]>`
    select indexdef as definition from pg_indexes where schemaname = 'public' and tablename = ${table} order by indexname`;
  return rows.map(({ definition }) => definition);
}

/** A row with metadata, as the engine would write it; `values` by column. */
export async function insertRow(
  database: Database,
  table: string,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const row: Record<string, unknown> = {
    created_at: '2026-11-22T00:00:00.000Z',
    updated_at: '2026-11-22T00:00:00.000Z',
    _version: 1,
    _last_changed_at: 1,
    ...values,
  };
  const [next] = await database.sql<{ seq: number }[]>`select nextval('rockpool.journal_seq') as seq`;
  row['_seq'] = next?.seq ?? 0;
  const names = Object.keys(row);
  await database.sql.unsafe(
    `insert into public."${table}" (${names.map((name) => `"${name}"`).join(', ')}) select ${names.map((name) => `r."${name}"`).join(', ')}
     from jsonb_populate_record(null::public."${table}", $1::text::jsonb) r`,
    [JSON.stringify(row)],
  );
}
