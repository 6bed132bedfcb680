import { Kind, type DirectiveNode, type ValueNode } from 'graphql';
import type { StrategyName } from '../model.ts';
import type { Mistakes } from './schema-error.ts';

/** Directives that the specification has and this version has not: what to do instead. */
const LATER: Readonly<Record<string, string>> = {
  hasOne:
    'Relations come in a later version; write the id of the other item as a field (`otherId: ID`) and remove this one.',
  belongsTo:
    'Relations come in a later version; write the id of the other item as a field (`otherId: ID`) and remove this one.',
  hasMany:
    'Relations come in a later version; remove this field, and list the other model by a filter on the id it holds.',
  manyToMany: 'Relations come in a later version; write a model with the two ids and remove this field.',
  primaryKey: 'Keys of your own come in a later version; remove @primaryKey: the key is `id: ID!`.',
  index: 'Indexes come in a later version; remove @index and use `filter`.',
  default: 'Default values come in a later version; remove @default and let clients send the value.',
  connection:
    'Relations come in a later version; write the id of the other item as a field (`otherId: ID`) and remove this one.',
  key: 'Keys of your own come in a later version; remove @key: the key is `id: ID!`.',
  searchable: 'Search comes in a later version; remove @searchable.',
  function: 'Functions come in a later version; remove the field.',
  http: 'Functions come in a later version; remove the field.',
  predictions: 'Functions come in a later version; remove the field.',
  versioned: 'Every model is versioned; remove @versioned.',
  mapsTo: 'Renamed models come in a later version; remove @mapsTo.',
  refersTo: 'Renamed models come in a later version; remove @refersTo.',
  deprecated: 'Deprecations come in a later version; say it in the description and remove @deprecated.',
};

const PLACES: Readonly<Record<string, string>> = {
  model: '@model belongs to a type: `type Note @model { … }`; remove it here.',
  conflict: '@conflict belongs to a type with @model; remove it here.',
};

/** Refuses every directive that is not in `allowed`, and a second one of the same name. Returns the rest by name. */
export function readDirectives(
  directives: readonly DirectiveNode[] | undefined,
  allowed: ReadonlySet<string>,
  mistakes: Mistakes,
): ReadonlyMap<string, DirectiveNode> {
  const byName = new Map<string, DirectiveNode>();
  for (const directive of directives ?? []) {
    const name = directive.name.value;
    if (!allowed.has(name)) mistakes.add(directive, adviceFor(name));
    else if (byName.has(name))
      mistakes.add(directive, `@${name} may stand once on a type; put both into one.`);
    else byName.set(name, directive);
  }
  return byName;
}

function adviceFor(name: string): string {
  if (name === 'auth') {
    return 'Rules of single fields and of types without @model come in a later version; write @auth on the type with @model.';
  }
  if (name.startsWith('aws_')) return `@${name} is made from @auth; write an @auth rule and remove it.`;
  const known = Object.hasOwn(LATER, name)
    ? LATER[name]
    : Object.hasOwn(PLACES, name)
      ? PLACES[name]
      : undefined;
  return known ?? `There is no directive @${name}; remove it. Known are @model, @auth and @conflict.`;
}

const MODEL_OPTIONS: ReadonlySet<string> = new Set(['queries', 'mutations', 'subscriptions', 'timestamps']);

/** `@model` has no options yet. */
export function checkModelDirective(directive: DirectiveNode, mistakes: Mistakes): void {
  for (const argument of directive.arguments ?? []) {
    const name = argument.name.value;
    mistakes.add(
      argument,
      MODEL_OPTIONS.has(name)
        ? `@model(${name}: …) comes in a later version; write @model alone.`
        : `@model has no argument \`${name}\`; write @model alone.`,
    );
  }
}

const STRATEGIES: readonly StrategyName[] = ['AUTOMERGE', 'OPTIMISTIC_CONCURRENCY'];
const LATER_STRATEGIES: ReadonlySet<string> = new Set(['THREE_WAY', 'LAMBDA']);

/** The strategy of `@conflict(strategy: …)`; undefined after a mistake. */
export function strategyOf(directive: DirectiveNode, mistakes: Mistakes): StrategyName | undefined {
  let strategy: StrategyName | undefined;
  let given = false;
  for (const argument of directive.arguments ?? []) {
    if (argument.name.value === 'strategy') {
      given = true;
      strategy = readStrategy(argument.value, mistakes);
    } else if (argument.name.value === 'handler') {
      mistakes.add(argument, '@conflict(handler: …) comes in a later version; remove the argument.');
    } else {
      mistakes.add(
        argument,
        `@conflict has no argument \`${argument.name.value}\`; write @conflict(strategy: AUTOMERGE).`,
      );
    }
  }
  if (!given)
    mistakes.add(
      directive,
      `@conflict needs a strategy; write @conflict(strategy: ${STRATEGIES.join(' | ')}).`,
    );
  return strategy;
}

function readStrategy(value: ValueNode, mistakes: Mistakes): StrategyName | undefined {
  const text = value.kind === Kind.ENUM || value.kind === Kind.STRING ? value.value : undefined;
  const strategy = STRATEGIES.find((name) => name === text);
  if (strategy !== undefined && value.kind === Kind.ENUM) return strategy;
  if (strategy !== undefined)
    mistakes.add(value, `A strategy is written without quotation marks: strategy: ${strategy}.`);
  else if (text !== undefined && LATER_STRATEGIES.has(text)) {
    mistakes.add(value, `The strategy ${text} comes in a later version; write ${STRATEGIES.join(' or ')}.`);
  } else mistakes.add(value, `There is no such strategy; write ${STRATEGIES.join(' or ')}.`);
  return undefined;
}
