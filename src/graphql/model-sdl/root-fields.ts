import type { Model } from '../../models/model.ts';
import { modelTypeNames, rootFieldNames } from '../../models/sdl/names.ts';
import { singleOwnerFields } from './owners.ts';
import { argumentList, block, type Member } from './print.ts';

/** The fields of Query, Mutation and Subscription (spec/appsync.md 3.1), and our own `onChange`. */
export function rootFields(models: readonly Model[]): string[] {
  if (models.length === 0) return [];
  return [
    block('extend type Query', models.flatMap(queries)),
    block('extend type Mutation', models.flatMap(mutations)),
    block('extend type Subscription', models.flatMap(subscriptions)),
  ];
}

const PAGE: readonly Member[] = [
  { name: 'limit', type: 'Int' },
  { name: 'nextToken', type: 'String' },
];

function queries(model: Model): string[] {
  const fields = rootFieldNames(model);
  const types = modelTypeNames(model.name);
  const page = [{ name: 'filter', type: types.filter }, ...PAGE];
  const key = model.key.map((name) => ({
    name,
    type: `${model.fieldsByName.get(name)?.type.name ?? 'ID'}!`,
  }));
  return [
    `${fields.get}${argumentList(key)}: ${model.name}`,
    `${fields.list}${argumentList(page)}: ${types.connection}`,
    `${fields.sync}${argumentList([...page, { name: 'lastSync', type: 'AWSTimestamp' }])}: ${types.connection}`,
  ];
}

function mutations(model: Model): string[] {
  const fields = rootFieldNames(model);
  const types = modelTypeNames(model.name);
  const write = (field: string, input: string): string =>
    `${field}(input: ${input}!, condition: ${types.condition}): ${model.name}`;
  return [
    write(fields.create, types.createInput),
    write(fields.update, types.updateInput),
    write(fields.delete, types.deleteInput),
  ];
}

function subscriptions(model: Model): string[] {
  const fields = rootFieldNames(model);
  const types = modelTypeNames(model.name);
  const filter = { name: 'filter', type: types.subscriptionFilter };
  const listened = model.rules.filter((rule) => rule.operations.has('listen'));
  const owners = singleOwnerFields(listened).map((name) => ({ name, type: 'String' }));
  const standard = (field: string, mutation: string): string =>
    `${field}${argumentList([filter, ...owners])}: ${model.name} @aws_subscribe(mutations: ["${mutation}"])`;
  return [
    standard(fields.onCreate, fields.create),
    standard(fields.onUpdate, fields.update),
    standard(fields.onDelete, fields.delete),
    `${fields.onChange}${argumentList([filter, { name: 'after', type: 'String' }])}: ${types.change}!`,
  ];
}
