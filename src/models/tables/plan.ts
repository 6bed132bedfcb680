import { createTable, qualified } from './columns.ts';
import { nestedSteps, reachedFrom } from './nested-steps.ts';
import type { Shape, Shapes, TableShape } from './shape.ts';
import { items, type Check, type Step } from './step.ts';
import { keptColumns, tableSteps } from './table-steps.ts';

export interface Plan {
  readonly steps: readonly Step[];
  /** The shapes as they are to be kept afterwards. */
  readonly shapes: Shapes;
}

/**
 * What turns the applied shapes into the wanted ones. Pure: whether a step may be taken is decided by its checks.
 *
 * What is gone from the SDL stays in the database, out of sight and told of in the shapes, and only while it holds
 * nothing: while two versions of an SDL are at work side by side (one node after another gets the new one), a start of
 * the older must not take away what the newer has just made.
 */
export function planChanges(applied: Shapes, wanted: Shapes): Plan {
  const steps: Step[] = [];
  const shapes = new Map<string, Shape>(wanted);
  for (const [name, before] of applied) {
    if (before.kind !== 'model' || wanted.get(name)?.kind === 'model') continue;
    if (isInTheWay(name, before, wanted)) steps.push(dropTable(name, before));
    else {
      steps.push(
        ...retireTable(name, before),
        ...nestedSteps({ model: name, table: before.table, columns: allColumns(before), applied, wanted }),
      );
      shapes.set(name, { ...before, retired: true });
    }
  }
  for (const [name, after] of wanted) {
    if (after.kind !== 'model') continue;
    const before = applied.get(name);
    if (before?.kind !== 'model') {
      steps.push({
        summary: `${name} is new`,
        statements: createTable(after, wanted),
        checks: [],
        narrows: false,
      });
      continue;
    }
    const kept = keptColumns(before, after);
    const change = { model: name, table: before.table, applied, wanted };
    steps.push(...tableSteps({ ...change, before, after }));
    steps.push(...nestedSteps({ ...change, columns: [...heldColumns(before, after), ...kept] }));
    shapes.set(name, { ...after, kept });
  }
  keepNestedTypes(shapes, applied);
  return { steps, shapes };
}

/** Columns that were there and are wanted, as they are wanted. */
function heldColumns(before: TableShape, after: TableShape): TableShape['columns'] {
  const had = new Map(allColumns(before).map((column) => [column.column, column]));
  return after.columns.filter(
    ({ column, type, kind }) => had.get(column)?.type === type && had.get(column)?.kind === kind,
  );
}

function allColumns({ columns, kept }: TableShape): TableShape['columns'] {
  return [...columns, ...kept];
}

/** Values in columns that are kept follow their old types: these are kept with them. */
function keepNestedTypes(shapes: Map<string, Shape>, applied: Shapes): void {
  const tables = [...shapes.values()].filter((shape) => shape.kind === 'model');
  for (const column of tables.flatMap((table) => (table.retired ? allColumns(table) : table.kept))) {
    for (const name of reachedFrom(column, applied)) {
      const before = applied.get(name);
      if (before !== undefined && !shapes.has(name)) shapes.set(name, before);
    }
  }
}

/** Whether its name or its table is needed for something else. */
function isInTheWay(name: string, { table }: TableShape, wanted: Shapes): boolean {
  return (
    wanted.has(name) || [...wanted.values()].some((shape) => shape.kind === 'model' && shape.table === table)
  );
}

function retireTable(name: string, before: TableShape): Step[] {
  if (before.retired) return [];
  return [
    {
      summary: `${name} is gone, and had no items; the table ${before.table} stays`,
      statements: [],
      checks: [noLiveItems(name, before)],
      narrows: false,
    },
  ];
}

function dropTable(name: string, before: TableShape): Step {
  return {
    summary: `${name} is gone with its table, and had no items`,
    statements: [`drop table ${qualified(before.table)}`],
    checks: [noLiveItems(name, before)],
    narrows: false,
  };
}

function noLiveItems(name: string, { table }: TableShape): Check {
  return {
    table,
    question: `select count(*)::int as count from ${qualified(table)} where "_deleted" is null`,
    refusal: (count) =>
      `${name} is no model any more, and ${items(count)} would be lost. Put the type back, or delete them first: ` +
      `delete from ${qualified(table)};`,
  };
}
