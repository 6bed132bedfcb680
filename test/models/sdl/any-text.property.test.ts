import { readFileSync } from 'node:fs';
import { buildSchema, validateSchema } from 'graphql';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiSdl, reservedNamesOf } from '../../../src/graphql/api-sdl.ts';
import { modelSdl } from '../../../src/graphql/model-sdl/model-sdl.ts';
import { parseModels } from '../../../src/models/sdl/parse-models.ts';
import { SchemaError } from '../../../src/models/sdl/schema-error.ts';
import { shapesOf } from '../../../src/models/tables/shape.ts';
import { planChanges } from '../../../src/models/tables/plan.ts';

const api = await apiSdl('schema');
const reservedNames = reservedNamesOf(api);
const shipped = readFileSync('schema/models/boards.graphql', 'utf8');
const tokens = shipped.replace(/#.*/g, '').match(/"[^"]*"|\w+|[^\s\w]/g) ?? [];

/** Whatever the text, it is served whole or refused with places. */
function serve(text: string): 'served' | 'refused' {
  try {
    const schema = parseModels([{ file: 'a.graphql', text }], {
      defaultStrategy: 'AUTOMERGE',
      reservedNames,
    });
    expect(validateSchema(buildSchema(`${api}\n${modelSdl(schema)}`))).toEqual([]);
    planChanges(new Map(), shapesOf(schema));
    return 'served';
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    for (const { line, message } of error.mistakes) {
      expect(line).toBeGreaterThanOrEqual(0);
      expect(message).toMatch(/\.$|;$|\)$/);
    }
    return 'refused';
  }
}

describe('any text', () => {
  test('that is no SDL is refused', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void serve(text)));
  });

  test('that is SDL with tokens dropped, doubled, swapped or put in is served or refused', () => {
    const edit = fc.record({
      at: fc.nat(tokens.length - 1),
      what: fc.constantFrom('drop', 'double', 'swap', 'put'),
      token: fc.constantFrom(
        ...new Set([...tokens, '@index', 'Dataset', '_x', '$', 'extend', 'union', '""']),
      ),
    });
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
        const changed = [...tokens];
        for (const { at, what, token } of edits) {
          if (what === 'drop') changed.splice(at, 1);
          else if (what === 'double') changed.splice(at, 0, changed[at] ?? '');
          else if (what === 'swap')
            [changed[at], changed[at + 1]] = [changed[at + 1] ?? '', changed[at] ?? ''];
          else changed[at] = token;
        }
        outcomes.add(serve(changed.join(' ')));
      }),
      { numRuns: 150, examples: [[[]]] },
    );
    expect([...outcomes].toSorted()).toEqual(['refused', 'served']);
  });

  test('that is nested without end is refused', () => {
    expect(serve(`type Note @model { x: ${'['.repeat(100_000)}Int`)).toBe('refused');
  });
});
