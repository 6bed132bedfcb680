import { canonicalJson } from '../../base/json.ts';
import type { Field, Model, ObjectType, Schema } from '../model.ts';
import { columnType, type SqlType } from './sql-type.ts';

/** What of a type decides how its values are stored. Kept in `rockpool.model_types` as applied, one row a type. */
export type Shape = TableShape | ObjectShape | EnumShape;

export interface TypeShape {
  /** Name in GraphQL; the element's where `list` is set. */
  readonly type: string;
  readonly kind: 'scalar' | 'enum' | 'object';
  /** Of a list: whether its elements may be null. */
  readonly list: 'nullable' | 'nonNull' | null;
  readonly nonNull: boolean;
}

export interface ColumnShape extends TypeShape {
  readonly field: string;
  readonly column: string;
  readonly sql: SqlType;
  /** Added for an owner rule: kept when the rule goes. */
  readonly implicitOwner: boolean;
}

export interface TableShape {
  readonly kind: 'model';
  readonly table: string;
  readonly columns: readonly ColumnShape[];
  /** Indexed for owner rules. */
  readonly owners: readonly { readonly column: string; readonly many: boolean }[];
  /** Columns of fields that are gone. */
  readonly kept: readonly ColumnShape[];
  /** True where the type is gone and the table stays. */
  readonly retired: boolean;
}

export interface ObjectShape {
  readonly kind: 'object';
  readonly fields: readonly (TypeShape & { readonly name: string })[];
}

export interface EnumShape {
  readonly kind: 'enum';
  readonly values: readonly string[];
}

export type Shapes = ReadonlyMap<string, Shape>;

/** The shapes that a schema asks for. */
export function shapesOf({ models, objects, enums }: Schema): Shapes {
  return new Map<string, Shape>([
    ...models.map((model) => [model.name, tableShape(model)] as const),
    ...objects.map((object) => [object.name, objectShape(object)] as const),
    ...enums.map(({ name, values }) => [name, { kind: 'enum', values }] as const),
  ]);
}

/** Whether two sets of shapes say the same. */
export function areSameShapes(one: Shapes, other: Shapes): boolean {
  return (
    one.size === other.size &&
    [...one].every(([name, shape]) => canonicalJson(shape) === canonicalJson(other.get(name)))
  );
}

function tableShape({ table, fields, rules }: Model): TableShape {
  const ownerFields = new Set(rules.flatMap((rule) => (rule.allow === 'owner' ? [rule.ownerField] : [])));
  return {
    kind: 'model',
    table,
    columns: fields.map(columnShape),
    owners: fields
      .filter((field) => ownerFields.has(field.name))
      .map((field) => ({ column: field.column, many: field.list !== undefined })),
    kept: [],
    retired: false,
  };
}

function columnShape(field: Field): ColumnShape {
  return {
    ...typeShape(field),
    field: field.name,
    column: field.column,
    sql: columnType(field),
    implicitOwner: field.implicit === 'owner',
  };
}

function objectShape({ fields }: ObjectType): ObjectShape {
  return { kind: 'object', fields: fields.map((field) => ({ ...typeShape(field), name: field.name })) };
}

function typeShape({ type, list, nonNull }: Field): TypeShape {
  const elements = list === undefined ? null : list.nonNullElements ? 'nonNull' : 'nullable';
  return { type: type.name, kind: type.kind, list: elements, nonNull };
}

/** As it stands in the SDL, for people: `[String!]!`. */
export function typeText({ type, list, nonNull }: TypeShape): string {
  const inner = list === null ? type : `[${type}${list === 'nonNull' ? '!' : ''}]`;
  return nonNull ? `${inner}!` : inner;
}
