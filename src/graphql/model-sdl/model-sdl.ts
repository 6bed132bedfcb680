import type { EnumType, Model, ObjectType, Schema } from '../../models/model.ts';
import { modelTypeNames } from '../../models/sdl/names.ts';
import { enumFilters, filterInputs } from './filters.ts';
import { objectInputs, writeInputs } from './inputs.ts';
import { block, described, typeOf, type Member } from './print.ts';
import { rootFields } from './root-fields.ts';

/**
 * The SDL that the shared models add to the API's fixed one (`apiSdl`): names and shapes are those that Amplify's
 * transformer makes, so that its clients fit (spec/appsync.md 3.1–3.5), and `onChangeX` beside them. Empty without
 * models.
 */
export function modelSdl({ models, enums, objects }: Schema): string {
  const parts = [
    ...models.flatMap((model) => [objectType(model), connectionType(model), changeType(model)]),
    ...objects.map(nestedType),
    ...enums.map(enumType),
    ...enumFilters(models),
    ...models.flatMap((model) => [...filterInputs(model), ...writeInputs(model)]),
    ...objectInputs(models, objects),
    ...rootFields(models),
  ];
  return parts.map((part) => `${part}\n`).join('\n');
}

const METADATA: readonly Member[] = [
  { name: '_version', type: 'Int!' },
  { name: '_deleted', type: 'Boolean' },
  { name: '_lastChangedAt', type: 'AWSTimestamp!' },
];

function objectType(model: Model): string {
  const fields = members(model.fields.filter((field) => field.implicit !== 'owner'));
  const owners = members(model.fields.filter((field) => field.implicit === 'owner'));
  return block(`type ${model.name}`, [...fields, ...METADATA, ...owners], model.description);
}

function connectionType({ name }: Model): string {
  return block(`type ${modelTypeNames(name).connection}`, [
    { name: 'items', type: `[${name}]!` },
    { name: 'nextToken', type: 'String' },
    { name: 'startedAt', type: 'AWSTimestamp' },
  ]);
}

function changeType({ name }: Model): string {
  return block(
    `type ${modelTypeNames(name).change}`,
    [
      { name: 'kind', type: 'ChangeKind!' },
      { name: 'position', type: 'String!' },
      { name: 'id', type: 'ID' },
      { name: 'item', type: name },
    ],
    'GONE: a change of the row took it out of the filter or away from the caller; its item is null. A row that comes in by an update is UPDATED. RESYNC: read again, the stream goes on live. `id`: the key, its parts joined by #.',
  );
}

function nestedType({ name, fields, description }: ObjectType): string {
  return block(`type ${name}`, members(fields), description);
}

function enumType({ name, values, description }: EnumType): string {
  return `${described(description, '')}enum ${name} {\n${values.map((value) => `  ${value}`).join('\n')}\n}`;
}

function members(fields: Model['fields']): Member[] {
  return fields.map((field) => ({
    name: field.name,
    type: typeOf(field, field.type.name, { nullable: false }),
    description: field.description,
  }));
}
