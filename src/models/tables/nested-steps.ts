import { compareTypes, renewForm } from './column-steps.ts';
import { qualified, quoted } from './columns.ts';
import { items, type Check, type Step } from './step.ts';
import { typeText, type ColumnShape, type ObjectShape, type Shapes } from './shape.ts';

export interface NestedChange {
  readonly model: string;
  readonly table: string;
  /** Columns that hold values of their type already, of fields or kept. */
  readonly columns: readonly ColumnShape[];
  readonly applied: Shapes;
  readonly wanted: Shapes;
}

/**
 * The steps that a table needs because an enum or a nested type that its columns hold has changed. Columns that are new
 * or of another type have steps of their own.
 */
export function nestedSteps(change: NestedChange): Step[] {
  return change.columns.flatMap((column) => [...enumSteps(change, column), ...objectSteps(change, column)]);
}

function enumSteps({ model, table, applied, wanted }: NestedChange, column: ColumnShape): Step[] {
  return [...reachedFrom(column, applied)].flatMap((name): Step[] => {
    const before = applied.get(name);
    const after = wanted.get(name);
    if (before?.kind !== 'enum' || after?.kind !== 'enum') return [];
    const removed = before.values.filter((value) => !after.values.includes(value));
    const added = after.values.filter((value) => !before.values.includes(value));
    if (removed.length === 0 && added.length === 0) return [];
    const direct = column.kind === 'enum' && column.list === null;
    return [
      {
        summary: `${model}.${column.field} knows the values ${after.values.join(', ')} now`,
        statements: direct ? renewForm(table, column, wanted) : [],
        checks: removed.map((value) => enumCheck(model, table, column, name, value)),
        narrows: removed.length > 0,
      },
    ];
  });
}

function enumCheck(model: string, table: string, column: ColumnShape, name: string, value: string): Check {
  const place = quoted(column.column);
  const uses =
    column.sql === 'jsonb'
      ? `jsonb_path_exists(${place}, '$.** ? (@ == "${value}")')`
      : `${place} = '${value}'`;
  return {
    table,
    question: `select count(*)::int as count from ${qualified(table)} where ${uses}`,
    refusal: (count) =>
      `The enum ${name} has no ${value} any more, and ${items(count, 'uses', 'use')} it in ${model}.${column.field} (deleted ones ` +
      'count until they are purged). Put the value back, or give them another one first.',
  };
}

function objectSteps({ model, table, applied, wanted }: NestedChange, column: ColumnShape): Step[] {
  return [...reachedFrom(column, applied)].flatMap((name): Step[] => {
    const before = applied.get(name);
    const after = wanted.get(name);
    if (before?.kind !== 'object' || after?.kind !== 'object') return [];
    const problems = misfits(before, after);
    if (problems.length === 0) return [];
    return [
      {
        summary: `${name} has changed, and ${model}.${column.field} held no values`,
        statements: [],
        checks: [
          {
            table,
            question: `select count(*)::int as count from ${qualified(table)} where ${quoted(column.column)} is not null`,
            refusal: (count) =>
              `The type ${name} has changed (${problems.join('; ')}), and ${items(count, 'holds', 'hold')} values of before in ` +
              `${model}.${column.field}. Take the change back, or write a new type and a new field beside it.`,
          },
        ],
        narrows: true,
      },
    ];
  });
}

/** Why a value of `before` may be none of `after`, or would lose something. */
function misfits(before: ObjectShape, after: ObjectShape): string[] {
  const problems: string[] = [];
  const afterByName = new Map(after.fields.map((field) => [field.name, field]));
  const beforeByName = new Map(before.fields.map((field) => [field.name, field]));
  for (const field of before.fields) {
    const now = afterByName.get(field.name);
    if (now === undefined) problems.push(`${field.name} is gone`);
    else if (
      compareTypes(field, now) === 'other' ||
      (now.nonNull && !field.nonNull) ||
      narrowedElements(field, now)
    ) {
      problems.push(`${field.name} was ${typeText(field)} and is ${typeText(now)}`);
    }
  }
  for (const field of after.fields) {
    if (field.nonNull && !beforeByName.has(field.name)) problems.push(`${field.name} is new and required`);
  }
  return problems;
}

function narrowedElements(before: { list: string | null }, after: { list: string | null }): boolean {
  return before.list === 'nullable' && after.list === 'nonNull';
}

/** The enum or nested type of a column and all that lie in it. */
export function reachedFrom(column: ColumnShape, shapes: Shapes, reached = new Set<string>()): Set<string> {
  const visit = (type: string): void => {
    if (reached.has(type)) return;
    reached.add(type);
    const shape = shapes.get(type);
    if (shape?.kind !== 'object') return;
    for (const field of shape.fields) if (field.kind !== 'scalar') visit(field.type);
  };
  if (column.kind !== 'scalar') visit(column.type);
  return reached;
}
