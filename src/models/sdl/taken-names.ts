import type { NameNode } from 'graphql';
import type { Definitions } from './definitions.ts';
import {
  enumFilterNames,
  MAX_NAME_BYTES,
  modelTypeNames,
  objectInputName,
  pluralOf,
  rootFieldNames,
  snakeCase,
} from './names.ts';
import { placeOfNode, type Mistakes } from './schema-error.ts';

/** Names that the fixed part of the API has, whatever the models. */
export interface ReservedNames {
  readonly types: ReadonlySet<string>;
  readonly queries: ReadonlySet<string>;
  readonly mutations: ReadonlySet<string>;
  readonly subscriptions: ReadonlySet<string>;
}

/** GraphQL's own. */
const GRAPHQL_TYPES = ['ID', 'String', 'Int', 'Float', 'Boolean', 'Query', 'Mutation', 'Subscription'];

/** Finds every name that two would have: types, what is made for models, root fields, tables. */
export function checkNames(definitions: Definitions, reserved: ReservedNames, mistakes: Mistakes): void {
  checkTypeNames(definitions, reserved, mistakes);
  checkRootFields(definitions, reserved, mistakes);
  checkTables(definitions, mistakes);
}

/** Who has a name, for people: `the type Note (schema/a.graphql:3:6)`. */
type Holder = string;

function checkTypeNames(definitions: Definitions, reserved: ReservedNames, mistakes: Mistakes): void {
  const builtIn = new Set([...GRAPHQL_TYPES, ...reserved.types]);
  const holders = new Map<string, Holder>();
  const own = [definitions.models, definitions.objects, definitions.enums].flatMap((map) => [
    ...map.values(),
  ]);
  for (const { name } of own) {
    if (name.value.startsWith('_')) {
      mistakes.add(
        name,
        `The type ${name.value} begins with \`_\`, which is kept for GraphQL and Rockpool; rename it.`,
      );
    } else if (builtIn.has(name.value)) {
      mistakes.add(name, `${name.value} is a built-in type; choose another name. ${listing(builtIn)}`);
    } else holders.set(name.value, `the type ${name.value} (${placeOfNode(name)})`);
  }
  for (const [name, made] of generatedNames(definitions)) {
    if (!holders.has(name.value)) continue;
    for (const generated of made) {
      const holder = builtIn.has(generated) ? 'a built-in type' : holders.get(generated);
      if (holder === undefined)
        holders.set(generated, `a type made for ${name.value} (${placeOfNode(name)})`);
      else {
        mistakes.add(
          name,
          `${name.value} needs the name ${generated} for a type made for it, and ${holder} has it; rename one. ${listing(builtIn)}`,
        );
      }
    }
  }
}

function* generatedNames({ models, objects, enums }: Definitions): Generator<[NameNode, readonly string[]]> {
  for (const { name } of models.values()) yield [name, Object.values(modelTypeNames(name.value))];
  for (const { name } of objects.values()) yield [name, [objectInputName(name.value)]];
  for (const { name } of enums.values()) yield [name, Object.values(enumFilterNames(name.value))];
}

function checkRootFields({ models }: Definitions, reserved: ReservedNames, mistakes: Mistakes): void {
  const holders = {
    Query: new Map([...reserved.queries].map((field) => [field, 'Rockpool'])),
    Mutation: new Map([...reserved.mutations].map((field) => [field, 'Rockpool'])),
    Subscription: new Map([...reserved.subscriptions].map((field) => [field, 'Rockpool'])),
  };
  for (const { name } of models.values()) {
    const fields = rootFieldNames({ name: name.value, plural: pluralOf(name.value) });
    const byRoot = {
      Query: [fields.get, fields.list, fields.sync],
      Mutation: [fields.create, fields.update, fields.delete],
      Subscription: [fields.onCreate, fields.onUpdate, fields.onDelete, fields.onChange],
    };
    for (const root of ['Query', 'Mutation', 'Subscription'] as const) {
      const taken = byRoot[root].find((field) => holders[root].has(field));
      if (taken !== undefined) {
        const holder = holders[root].get(taken) ?? '';
        mistakes.add(
          name,
          `The model ${name.value} needs the field ${root}.${taken}, and ${holder} has it; rename one.`,
        );
      }
      const own = `the model ${name.value} (${placeOfNode(name)})`;
      for (const field of byRoot[root]) if (!holders[root].has(field)) holders[root].set(field, own);
    }
  }
}

function checkTables({ models }: Definitions, mistakes: Mistakes): void {
  const holders = new Map<string, Holder>();
  for (const { name } of models.values()) {
    const table = snakeCase(name.value);
    const holder = holders.get(table);
    if (!/^[A-Z]/.test(name.value)) {
      if (!name.value.startsWith('_')) {
        const capital = `${name.value.charAt(0).toUpperCase()}${name.value.slice(1)}`;
        mistakes.add(name, `The name of a model begins with a capital letter; write ${capital}.`);
      }
    } else if (table.length > MAX_NAME_BYTES) {
      mistakes.add(
        name,
        `${name.value} needs a table name of ${table.length} bytes, and Postgres allows ${MAX_NAME_BYTES}; shorten it.`,
      );
    } else if (holder !== undefined) {
      mistakes.add(name, `${name.value} needs the table \`${table}\`, and ${holder} has it; rename one.`);
    } else holders.set(table, `the model ${name.value} (${placeOfNode(name)})`);
  }
}

function listing(names: ReadonlySet<string>): string {
  return `Names taken: ${[...names].toSorted().join(', ')}.`;
}
