import { print, type EnumTypeDefinitionNode, type ObjectTypeDefinitionNode } from 'graphql';
import type { EnumType, Field, Model, ObjectType, Rule, Schema, StrategyName } from '../model.ts';
import { readRules } from './auth.ts';
import { readDefinitions, type Definitions } from './definitions.ts';
import { checkModelDirective, readDirectives, strategyOf } from './directives.ts';
import { checkColumns, readFields } from './fields.ts';
import { pluralOf, snakeCase } from './names.ts';
import type { SchemaSource } from './read-schema-files.ts';
import { createMistakes, type Mistakes } from './schema-error.ts';
import { checkNames, type ReservedNames } from './taken-names.ts';

export interface ParseOptions {
  /** Of models that name none. */
  readonly defaultStrategy: StrategyName;
  /** Names that the models may not take (`reservedNamesOf` of the API's SDL). */
  readonly reservedNames: ReservedNames;
}

/**
 * Makes the models from SDL. Throws a SchemaError that names every mistake with file, line, column, what is wrong
 * and what to write instead: a schema is served as a whole or not at all.
 */
export function parseModels(sources: readonly SchemaSource[], options: ParseOptions): Schema {
  const mistakes = createMistakes();
  const definitions = readDefinitions(sources, mistakes);
  checkNames(definitions, options.reservedNames, mistakes);
  const enums = [...definitions.enums.values()].map((definition) => readEnum(definition, mistakes));
  const objects = [...definitions.objects.values()].map((definition) =>
    readObject(definition, definitions, mistakes),
  );
  const models = [...definitions.models.values()].map((definition) =>
    readModel(definition, definitions, options, mistakes),
  );
  checkCycles(objects, definitions, mistakes);
  mistakes.throwIfAny();
  return { models, modelsByName: new Map(models.map((model) => [model.name, model])), enums, objects };
}

function readEnum(definition: EnumTypeDefinitionNode, mistakes: Mistakes): EnumType {
  readDirectives(definition.directives, new Set(), mistakes);
  const values: string[] = [];
  for (const value of definition.values ?? []) {
    const name = value.name.value;
    readDirectives(value.directives, new Set(), mistakes);
    if (values.includes(name))
      mistakes.add(value, `The enum ${definition.name.value} has ${name} twice; remove one.`);
    else values.push(name);
  }
  return { name: definition.name.value, description: definition.description?.value, values };
}

function readObject(
  definition: ObjectTypeDefinitionNode,
  definitions: Definitions,
  mistakes: Mistakes,
): ObjectType {
  readDirectives(definition.directives, new Set(), mistakes);
  refuseInterfaces(definition, mistakes);
  return {
    name: definition.name.value,
    description: definition.description?.value,
    fields: readFields(definition, definitions, mistakes),
  };
}

const MODEL_DIRECTIVES: ReadonlySet<string> = new Set(['model', 'auth', 'conflict']);

function readModel(
  definition: ObjectTypeDefinitionNode,
  definitions: Definitions,
  options: ParseOptions,
  mistakes: Mistakes,
): Model {
  const name = definition.name.value;
  const directives = readDirectives(definition.directives, MODEL_DIRECTIVES, mistakes);
  refuseInterfaces(definition, mistakes);
  const model = directives.get('model');
  if (model !== undefined) checkModelDirective(model, mistakes);
  const conflict = directives.get('conflict');
  const strategy = conflict === undefined ? undefined : strategyOf(conflict, mistakes);
  const declared = readFields(definition, definitions, mistakes);
  checkKnownFields(definition, declared, mistakes);
  const auth = directives.get('auth');
  const rules = auth === undefined ? [] : readRules(auth, declared, mistakes);
  const fields = [...declared, ...addedFields(declared, rules)];
  checkColumns(definition, fields, mistakes);
  return {
    name,
    plural: pluralOf(name),
    description: definition.description?.value,
    table: snakeCase(name),
    fields,
    fieldsByName: new Map(fields.map((field) => [field.name, field])),
    key: ['id'],
    strategy: strategy ?? options.defaultStrategy,
    rules,
  };
}

