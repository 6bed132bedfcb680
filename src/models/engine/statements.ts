import { CONFLICT_COLUMNS } from '../conflicts.ts';
import type { Field, Model } from '../model.ts';
import { qualified, quoted } from '../tables/columns.ts';
import { columnType } from '../tables/sql-type.ts';
import { pageSql } from './pages.ts';

/**
 * The statements of one model, built once. Their text is fixed, whatever fields a change has, so each is prepared
 * once on a connection: a write hands over the whole item as one JSON text, from which the columns are filled and
 * which is the journal's image too. Numbers and text pass through jsonb unchanged.
 */
export interface Statements {
  /** The item's members under their GraphQL names. */
  readonly columns: string;
  /** `$1` key → the members, `_seq`; nulls where there is no row. `_now`: milliseconds by Postgres' clock. */
  readonly read: string;
  /** As `read`, but waits for the row and holds it; no row, no line. */
  readonly lock: string;
  /** `$1` image, `$2` topic, `$3` key, `$4` actor. No line where the key is taken. */
  readonly insert: string;
  /**
   * `$1` image, `$2` topic, `$3` key, `$4` actor, `$5` `_seq` of the row that it replaces, `$6` image of that row (null
   * when the item is made anew), `$7` operation. No line where the row is no longer that one.
   */
  readonly replace: string;
  /** As `replace`; from `$8` on a conflict, kept with it. */
  readonly replaceAndKeep: string;
  /**
   * `$1` exclusive, `$2` inclusive, `$3` how many: a page of changed rows in the order of `_seq`. A line without `_seq`
   * says that there are none; `_floor` and `_epoch` are of the same snapshot.
   */
  readonly delta: string;
  /** `$1` floor, `$2` how many at most. */
  readonly purge: string;
}

/** `$1` and on: a conflict. */
export const KEEP_CONFLICT = `insert into rockpool.conflicts (${conflictColumns()}) values (${conflictParameters(1)})`;

export function buildStatements(model: Model): Statements {
  const table = qualified(model.table);
  const columns = itemColumns(model);
  const now = `floor(extract(epoch from clock_timestamp()) * 1000)::bigint as "_now"`;
  // @NOTE one column until custom keys come.
  const key = quoted('id');
  return {
    columns,
    read:
      `select c.*, t.* from (select ${now}) c ` +
      `left join (select ${columns}, "_seq" from ${table} where ${key} = $1::text) t on true`,
    lock: `select ${now}, ${columns}, "_seq" from ${table} where ${key} = $1::text for update`,
    insert: insertStatement(model, table, key),
    replace: replaceStatement(model, table, key, ''),
    replaceAndKeep: replaceStatement(
      model,
      table,
      key,
      `, kept as (insert into rockpool.conflicts (${conflictColumns()}) select ${conflictParameters(8)} from written)`,
    ),
    delta:
      `select s.floor as "_floor", s.epoch as "_epoch", t.* from rockpool.feed_state s left join (` +
      pageSql(model, columns, {
        where: `"_seq" > $1::bigint and "_seq" <= $2::bigint`,
        order: '_seq',
        limit: '$3',
      }) +
      `) t on true where s.id = 1 order by t."_seq"`,
    purge:
      `delete from ${table} where ctid = any(array(select ctid from ${table} ` +
      `where "_deleted" and "_seq" <= $1::bigint limit $2::bigint for update skip locked))`,
  };
}

function itemColumns({ fields }: Model): string {
  return [
    ...fields.map(({ name, column }) =>
      name === column ? quoted(name) : `${quoted(column)} as ${quoted(name)}`,
    ),
    '"_version"',
    '"_deleted"',
    '"_last_changed_at" as "_lastChangedAt"',
  ].join(', ');
}

const IMAGE = `image as materialized (select $1::text::jsonb as j)`;

/**
 * The number is drawn before the key is known to be free. That is in order all the same: only one insert of a key
 * succeeds, and whoever changes the item afterwards has read it committed, so draws a higher one.
 */
function insertStatement(model: Model, table: string, key: string): string {
  const columns = [...model.fields.map(({ column }) => quoted(column)), ...METADATA, '"_seq"'];
  return (
    `with ${IMAGE}, drawn as materialized (select rockpool.journal_draw() as seq), ` +
    `written as (insert into ${table} (${columns.join(', ')}) ` +
    `select ${[...values(model), 'drawn.seq'].join(', ')} from image i, drawn ` +
    `on conflict (${key}) do nothing returning "_seq") ` +
    journal(`'create'`, 'null::jsonb')
  );
}

/**
 * Changes the row only if it is still the one that the change was made from: `_seq` is other after every change. The
 * row is locked first and the number drawn then, so per item the order of numbers is the order of versions, and no
 * number is held back while the statement waits for another writer.
 */
function replaceStatement(model: Model, table: string, key: string, also: string): string {
  const names = [...model.fields.map(({ column }) => quoted(column)), ...METADATA, '"_seq"'];
  const filled = [...values(model), 'drawn.seq'];
  const set = names.map((name, index) => `${name} = ${filled[index]}`);
  const same = `${key} = $3::text and "_seq" = $5::bigint`;
  return (
    `with ${IMAGE}, locked as materialized (select 1 from ${table} where ${same} for update), ` +
    `drawn as materialized (select rockpool.journal_draw() as seq from locked), ` +
    `written as (update ${table} set ${set.join(', ')} from image i, drawn where ${same} ` +
    `returning "_seq")${also} ` +
    journal('$7::text', '$6::text::jsonb')
  );
}

const METADATA = ['"_version"', '"_deleted"', '"_last_changed_at"'];

/** What the image holds, in the order of the fields and METADATA. */
function values({ fields }: Model): string[] {
  return [
    ...fields.map(valueOf),
    `(i.j ->> '_version')::integer`,
    `(i.j ->> '_deleted')::boolean`,
    `(i.j ->> '_lastChangedAt')::bigint`,
  ];
}

function valueOf(field: Field): string {
  const type = columnType(field);
  if (type === 'jsonb') return `nullif(i.j -> '${field.name}', 'null')`;
  return type === 'text' ? `i.j ->> '${field.name}'` : `(i.j ->> '${field.name}')::${type}`;
}

function journal(operation: string, before: string): string {
  return (
    'insert into rockpool.journal (seq, topic, key, version, operation, before, after, actor) ' +
    `select w."_seq", $2::text, $3::text, (i.j ->> '_version')::bigint, ${operation}, ${before}, i.j, $4::text ` +
    'from written w, image i returning seq'
  );
}

function conflictColumns(): string {
  return [...CONFLICT_COLUMNS.map(([column]) => column), 'at'].join(', ');
}

function conflictParameters(first: number): string {
  const parameters = CONFLICT_COLUMNS.map(([, cast], index) => `$${first + index}::${cast}`);
  return [...parameters, 'clock_timestamp()'].join(', ');
}
