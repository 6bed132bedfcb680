import { createHash } from 'node:crypto';
import { KEY_BYTES } from '../model.ts';
import { MAX_NAME_BYTES } from '../sdl/names.ts';
import type { SqlType } from './sql-type.ts';
import type { ColumnShape, Shapes, TableShape } from './shape.ts';

/** Columns that every model has beside its fields; GraphQL shows the first three. */
export const METADATA_COLUMNS: readonly { readonly column: string; readonly sql: SqlType }[] = [
  { column: '_version', sql: 'integer' },
  { column: '_deleted', sql: 'boolean' },
  { column: '_last_changed_at', sql: 'bigint' },
  { column: '_seq', sql: 'bigint' },
];

/** An identifier in quotation marks. Ours hold none themselves. */
export function quoted(name: string): string {
  return `"${name}"`;
}

/**
 * A table with its schema, always: the search path may begin with a schema named after the user, and `rockpool` is one.
 */
export function qualified(table: string): string {
  return `"public".${quoted(table)}`;
}

/**
 * Names of indexes and constraints. The colon keeps them apart from every table: a name from GraphQL has none.
 * Long ones end in a hash, because Postgres would cut them and so make two the same.
 */
export function madeName(...parts: readonly string[]): string {
  const name = parts.join(':');
  if (name.length <= MAX_NAME_BYTES) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, MAX_NAME_BYTES - 9)}:${hash}`;
}

/** The statements that make a model's table. */
export function createTable(shape: TableShape, shapes: Shapes): string[] {
  const { table, columns, owners } = shape;
  const lines = [
    ...columns.map((column) => columnDefinition(column, shapes)),
    '"_version" integer not null',
    // A tombstone says true, everything else null.
    '"_deleted" boolean constraint "_deleted:form" check ("_deleted")',
    '"_last_changed_at" bigint not null',
    '"_seq" bigint not null',
    `constraint ${quoted(madeName(table, 'key'))} primary key ("id")`,
    `constraint "id:length" check (octet_length("id") between 1 and ${KEY_BYTES})`,
  ];
  return [
    `create table ${qualified(table)} (\n  ${lines.join(',\n  ')}\n)`,
    // Deltas are read by it. No two changes have one number.
    `create unique index ${quoted(madeName(table, 'seq'))} on ${qualified(table)} ("_seq")`,
    ...owners.map((owner) => createOwnerIndex(table, owner)),
  ];
}

export function columnDefinition(column: ColumnShape, shapes: Shapes): string {
  const type = column.sql === 'text' ? 'text collate "C"' : column.sql;
  const check = formCheck(column, shapes);
  return [quoted(column.column), type, column.nonNull ? 'not null' : '', check ?? '']
    .filter((part) => part !== '')
    .join(' ');
}

export function formName({ column }: Pick<ColumnShape, 'column'>): string {
  return quoted(madeName(column, 'form'));
}

/** What a value of the column looks like, where its type alone does not say it. */
export function formCheck(column: ColumnShape, shapes: Shapes): string | undefined {
  const condition = formCondition(column, shapes);
  return condition === undefined ? undefined : `constraint ${formName(column)} check (${condition})`;
}

function formCondition(column: ColumnShape, shapes: Shapes): string | undefined {
  const name = quoted(column.column);
  if (column.list !== null) return `jsonb_typeof(${name}) = 'array'`;
  if (column.kind === 'object') return `jsonb_typeof(${name}) = 'object'`;
  const shape = column.kind === 'enum' ? shapes.get(column.type) : undefined;
  if (shape?.kind !== 'enum') return undefined;
  return `${name} in (${shape.values.map((value) => `'${value}'`).join(', ')})`;
}

type Owner = TableShape['owners'][number];

export function ownerIndexName(table: string, { column }: Owner): string {
  return quoted(madeName(table, 'by', column));
}

export function createOwnerIndex(table: string, owner: Owner): string {
  const name = ownerIndexName(table, owner);
  const column = quoted(owner.column);
  return owner.many
    ? `create index ${name} on ${qualified(table)} using gin (${column} jsonb_path_ops)`
    : `create index ${name} on ${qualified(table)} (${column})`;
}
