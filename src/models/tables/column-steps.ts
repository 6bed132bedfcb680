import { columnDefinition, formCheck, formName, qualified, quoted } from './columns.ts';
import { items, type Check, type Step } from './step.ts';
import { typeText, type ColumnShape, type Shapes, type TypeShape } from './shape.ts';

export interface ColumnChange {
  readonly model: string;
  readonly table: string;
  /** Undefined: the column is not there yet. */
  readonly before: ColumnShape | undefined;
  readonly after: ColumnShape;
  readonly wanted: Shapes;
}

/** The steps that one column of a table that is there already needs. */
export function columnSteps(change: ColumnChange): Step[] {
  const { before, after } = change;
  if (before === undefined) return [addColumn(change)];
  const relation = compareTypes(before, after);
  if (relation === 'other') return [retypeColumn(change, before)];
  return [
    ...(relation === 'wider' ? [widenColumn(change, before)] : []),
    ...requirement(change, before),
    ...elements(change, before),
  ];
}

/**
 * Whether every value of `before` is one of `after` as it is stored, nullability aside: the same type, text that
 * becomes String or ID, or Int that becomes Float.
 */
export function compareTypes(before: TypeShape, after: TypeShape): 'same' | 'wider' | 'other' {
  if ((before.list === null) !== (after.list === null)) return 'other';
  if (before.type === after.type && before.kind === after.kind) return 'same';
  if (after.kind !== 'scalar') return 'other';
  const text = before.kind === 'enum' || (before.kind === 'scalar' && !NOT_TEXT.has(before.type));
  if (text && (after.type === 'String' || after.type === 'ID')) return 'wider';
  return before.type === 'Int' && after.type === 'Float' ? 'wider' : 'other';
}

const NOT_TEXT: ReadonlySet<string> = new Set(['Int', 'Float', 'Boolean', 'AWSTimestamp']);

function addColumn({ model, table, after, wanted }: ColumnChange): Step {
  return {
    summary: `${model}.${after.field} is new`,
    statements: [`alter table ${qualified(table)} add column ${columnDefinition(after, wanted)}`],
    checks: after.nonNull ? [noItems(model, table, after)] : [],
    narrows: after.nonNull,
  };
}

/** Items of before have no value for a field that is new and required: tombstones too are shown with all their fields. */
function noItems(model: string, table: string, after: ColumnShape): Check {
  return {
    table,
    question: `select count(*)::int as count from ${qualified(table)}`,
    refusal: (count) =>
      `${model}.${after.field} is new and required, and ${items(count, 'has', 'have')} no value for it. Write ` +
      `${typeText({ ...after, nonNull: false })} first, give every item a value, and then make it ${typeText(after)}.`,
  };
}

function retypeColumn({ model, table, after, wanted }: ColumnChange, before: ColumnShape): Step {
  const name = quoted(before.column);
  const loss: Check = {
    table,
    question: `select count(*)::int as count from ${qualified(table)} where ${name} is not null`,
    refusal: (count) =>
      `${model}.${after.field} was ${typeText(before)} and is ${typeText(after)} now: its values in ${items(count)} ` +
      `would be lost. Keep ${typeText(before)}, or write a new field beside it and copy the values.`,
  };
  return {
    summary: `${model}.${after.field} is ${typeText(after)} now, and held no values`,
    statements: [
      `alter table ${qualified(table)} drop column ${name}`,
      `alter table ${qualified(table)} add column ${columnDefinition(after, wanted)}`,
    ],
    checks: after.nonNull ? [loss, noItems(model, table, after)] : [loss],
    narrows: true,
  };
}

function widenColumn({ model, table, after }: ColumnChange, before: ColumnShape): Step {
  const statements: string[] = [];
  if (before.kind === 'enum' && before.list === null) {
    statements.push(`alter table ${qualified(table)} drop constraint if exists ${formName(before)}`);
  }
  if (before.sql !== after.sql) {
    statements.push(
      `alter table ${qualified(table)} alter column ${quoted(before.column)} type ${after.sql}`,
    );
  }
  return {
    summary: `${model}.${after.field} is ${typeText(after)} now`,
    statements,
    checks: [],
    narrows: false,
  };
}

function requirement({ model, table, after }: ColumnChange, before: ColumnShape): Step[] {
  if (before.nonNull === after.nonNull) return [];
  const alter = `alter table ${qualified(table)} alter column ${quoted(after.column)}`;
  if (!after.nonNull) {
    const summary = `${model}.${after.field} may be null now`;
    return [{ summary, statements: [`${alter} drop not null`], checks: [], narrows: false }];
  }
  const check: Check = {
    table,
    question: `select count(*)::int as count from ${qualified(table)} where ${quoted(after.column)} is null`,
    refusal: (count) =>
      `${model}.${after.field} is required now, and ${items(count, 'has', 'have')} no value for it (deleted ones count until ` +
      `they are purged). Keep ${typeText(before)}, or give every item a value first: ` +
      `update ${qualified(table)} set ${quoted(after.column)} = … where ${quoted(after.column)} is null;`,
  };
  const summary = `${model}.${after.field} is required now`;
  return [{ summary, statements: [`${alter} set not null`], checks: [check], narrows: true }];
}

function elements({ model, table, after }: ColumnChange, before: ColumnShape): Step[] {
  if (before.list === after.list) return [];
  const summary = `${model}.${after.field} is ${typeText(after)} now`;
  if (after.list === 'nullable') return [{ summary, statements: [], checks: [], narrows: false }];
  const check: Check = {
    table,
    question: `select count(*)::int as count from ${qualified(table)} where ${quoted(after.column)} @> '[null]'`,
    refusal: (count) =>
      `${model}.${after.field} allows no null in the list now, and ${items(count, 'has', 'have')} one. Keep ${typeText(before)}, ` +
      'or take the nulls out first.',
  };
  return [{ summary, statements: [], checks: [check], narrows: true }];
}

/** Puts the check of an enum's values anew. */
export function renewForm(table: string, column: ColumnShape, wanted: Shapes): string[] {
  const check = formCheck(column, wanted);
  return [
    `alter table ${qualified(table)} drop constraint if exists ${formName(column)}`,
    ...(check === undefined ? [] : [`alter table ${qualified(table)} add ${check}`]),
  ];
}
