import {
  Kind,
  print,
  type DirectiveNode,
  type ObjectFieldNode,
  type ObjectValueNode,
  type ValueNode,
} from 'graphql';
import type { Field, ModelOperation, Rule } from '../model.ts';
import type { Mistakes } from './schema-error.ts';

type Allow = Rule['allow'];

/** The one way of signing in that each kind of rule knows now. */
const PROVIDERS: Readonly<Record<Allow, string>> = {
  owner: 'userPools',
  private: 'userPools',
  groups: 'userPools',
  public: 'apiKey',
};
const LATER_PROVIDERS: ReadonlySet<string> = new Set(['iam', 'identityPool', 'oidc', 'function']);

const READ: readonly ModelOperation[] = ['get', 'list', 'sync', 'listen'];
const ALL: readonly ModelOperation[] = ['create', 'update', 'delete', ...READ];
/** What the directive accepts; `read` stands for the last five, and search comes with its own directive. */
const OPERATION_WORDS = ['create', 'update', 'delete', 'read', 'get', 'list', 'sync', 'listen', 'search'];
const READ_WORDS: ReadonlySet<string> = new Set(['get', 'list', 'sync', 'listen', 'search']);

/** Which arguments a kind of rule takes beside `allow`, `provider` and `operations`. */
const OWN_ARGUMENTS: Readonly<Record<Allow, readonly string[]>> = {
  owner: ['ownerField', 'identityClaim'],
  groups: ['groups', 'groupClaim', 'groupsField'],
  private: [],
  public: [],
};
const COMMON_ARGUMENTS = ['allow', 'provider', 'operations'];

const DEFAULT_CLAIMS: Readonly<Record<string, string>> = {
  identityClaim: 'sub::username',
  groupClaim: 'cognito:groups',
};

const EXAMPLE = '@auth(rules: [{ allow: owner }])';

/**
 * The rules of `@auth(rules: […])` in their order (spec/appsync.md 3.8); those with a mistake are left out.
 * `fields` are the declared ones, among which an owner rule looks for its field.
 */
export function readRules(directive: DirectiveNode, fields: readonly Field[], mistakes: Mistakes): Rule[] {
  const rules = directive.arguments?.find((argument) => argument.name.value === 'rules');
  for (const argument of directive.arguments ?? []) {
    if (argument !== rules)
      mistakes.add(argument, `@auth has no argument \`${argument.name.value}\`; write ${EXAMPLE}.`);
  }
  const values = rules === undefined ? [] : itemsOf(rules.value);
  if (values.length === 0) {
    mistakes.add(
      directive,
      `@auth has no rules; write ${EXAMPLE}, or remove @auth: then the root credentials alone may use the type.`,
    );
  }
  return values.flatMap((value) => {
    if (value.kind !== Kind.OBJECT) {
      mistakes.add(value, `A rule is written in braces: ${EXAMPLE}.`);
      return [];
    }
    return readRule(value, fields, mistakes) ?? [];
  });
}

function readRule(node: ObjectValueNode, fields: readonly Field[], mistakes: Mistakes): Rule | undefined {
  const argumentsByName = new Map<string, ObjectFieldNode>();
  for (const field of node.fields) {
    const name = field.name.value;
    if (argumentsByName.has(name))
      mistakes.add(field, `The rule has ${name} twice; remove one, or write a second rule.`);
    argumentsByName.set(name, field);
  }
  const allow = readAllow(node, argumentsByName.get('allow'), mistakes);
  if (allow === undefined) return undefined;
  for (const [name, argument] of argumentsByName) checkArgument(allow, name, argument, mistakes);
  const provider = argumentsByName.get('provider');
  if (provider !== undefined) checkProvider(allow, provider, mistakes);
  const operations = readOperations(argumentsByName.get('operations'), mistakes);
  switch (allow) {
    case 'owner':
      return ownerRule(node, operations, argumentsByName.get('ownerField'), fields, mistakes);
    case 'groups': {
      const groups = readGroups(
        node,
        argumentsByName.get('groups'),
        argumentsByName.has('groupsField'),
        mistakes,
      );
      return { allow, operations, groups };
    }
    case 'private':
    case 'public':
      return { allow, operations };
  }
}

function readAllow(
  node: ObjectValueNode,
  argument: ObjectFieldNode | undefined,
  mistakes: Mistakes,
): Allow | undefined {
  const choice = 'allow: owner, allow: private, allow: groups or allow: public';
  if (argument === undefined) {
    mistakes.add(node, `A rule says whom it allows; write ${choice}.`);
    return undefined;
  }
  const { value } = argument;
  const text = value.kind === Kind.ENUM || value.kind === Kind.STRING ? value.value : print(value);
  if (text === 'owner' || text === 'private' || text === 'groups' || text === 'public') {
    if (value.kind === Kind.ENUM) return text;
    mistakes.add(value, `Write allow: ${text} without quotation marks.`);
  } else if (text === 'custom') {
    mistakes.add(value, `allow: custom comes in a later version; write ${choice}.`);
  } else if (text === 'authenticated')
    mistakes.add(value, 'There is no allow: authenticated; write allow: private.');
  else if (text === 'guest') mistakes.add(value, 'There is no allow: guest; write allow: public.');
  else mistakes.add(value, `There is no allow: ${text}; write ${choice}.`);
  return undefined;
}

