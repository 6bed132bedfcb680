import { expect, test } from 'vitest';
import type { Schema } from '../../../src/models/model.ts';
import { parseModels, type ParseOptions } from '../../../src/models/sdl/parse-models.ts';
import { SchemaError, type SchemaMistake } from '../../../src/models/sdl/schema-error.ts';

export const OPTIONS: ParseOptions = {
  defaultStrategy: 'AUTOMERGE',
  reservedNames: {
    types: new Set(['Dataset', 'ChangeKind', 'ModelSizeInput', 'ModelStringInput', 'AWSDate', 'Long']),
    queries: new Set(['datasets']),
    mutations: new Set(['pushDataset']),
    subscriptions: new Set(['datasetChanged']),
  },
};

/** Models of one file. */
export function models(text: string, options: Partial<ParseOptions> = {}): Schema {
  return parseModels([{ file: 'a.graphql', text }], { ...OPTIONS, ...options });
}

/** What is wrong with one file. */
export function mistakesOf(...texts: readonly string[]): readonly SchemaMistake[] {
  try {
    parseModels(
      texts.map((text, index) => ({ file: `${'abc'.charAt(index)}.graphql`, text })),
      OPTIONS,
    );
  } catch (error) {
    if (error instanceof SchemaError) return error.mistakes;
    throw error;
  }
  return [];
}

/** SDL, where its one mistake is (line:column), and what the message says. */
export type Case = readonly [title: string, sdl: string, place: string, ...messages: readonly string[]];

/** A model with `body` on its second line. */
export const note = (body: string): string => `type Note @model {\n  ${body}\n}`;
/** A model with one rule on its second line. */
export const ruled = (rule: string): string => `type Note @model @auth(rules: [\n  ${rule}\n]) { x: Int }`;

export function testMistakes(cases: readonly Case[]): void {
  test.each(cases)('%s is refused with place and advice', (_title, sdl, place, ...messages) => {
    const found = mistakesOf(sdl);
    expect(found.map(({ file, line, column }) => `${file} ${line}:${column}`)).toEqual([
      `a.graphql ${place}`,
    ]);
    for (const message of messages) expect(found[0]?.message).toContain(message);
  });
}
