import {
  Kind,
  print,
  type FieldDefinitionNode,
  type NamedTypeNode,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import type { Field, FieldType, ScalarName } from '../model.ts';
import type { Definitions } from './definitions.ts';
import { readDirectives } from './directives.ts';
import { MAX_NAME_BYTES, snakeCase } from './names.ts';
import type { Mistakes } from './schema-error.ts';

const SCALARS: readonly ScalarName[] = [
  'ID',
  'String',
  'Int',
  'Float',
  'Boolean',
  'AWSDate',
  'AWSTime',
  'AWSDateTime',
  'AWSTimestamp',
  'AWSEmail',
  'AWSJSON',
  'AWSURL',
  'AWSPhone',
  'AWSIPAddress',
];

/** What people write from habit, and what it is called here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  bigint: 'Float (exact up to 2^53) or String',
  long: 'Float (exact up to 2^53) or String',
  integer: 'Int',
  number: 'Int or Float',
  double: 'Float',
  decimal: 'Float or String',
  bool: 'Boolean',
  text: 'String',
  uuid: 'ID',
  date: 'AWSDate',
  time: 'AWSTime',
  datetime: 'AWSDateTime',
  timestamp: 'AWSTimestamp (seconds) or AWSDateTime',
  email: 'AWSEmail',
  json: 'AWSJSON',
  jsonobject: 'AWSJSON',
  url: 'AWSURL',
  uri: 'AWSURL',
  phone: 'AWSPhone',
  ipaddress: 'AWSIPAddress',
};

/** Filters have these beside the fields of a model. */
const FILTER_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not']);
/** Every table of Postgres has these. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);
/** A row must fit into one page of 8 KiB, with a pointer of 18 bytes for each long value. */
const MAX_FIELDS = 400;

/** The declared fields of a model or a nested type; those with a mistake are left out. */
export function readFields(
  definition: ObjectTypeDefinitionNode,
  definitions: Definitions,
  mistakes: Mistakes,
): Field[] {
  const fields: Field[] = [];
  const nodesByName = new Map<string, FieldDefinitionNode>();
  const typeName = definition.name.value;
  for (const node of definition.fields ?? []) {
    const name = node.name.value;
    if (nodesByName.has(name)) {
      mistakes.add(node.name, `${typeName} has two fields ${name}; rename or remove one.`);
      continue;
    }
    nodesByName.set(name, node);
    readDirectives(node.directives, new Set(), mistakes);
    if ((node.arguments ?? []).length > 0) {
      mistakes.add(
        node.name,
        `Arguments of fields come in a later version; write \`${name}: ${print(node.type)}\`.`,
      );
    }
    checkFieldName(typeName, node, mistakes);
    const field = readField(typeName, node, definitions, mistakes);
    if (field !== undefined) fields.push(field);
  }
  if (nodesByName.size > MAX_FIELDS) {
    mistakes.add(
      definition.name,
      `${typeName} has more than ${MAX_FIELDS} fields; put some into a nested type.`,
    );
  }
  return fields;
}

/** What the fields of a model need in its table, those that the server adds too. */
export function checkColumns(
  definition: ObjectTypeDefinitionNode,
  fields: readonly Field[],
  mistakes: Mistakes,
): void {
  const typeName = definition.name.value;
  const fieldsByColumn = new Map<string, string>();
  for (const { name, column } of fields) {
    const node = definition.fields?.find((field) => field.name.value === name)?.name ?? definition.name;
    const label = `The field ${typeName}.${name}`;
    const other = fieldsByColumn.get(column);
    if (FILTER_WORDS.has(name))
      mistakes.add(node, `${label} has a name that filters use (and, or, not); rename it.`);
    else if (SYSTEM_COLUMNS.has(column)) {
      mistakes.add(
        node,
        `${label} needs the column \`${column}\`, which Postgres keeps for itself; rename it.`,
      );
    } else if (other !== undefined) {
      mistakes.add(node, `${label} and ${typeName}.${other} both need the column \`${column}\`; rename one.`);
    } else if (column.length > MAX_NAME_BYTES) {
      mistakes.add(
        node,
        `${label} needs a column name of ${column.length} bytes, and Postgres allows ${MAX_NAME_BYTES}; shorten it.`,
      );
    } else fieldsByColumn.set(column, name);
  }
}

function checkFieldName(typeName: string, { name }: FieldDefinitionNode, mistakes: Mistakes): void {
  if (!name.value.startsWith('_')) return;
  mistakes.add(
    name,
    `The field ${typeName}.${name.value} begins with \`_\`, which is kept for metadata such as _version; write \`${name.value.replace(/^_+/, '') || 'value'}\`.`,
  );
}

function readField(
  typeName: string,
  node: FieldDefinitionNode,
  definitions: Definitions,
  mistakes: Mistakes,
): Field | undefined {
  const outer = node.type.kind === Kind.NON_NULL_TYPE ? node.type.type : node.type;
  const element = outer.kind === Kind.LIST_TYPE ? outer.type : undefined;
  const inner = element ?? outer;
  const named = inner.kind === Kind.NON_NULL_TYPE ? inner.type : inner;
  if (named.kind !== Kind.NAMED_TYPE) {
    mistakes.add(node.type, `Lists of lists are not supported; write a list of a nested type, or AWSJSON.`);
    return undefined;
  }
  const type = resolveType(typeName, node, named, element !== undefined, definitions, mistakes);
  if (type === undefined) return undefined;
  return {
    name: node.name.value,
    description: node.description?.value,
    column: snakeCase(node.name.value),
    type,
    nonNull: node.type.kind === Kind.NON_NULL_TYPE,
    list: element === undefined ? undefined : { nonNullElements: element.kind === Kind.NON_NULL_TYPE },
    implicit: undefined,
  };
}

function resolveType(
  typeName: string,
  node: FieldDefinitionNode,
  named: NamedTypeNode,
  list: boolean,
  definitions: Definitions,
  mistakes: Mistakes,
): FieldType | undefined {
  const name = named.name.value;
  const scalar = SCALARS.find((known) => known === name);
  if (scalar !== undefined) return { kind: 'scalar', name: scalar };
  const enumeration = definitions.enums.get(name);
  if (enumeration !== undefined) {
    return { kind: 'enum', name, values: (enumeration.values ?? []).map((value) => value.name.value) };
  }
  if (definitions.objects.has(name)) return { kind: 'object', name };
  if (definitions.models.has(name)) {
    // A relation's directive has already said it.
    if ((node.directives ?? []).length === 0)
      mistakes.add(named, relationAdvice(typeName, node.name.value, name, list));
    return undefined;
  }
  const known = [...SCALARS, ...definitions.enums.keys(), ...definitions.objects.keys()];
  mistakes.add(named, `There is no type ${name}; ${nearest(name, known)}.`);
  return undefined;
}

function relationAdvice(typeName: string, field: string, model: string, list: boolean): string {
  const first = `${typeName}.${field} holds the model ${model}, and relations come in a later version;`;
  return list
    ? `${first} remove the field and write \`${lowerFirst(typeName)}Id: ID!\` into ${model}.`
    : `${first} write \`${field}Id: ID\` instead.`;
}

function nearest(name: string, known: readonly string[]): string {
  const wanted = name.toLowerCase();
  const plain = known.find((candidate) => candidate.toLowerCase() === wanted);
  const other = plain ?? (Object.hasOwn(OTHER_NAMES, wanted) ? OTHER_NAMES[wanted] : undefined);
  if (other !== undefined) return `write ${other}`;
  return `define it, or write one of ${known.join(', ')}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