function checkArgument(allow: Allow, name: string, argument: ObjectFieldNode, mistakes: Mistakes): void {
  if (COMMON_ARGUMENTS.includes(name)) return;
  if (name === 'queries' || name === 'mutations') {
    mistakes.add(
      argument,
      `${name} is of an older version of @auth; write operations: [create, update, delete, read].`,
    );
  } else if (!OWN_ARGUMENTS[allow].includes(name)) {
    const owner = Object.entries(OWN_ARGUMENTS).find(([, names]) => names.includes(name))?.[0];
    mistakes.add(
      argument,
      owner === undefined
        ? `A rule has no \`${name}\`; remove it. Known are ${[...COMMON_ARGUMENTS, ...OWN_ARGUMENTS[allow]].join(', ')}.`
        : `${name} belongs to allow: ${owner}; remove it from allow: ${allow}.`,
    );
  } else if (name === 'groupsField') {
    mistakes.add(
      argument,
      'groupsField comes in a later version; write groups: ["Admin"] with the names of the groups.',
    );
  } else if (Object.hasOwn(DEFAULT_CLAIMS, name)) {
    const claim = DEFAULT_CLAIMS[name];
    if (argument.value.kind === Kind.STRING && argument.value.value === claim) return;
    mistakes.add(argument, `Claims other than "${claim}" come in a later version; remove ${name}.`);
  }
}

function checkProvider(allow: Allow, argument: ObjectFieldNode, mistakes: Mistakes): void {
  const { value } = argument;
  const wanted = PROVIDERS[allow];
  const text = value.kind === Kind.ENUM || value.kind === Kind.STRING ? value.value : print(value);
  if (text === wanted && value.kind === Kind.ENUM) return;
  if (text === wanted) mistakes.add(value, `Write provider: ${wanted} without quotation marks.`);
  else if (LATER_PROVIDERS.has(text)) {
    mistakes.add(
      value,
      `provider: ${text} comes in a later version; write provider: ${wanted} or leave it out.`,
    );
  } else
    mistakes.add(
      value,
      `allow: ${allow} has no provider: ${text}; write provider: ${wanted} or leave it out.`,
    );
}

function readOperations(
  argument: ObjectFieldNode | undefined,
  mistakes: Mistakes,
): ReadonlySet<ModelOperation> {
  if (argument === undefined || argument.value.kind === Kind.NULL) return new Set(ALL);
  const words = new Map<string, ValueNode>();
  for (const value of itemsOf(argument.value)) {
    const text = value.kind === Kind.ENUM || value.kind === Kind.STRING ? value.value : print(value);
    if (!OPERATION_WORDS.includes(text)) {
      mistakes.add(value, `There is no operation ${text}; write some of ${OPERATION_WORDS.join(', ')}.`);
    } else if (value.kind !== Kind.ENUM) mistakes.add(value, `Write ${text} without quotation marks.`);
    else words.set(text, value);
  }
  if (itemsOf(argument.value).length === 0) {
    mistakes.add(
      argument,
      'The list of operations is empty; leave it out for all, or write operations: [read].',
    );
  }
  for (const [word, value] of words) {
    if (words.has('read') && READ_WORDS.has(word)) {
      mistakes.add(value, `read includes ${word}; write one of the two.`);
    }
  }
  return new Set([...words.keys()].flatMap((word) => operationsOf(word)));
}

function operationsOf(word: string): readonly ModelOperation[] {
  if (word === 'read') return READ;
  return ALL.filter((operation) => operation === word);
}

function ownerRule(
  node: ObjectValueNode,
  operations: ReadonlySet<ModelOperation>,
  argument: ObjectFieldNode | undefined,
  fields: readonly Field[],
  mistakes: Mistakes,
): Rule | undefined {
  const value = argument?.value;
  const ownerField = value === undefined ? 'owner' : value.kind === Kind.STRING ? value.value : undefined;
  if (ownerField === undefined || !/^[A-Za-z]\w*$/.test(ownerField)) {
    mistakes.add(
      value ?? node,
      'ownerField is the name of a field in quotation marks: ownerField: "author".',
    );
    return undefined;
  }
  const declared = fields.find((field) => field.name === ownerField);
  const text = declared === undefined || (declared.type.kind === 'scalar' && declared.type.name === 'String');
  const taken = ['id', 'createdAt', 'updatedAt', 'filter'].includes(ownerField);
  if (!text || taken) {
    mistakes.add(
      value ?? node,
      taken
        ? `The owner cannot stand in \`${ownerField}\`; name another field: ownerField: "author".`
        : `The owner field \`${ownerField}\` must be String or [String]; change its type or name another field.`,
    );
    return undefined;
  }
  return { allow: 'owner', operations, ownerField, many: declared?.list !== undefined };
}

function readGroups(
  node: ObjectValueNode,
  argument: ObjectFieldNode | undefined,
  dynamic: boolean,
  mistakes: Mistakes,
): readonly string[] {
  const values = argument === undefined ? [] : itemsOf(argument.value);
  // groupsField alone has been refused already.
  if (values.length === 0 && !(dynamic && argument === undefined)) {
    mistakes.add(argument ?? node, 'allow: groups names them; write groups: ["Admin"].');
  }
  return values.flatMap((value) => {
    if (value.kind === Kind.STRING && value.value !== '') return [value.value];
    mistakes.add(value, 'A group is a name in quotation marks: groups: ["Admin"].');
    return [];
  });
}

/** GraphQL takes a single value for a list of one. */
function itemsOf(value: ValueNode): readonly ValueNode[] {
  if (value.kind === Kind.NULL) return [];
  return value.kind === Kind.LIST ? value.values : [value];
}
