import { isObject } from '../../base/json.ts';
import type { Queryable } from '../../database/connection.ts';
import type { Shape, Shapes } from './shape.ts';

/** What the database holds of the models: what was applied, and what is really there. */
export interface State {
  readonly applied: Shapes;
  /** Relations of `public` that have the name of a model's table, wanted or applied. */
  readonly relationsByName: ReadonlyMap<string, Relation>;
}

export interface Relation {
  /** `pg_class.relkind`; `r` is an ordinary table. */
  readonly kind: string;
  readonly columnsByName: ReadonlyMap<string, CatalogColumn>;
}

export interface CatalogColumn {
  /** As `format_type` spells it. */
  readonly type: string;
  readonly notNull: boolean;
  readonly collation: string | null;
}

interface Row {
  readonly applied: Readonly<Record<string, unknown>>;
  readonly relations: readonly {
    readonly name: string;
    readonly kind: string;
    readonly columns: Readonly<Record<string, CatalogColumn>>;
  }[];
}

/** Reads it in one statement: the whole of what a start costs that finds nothing to do. */
export async function readState(sql: Queryable, tables: readonly string[]): Promise<State> {
  const [row] = await sql<Row[]>`
    with types as (select name, shape::jsonb as shape from rockpool.model_types)
    select
      (select coalesce(jsonb_object_agg(t.name, t.shape), '{}') from types t) as applied,
      (select coalesce(jsonb_agg(jsonb_build_object(
          'name', c.relname,
          'kind', c.relkind,
          'columns', (
            select coalesce(jsonb_object_agg(a.attname, jsonb_build_object(
              'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull, 'collation', l.collname)), '{}')
            from pg_attribute a left join pg_collation l on l.oid = a.attcollation
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          ))), '[]')
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public'
          and (c.relname = any(${[...tables]}::text[]) or c.relname in (select t.shape->>'table' from types t))
      ) as relations`;
  if (row === undefined) throw new Error('Postgres answered no row for the state of the models.');
  return {
    applied: new Map(
      Object.entries(row.applied).filter((entry): entry is [string, Shape] => isObject(entry[1])),
    ),
    relationsByName: new Map(
      row.relations.map(({ name, kind, columns }) => [
        name,
        { kind, columnsByName: new Map(Object.entries(columns)) },
      ]),
    ),
  };
}
