import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kind, parse, type ObjectTypeDefinitionNode } from 'graphql';
import type { ReservedNames } from '../models/sdl/taken-names.ts';

const FILES = ['rockpool.graphql', 'appsync.graphql'];

/**
 * The fixed SDL of the API, from `folder` (the package's `schema`): everything that does not depend on the models.
 * `modelSdl` extends it.
 */
export async function apiSdl(folder: string): Promise<string> {
  const texts = await Promise.all(FILES.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.join('\n');
}

/** The names that models may not take: those of the fixed SDL. */
export function reservedNamesOf(sdl: string): ReservedNames {
  const types = new Set<string>();
  const fields = new Map<string, ReadonlySet<string>>();
  for (const definition of parse(sdl, { noLocation: true }).definitions) {
    if (
      definition.kind === Kind.DIRECTIVE_DEFINITION ||
      !('name' in definition) ||
      definition.name === undefined
    ) {
      continue;
    }
    types.add(definition.name.value);
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION)
      fields.set(definition.name.value, fieldNames(definition));
  }
  return {
    types,
    queries: fields.get('Query') ?? new Set(),
    mutations: fields.get('Mutation') ?? new Set(),
    subscriptions: fields.get('Subscription') ?? new Set(),
  };
}

function fieldNames(definition: ObjectTypeDefinitionNode): ReadonlySet<string> {
  return new Set((definition.fields ?? []).map((field) => field.name.value));
}
