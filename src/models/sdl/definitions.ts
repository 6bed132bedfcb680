import {
  GraphQLError,
  Kind,
  parse,
  Source,
  type DefinitionNode,
  type EnumTypeDefinitionNode,
  type NameNode,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import type { SchemaSource } from './read-schema-files.ts';
import { placeOfNode, type Mistakes } from './schema-error.ts';

/** What the SDL defines, each name once. */
export interface Definitions {
  /** Types with `@model`. */
  readonly models: ReadonlyMap<string, ObjectTypeDefinitionNode>;
  /** Types without it: nested in models. */
  readonly objects: ReadonlyMap<string, ObjectTypeDefinitionNode>;
  readonly enums: ReadonlyMap<string, EnumTypeDefinitionNode>;
}

const LATER: Partial<Record<DefinitionNode['kind'], string>> = {
  [Kind.INTERFACE_TYPE_DEFINITION]:
    'Interfaces come in a later version; write the fields into each type and remove the interface.',
  [Kind.UNION_TYPE_DEFINITION]:
    'Unions come in a later version; write one type with nullable fields and remove the union.',
  [Kind.INPUT_OBJECT_TYPE_DEFINITION]:
    'Inputs are made from the models; inputs of your own come in a later version: remove it.',
  [Kind.SCALAR_TYPE_DEFINITION]:
    'The AWS scalars are built in and scalars of your own come in a later version; remove this line.',
  [Kind.DIRECTIVE_DEFINITION]:
    'The directives are built in and directives of your own come in a later version; remove this line.',
  [Kind.SCHEMA_DEFINITION]:
    'The root types are always Query, Mutation and Subscription; remove `schema { … }`.',
  [Kind.SCHEMA_EXTENSION]: '`extend` comes in a later version; remove it.',
  [Kind.OPERATION_DEFINITION]: 'An operation is no part of a schema; remove it and send it to /graphql.',
  [Kind.FRAGMENT_DEFINITION]: 'A fragment is no part of a schema; remove it and send it to /graphql.',
};

const ROOT_TYPES: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/** Parses the sources and sorts their definitions. What cannot be taken is added to `mistakes` and left out. */
export function readDefinitions(sources: readonly SchemaSource[], mistakes: Mistakes): Definitions {
  const models = new Map<string, ObjectTypeDefinitionNode>();
  const objects = new Map<string, ObjectTypeDefinitionNode>();
  const enums = new Map<string, EnumTypeDefinitionNode>();
  const firstByName = new Map<string, NameNode>();
  for (const definition of sources.flatMap((source) => parseSource(source, mistakes))) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.ENUM_TYPE_DEFINITION) {
      mistakes.add(definition, LATER[definition.kind] ?? extensionAdvice(definition));
      continue;
    }
    const { name } = definition;
    if (ROOT_TYPES.has(name.value)) {
      mistakes.add(
        name,
        `Fields of your own on ${name.value} come in a later version; remove the type: its fields are made from the models.`,
      );
      continue;
    }
    const first = firstByName.get(name.value);
    if (first !== undefined) {
      mistakes.add(
        name,
        `The type ${name.value} is already defined at ${placeOfNode(first)}; rename or remove one of the two.`,
      );
      continue;
    }
    firstByName.set(name.value, name);
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION) enums.set(name.value, definition);
    else (isModel(definition) ? models : objects).set(name.value, definition);
  }
  return { models, objects, enums };
}

function isModel(definition: ObjectTypeDefinitionNode): boolean {
  return definition.directives?.some((directive) => directive.name.value === 'model') === true;
}

function extensionAdvice(definition: DefinitionNode): string {
  const name = 'name' in definition ? definition.name?.value : undefined;
  return `\`extend\` comes in a later version; write the fields into ${name === undefined ? 'the type' : `the type ${name}`} itself.`;
}

function parseSource({ file, text }: SchemaSource, mistakes: Mistakes): readonly DefinitionNode[] {
  // graphql-js wants at least one definition; a file with none has nothing wrong.
  if (text.replace(/^\uFEFF/, '').replace(/#.*|[\s,]/g, '') === '') return [];
  try {
    return parse(new Source(text, file)).definitions;
  } catch (error) {
    if (error instanceof RangeError) {
      mistakes.addAt({
        file,
        line: 0,
        column: 0,
        message: 'This is nested too deep to be read; write it flatter.',
      });
      return [];
    }
    if (!(error instanceof GraphQLError)) throw error;
    const place = error.locations?.[0] ?? { line: 0, column: 0 };
    mistakes.addAt({ file, ...place, message: syntaxAdvice(error.message) });
    return [];
  }
}

/** graphql-js says what it met; the likeliest cause is added where there is one. */
function syntaxAdvice(message: string): string {
  const what = message.replace(/^Syntax Error: /, '').replace(/\.$/, '');
  const advice: readonly (readonly [RegExp, string])[] = [
    [/found "}"|found "{"/, 'Look for a missing field, a missing brace, or a type without fields.'],
    [/found <EOF>/, 'The text ends too early: look for a missing `}`.'],
    [/Expected ":"/, 'Write fields as `name: Type`.'],
    [/Unterminated string/, 'Close the quotation mark on the same line, or use three of them.'],
    [/Unexpected Name/, 'Definitions begin with `type` or `enum`.'],
  ];
  const hint = advice.find(([pattern]) => pattern.test(what))?.[1];
  return `This is not GraphQL SDL: ${what}.${hint === undefined ? '' : ` ${hint}`}`;
}
