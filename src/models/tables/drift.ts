import { METADATA_COLUMNS } from './columns.ts';
import type { ColumnShape, Shape, Shapes, TableShape } from './shape.ts';
import type { Relation, State } from './state.ts';

/**
 * Where the tables are not what was applied, because somebody else changed or made them. Each is a sentence with what
 * to do. What nobody wants any more may be gone: that is how an operator lets go of it.
 */
export function findDrift(state: State, wanted: Shapes): string[] {
  const problems: string[] = [];
  const appliedTables = new Set(tablesOf(state.applied).map(([, { table }]) => table));
  for (const [name, after] of tablesOf(wanted)) {
    const before = state.applied.get(name);
    const relation = state.relationsByName.get(after.table);
    // Of a retired one the table may be gone: it is made anew.
    const lost = relation === undefined && before?.kind === 'model' && before.retired;
    if (before?.kind === 'model' && before.table === after.table && !lost) {
      problems.push(
        ...(relation === undefined
          ? [goneTable(name, after.table)]
          : tableDrift(name, before, after, relation)),
      );
    } else if (relation !== undefined && !appliedTables.has(after.table)) {
      problems.push(
        `The model ${name} needs the table public.${after.table}, and there is one that Rockpool did not make. Rename ` +
          'the type, or rename that table, or give Rockpool a database of its own.',
      );
    }
  }
  return problems;
}

/** The applied shapes without what is neither there nor wanted any more. */
export function withoutLost(state: State, wanted: Shapes): Shapes {
  const kept = new Map<string, Shape>();
  for (const [name, before] of state.applied) {
    if (before.kind !== 'model') {
      kept.set(name, before);
      continue;
    }
    const relation = state.relationsByName.get(before.table);
    if (relation === undefined) continue;
    const after = wanted.get(name);
    const wantedColumns = new Set(after?.kind === 'model' ? after.columns.map(({ column }) => column) : []);
    const there = ({ column }: ColumnShape): boolean => relation.columnsByName.has(column);
    kept.set(name, {
      ...before,
      columns: before.columns.filter((column) => there(column) || wantedColumns.has(column.column)),
      kept: before.kept.filter(there),
    });
  }
  return kept;
}

function goneTable(name: string, table: string): string {
  return (
    `The table public.${table} with the items of ${name} is gone. Restore it; or, if it was meant to go, say so: ` +
    `delete from rockpool.model_types where name = '${name}';`
  );
}

function tableDrift(name: string, before: TableShape, after: TableShape, relation: Relation): string[] {
  if (relation.kind !== 'r' && relation.kind !== 'p')
    return [`public.${after.table} is no table any more. Restore the table of ${name}.`];
  const problems: string[] = [];
  const keptNames = new Set(before.kept.map(({ column }) => column));
  const beforeByColumn = new Map(
    [...before.columns, ...before.kept].map((column) => [column.column, column]),
  );
  const expected = [
    ...METADATA_COLUMNS,
    ...after.columns.flatMap(({ column }) => beforeByColumn.get(column) ?? []),
  ];
  for (const { column, sql } of expected) {
    const found = relation.columnsByName.get(column);
    if (found === undefined) {
      if (keptNames.has(column)) continue;
      problems.push(
        `The column ${column} of public.${after.table}, which ${name} needs, is gone. Restore it.`,
      );
    } else if (found.type !== sql || (sql === 'text' && found.collation !== 'C')) {
      problems.push(
        `The column ${column} of public.${after.table} has the type ${found.type}${collation(found.collation)}, and ` +
          `${name} needs ${sql}${sql === 'text' ? ' collate "C"' : ''}. Change it back.`,
      );
    }
  }
  for (const { column, field } of after.columns) {
    if (beforeByColumn.has(column) || !relation.columnsByName.has(column)) continue;
    problems.push(
      `The new field ${name}.${field} needs the column ${column} of public.${after.table}, and there is one that ` +
        'Rockpool did not make. Rename the field, or rename or drop that column.',
    );
  }
  return problems;
}

function collation(name: string | null): string {
  return name === null || name === 'default' ? '' : ` collate "${name}"`;
}

function tablesOf(shapes: Shapes): [string, TableShape][] {
  return [...shapes].flatMap(([name, shape]): [string, TableShape][] =>
    shape.kind === 'model' ? [[name, shape]] : [],
  );
}
