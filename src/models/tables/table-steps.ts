import { columnSteps } from './column-steps.ts';
import { qualified, quoted } from './columns.ts';
import { indexSteps } from './index-steps.ts';
import type { ColumnShape, Shapes, TableShape } from './shape.ts';
import { items, type Step } from './step.ts';

export interface TableChange {
  readonly model: string;
  readonly table: string;
  readonly before: TableShape;
  readonly after: TableShape;
  readonly wanted: Shapes;
}

/** The steps that a table needs for its own columns and indexes. */
export function tableSteps({ model, table, before, after, wanted }: TableChange): Step[] {
  const there = [...before.kept, ...before.columns];
  const beforeByColumn = new Map(there.map((column) => [column.column, column]));
  const wantedColumns = new Set(after.columns.map(({ column }) => column));
  return [
    ...after.columns.flatMap((column) =>
      columnSteps({ model, table, before: beforeByColumn.get(column.column), after: column, wanted }),
    ),
    ...before.columns
      .filter(({ column }) => !wantedColumns.has(column))
      .map((column) => keepColumn(model, table, column)),
    ...indexSteps(model, before, after),
  ];
}

/** The columns that stay although no field needs them: nobody fills them, so they may be null. */
export function keptColumns(before: TableShape, after: TableShape): ColumnShape[] {
  const wantedColumns = new Set(after.columns.map(({ column }) => column));
  return [...before.kept, ...before.columns]
    .filter(({ column }) => !wantedColumns.has(column))
    .map((column) => ({ ...column, nonNull: false }));
}

function keepColumn(model: string, table: string, column: ColumnShape): Step {
  const name = quoted(column.column);
  const statements = column.nonNull
    ? [`alter table ${qualified(table)} alter column ${name} drop not null`]
    : [];
  if (column.implicitOwner) {
    const summary = `${model}.${column.field} is gone with its owner rule; the column ${column.column} stays`;
    return { summary, statements, checks: [], narrows: false };
  }
  return {
    summary: `${model}.${column.field} is gone, and held no values; the column ${column.column} stays`,
    statements,
    checks: [
      {
        table,
        question: `select count(*)::int as count from ${qualified(table)} where ${name} is not null and "_deleted" is null`,
        refusal: (count) =>
          `${model}.${column.field} is gone, and its values in ${items(count)} would be lost. Put the field back, or ` +
          `drop the column yourself: alter table ${qualified(table)} drop column ${name};`,
      },
    ],
    narrows: false,
  };
}
