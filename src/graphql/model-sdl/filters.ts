import type { Field, FieldType, Model } from '../../models/model.ts';
import { enumFilterNames, modelTypeNames } from '../../models/sdl/names.ts';
import { singleOwnerFields, ownerFields } from './owners.ts';
import { block, type Member } from './print.ts';

/** The filter, condition and subscription filter of a model (spec/appsync.md 3.4). The order is the transformer's. */
export function filterInputs(model: Model): string[] {
  const names = modelTypeNames(model.name);
  return [
    block(`input ${names.filter}`, [
      ...filterable(model, (field) => field.implicit !== 'owner'),
      ...nested(names.filter),
      { name: '_deleted', type: 'ModelBooleanInput' },
      ...filterable(model, (field) => field.implicit === 'owner'),
    ]),
    block(`input ${names.condition}`, [
      ...filterable(model, (field) => field.implicit === undefined && !model.key.includes(field.name)),
      ...nested(names.condition),
      { name: '_deleted', type: 'ModelBooleanInput' },
      ...filterable(model, (field) => field.implicit === 'timestamp'),
      ...filterable(model, (field) => field.implicit === 'owner'),
    ]),
    block(`input ${names.subscriptionFilter}`, subscriptionMembers(model, names.subscriptionFilter)),
  ];
}

/** The filter inputs of the enums that some model filters by. */
export function enumFilters(models: readonly Model[]): string[] {
  const printed = new Map<string, string>();
  for (const { type, list, nonNull } of models.flatMap((model) => model.fields)) {
    if (type.kind !== 'enum') continue;
    const names = enumFilterNames(type.name);
    const name = isListFilter(list, nonNull) ? names.list : names.single;
    if (!printed.has(name)) printed.set(name, enumFilter(name, type.name, name === names.list));
  }
  return [...printed.values()];
}

function enumFilter(name: string, type: string, list: boolean): string {
  if (!list) return block(`input ${name}`, members(['eq', 'ne'], type));
  return block(`input ${name}`, [
    ...members(['eq', 'ne'], `[${type}]`),
    ...members(['contains', 'notContains'], type),
  ]);
}

function members(names: readonly string[], type: string): Member[] {
  return names.map((name) => ({ name, type }));
}

function filterable(model: Model, wanted: (field: Field) => boolean): Member[] {
  return model.fields.flatMap((field) => {
    const type = wanted(field) ? filterType(field) : undefined;
    return type === undefined ? [] : [{ name: field.name, type }];
  });
}

/** The input that a field is filtered by; nested types are not filtered by. */
function filterType({ type, list, nonNull }: Field): string | undefined {
  switch (type.kind) {
    case 'scalar':
      return `Model${scalarFamily(type)}Input`;
    case 'enum': {
      const names = enumFilterNames(type.name);
      return isListFilter(list, nonNull) ? names.list : names.single;
    }
    case 'object':
      return undefined;
  }
}

/** As the transformer has it: a list that may not be null is filtered like a single value. */
function isListFilter(list: Field['list'], nonNull: boolean): boolean {
  return list !== undefined && !nonNull;
}

function nested(name: string): Member[] {
  return [
    { name: 'and', type: `[${name}]` },
    { name: 'or', type: `[${name}]` },
    { name: 'not', type: name },
  ];
}

/**
 * No `not`, and no filter on the owner fields of rules, which the server itself filters by; a single owner comes
 * back at the end, with the input of queries.
 */
function subscriptionMembers(model: Model, name: string): Member[] {
  const owners = ownerFields(model);
  const own = model.fields.flatMap((field): Member[] => {
    if (field.type.kind === 'object' || owners.has(field.name)) return [];
    const family = field.type.kind === 'enum' ? 'String' : scalarFamily(field.type);
    return [{ name: field.name, type: `ModelSubscription${family}Input` }];
  });
  return [
    ...own,
    { name: 'and', type: `[${name}]` },
    { name: 'or', type: `[${name}]` },
    { name: '_deleted', type: 'ModelBooleanInput' },
    ...singleOwnerFields(model.rules).map((field) => ({ name: field, type: 'ModelStringInput' })),
  ];
}

function scalarFamily(type: Extract<FieldType, { kind: 'scalar' }>): string {
  switch (type.name) {
    case 'ID':
    case 'Int':
    case 'Float':
    case 'Boolean':
      return type.name;
    case 'AWSTimestamp':
      return 'Int';
    case 'String':
    case 'AWSDate':
    case 'AWSTime':
    case 'AWSDateTime':
    case 'AWSEmail':
    case 'AWSJSON':
    case 'AWSURL':
    case 'AWSPhone':
    case 'AWSIPAddress':
      return 'String';
  }
}
