import { KEY_BYTES } from '../model.ts';
import { createOwnerIndex, ownerIndexName, qualified, quoted } from './columns.ts';
import type { TableShape } from './shape.ts';
import { items, type Step } from './step.ts';

/** The steps that the indexes of owners need. */
export function indexSteps(model: string, before: TableShape, after: TableShape): Step[] {
  const { table } = before;
  const key = ({ column, many }: TableShape['owners'][number]): string => `${column} ${many}`;
  const typesByColumn = new Map(
    [...before.kept, ...before.columns].map((column) => [column.column, column.sql]),
  );
  const retyped = new Set(
    after.columns
      .filter((column) => typesByColumn.get(column.column) !== column.sql)
      .map(({ column }) => column),
  );
  const had = new Set(before.owners.map(key));
  const wanted = new Set(after.owners.map(key));
  const gone = before.owners.filter((owner) => !wanted.has(key(owner)));
  // With a column that is made anew its index went too.
  const added = after.owners.filter((owner) => !had.has(key(owner)) || retyped.has(owner.column));
  return [
    ...gone.map((owner) => ({
      summary: `the index of owners in ${model} on ${owner.column} is gone`,
      statements: [`drop index if exists "public".${ownerIndexName(table, owner)}`],
      checks: [],
      narrows: false,
    })),
    ...added.map((owner) => addOwnerIndex(model, table, owner, typesByColumn.has(owner.column))),
  ];
}

function addOwnerIndex(
  model: string,
  table: string,
  owner: TableShape['owners'][number],
  existed: boolean,
): Step {
  const column = quoted(owner.column);
  return {
    summary: `${model} has an index of owners on ${owner.column}`,
    statements: [createOwnerIndex(table, owner)],
    checks:
      owner.many || !existed
        ? []
        : [
            {
              table,
              question: `select count(*)::int as count from ${qualified(table)} where octet_length(${column}::text) > ${KEY_BYTES}`,
              refusal: (count) =>
                `${model} has an owner rule on ${owner.column} now, and ${items(count, 'has', 'have')} a value of more than ` +
                `${KEY_BYTES} bytes there, which names no owner. Shorten them, or take another owner field.`,
            },
          ],
    narrows: false,
  };
}
