import type { Field, Model, ObjectType } from '../../models/model.ts';
import { modelTypeNames, objectInputName } from '../../models/sdl/names.ts';
import { block, typeOf, type Member } from './print.ts';

/** Only the version: the server alone writes the rest of the metadata. */
const VERSION: Member = { name: '_version', type: 'Int' };

/** What create, update and delete take (spec/appsync.md 3.3). Fields that the server added itself are in none. */
export function writeInputs(model: Model): string[] {
  const names = modelTypeNames(model.name);
  const fields = model.fields.filter((field) => field.implicit === undefined);
  const member = (field: Field, nullable: boolean): Member => ({
    name: field.name,
    type: typeOf(field, inputElement(field), { nullable }),
  });
  const filledIn = (field: Field): boolean =>
    field.name === 'id' || field.name === 'createdAt' || field.name === 'updatedAt';
  const isKey = (field: Field): boolean => model.key.includes(field.name);
  return [
    block(`input ${names.createInput}`, [...fields.map((field) => member(field, filledIn(field))), VERSION]),
    block(`input ${names.updateInput}`, [...fields.map((field) => member(field, !isKey(field))), VERSION]),
    block(`input ${names.deleteInput}`, [
      ...fields.filter(isKey).map((field) => member(field, false)),
      VERSION,
    ]),
  ];
}

/** The inputs of those nested types that some model holds. */
export function objectInputs(models: readonly Model[], objects: readonly ObjectType[]): string[] {
  const objectsByName = new Map(objects.map((object) => [object.name, object]));
  const reached = new Set<string>();
  const visit = (field: Field): void => {
    if (field.type.kind !== 'object' || reached.has(field.type.name)) return;
    reached.add(field.type.name);
    objectsByName.get(field.type.name)?.fields.forEach(visit);
  };
  for (const model of models) model.fields.forEach(visit);
  return objects.filter((object) => reached.has(object.name)).map(objectInput);
}

function objectInput({ name, fields }: ObjectType): string {
  return block(
    `input ${objectInputName(name)}`,
    fields.map((field) => ({
      name: field.name,
      type: typeOf(field, inputElement(field), { nullable: false }),
    })),
  );
}

function inputElement({ type }: Field): string {
  return type.kind === 'object' ? objectInputName(type.name) : type.name;
}