/** Fields whose meaning is fixed, where the SDL has them. */
function checkKnownFields(
  definition: ObjectTypeDefinitionNode,
  fields: readonly Field[],
  mistakes: Mistakes,
): void {
  const nodesByName = new Map((definition.fields ?? []).map((node) => [node.name.value, node]));
  for (const { name, type, list, nonNull } of fields) {
    const node = nodesByName.get(name);
    if (node === undefined) continue;
    const scalar = type.kind === 'scalar' && list === undefined ? type.name : undefined;
    if (name === 'id' && !(scalar === 'ID' && nonNull)) {
      mistakes.add(
        node.type,
        `The key of a model is \`id: ID!\`, not \`id: ${print(node.type)}\`; write \`id: ID!\` or leave it out. Other keys come in a later version.`,
      );
    }
    if ((name === 'createdAt' || name === 'updatedAt') && scalar !== 'AWSDateTime' && scalar !== 'String') {
      mistakes.add(
        node.type,
        `${name} is filled in by the server as an ISO time; write \`${name}: AWSDateTime!\` or leave it out.`,
      );
    }
  }
}

function addedFields(declared: readonly Field[], rules: readonly Rule[]): Field[] {
  const names = new Set(declared.map((field) => field.name));
  const added: Field[] = [];
  const add = (field: Pick<Field, 'name' | 'type' | 'nonNull' | 'implicit'>): void => {
    if (names.has(field.name)) return;
    names.add(field.name);
    added.push({ ...field, description: undefined, column: snakeCase(field.name), list: undefined });
  };
  add({ name: 'id', type: { kind: 'scalar', name: 'ID' }, nonNull: true, implicit: undefined });
  for (const name of ['createdAt', 'updatedAt']) {
    add({ name, type: { kind: 'scalar', name: 'AWSDateTime' }, nonNull: true, implicit: 'timestamp' });
  }
  for (const rule of rules) {
    if (rule.allow !== 'owner') continue;
    add({
      name: rule.ownerField,
      type: { kind: 'scalar', name: 'String' },
      nonNull: false,
      implicit: 'owner',
    });
  }
  return added;
}

function refuseInterfaces(definition: ObjectTypeDefinitionNode, mistakes: Mistakes): void {
  const first = definition.interfaces?.[0];
  if (first === undefined) return;
  mistakes.add(first, `Interfaces come in a later version; remove \`implements ${first.name.value}\`.`);
}

/** A value of a type that must hold itself could never be written. Each circle is told once. */
function checkCycles(objects: readonly ObjectType[], definitions: Definitions, mistakes: Mistakes): void {
  const objectsByName = new Map(objects.map((object) => [object.name, object]));
  const told = new Set<string>();
  for (const start of objects) {
    if (told.has(start.name)) continue;
    const path = requiredPath(start.name, start.name, objectsByName, new Set());
    const node = definitions.objects.get(start.name);
    if (path === undefined || node === undefined) continue;
    for (const step of path) told.add(step.type);
    const steps = path.map(({ type, field }) => `${type}.${field}`).join(' → ');
    mistakes.add(
      node.name,
      `${start.name} must hold itself (${steps}), so it could never be written; make one of these fields nullable.`,
    );
  }
}

interface CycleStep {
  readonly type: string;
  readonly field: string;
}

function requiredPath(
  from: string,
  goal: string,
  objectsByName: ReadonlyMap<string, ObjectType>,
  seen: Set<string>,
): CycleStep[] | undefined {
  seen.add(from);
  for (const field of objectsByName.get(from)?.fields ?? []) {
    if (field.type.kind !== 'object' || !field.nonNull || field.list !== undefined) continue;
    const step = { type: from, field: field.name };
    if (field.type.name === goal) return [step];
    if (seen.has(field.type.name)) continue;
    const rest = requiredPath(field.type.name, goal, objectsByName, seen);
    if (rest !== undefined) return [step, ...rest];
  }
  return undefined;
}
