import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Rooms by rank, from the outside inwards: an import runs only to a room of a lower line. */
const RANKS = [
  ['main', 'index'],
  ['app'],
  ['compare', 'console'],
  ['aws', 'realtime'],
  ['graphql'],
  ['models', 'datasets'],
  ['user-pools', 'identity-pools'],
  ['auth', 'feed'],
  ['database'],
  ['base'],
] as const;

const MAX_LINES = 400;
const SOURCE = 'src';

interface Import {
  readonly file: string;
  readonly target: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Imports of our own files, types and dynamic ones too. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g);
  return [...found].map(([, path = '']) => ({ file, target: join(dirname(file), path) }));
}

/** The first folder below src, or the file's own name where it lies in src itself. */
function roomOf(file: string): string {
  const [first = ''] = relative(SOURCE, file).split('/');
  return first.replace(/\.ts$/, '');
}

const rankOf = (room: string): number =>
  RANKS.findIndex((rank) => (rank as readonly string[]).includes(room));

const sources = filesBelow(SOURCE);

describe('the house', () => {
  it('has no room that is not in the order', () => {
    const strangers = new Set(sources.map(roomOf).filter((room) => rankOf(room) < 0));
    expect([...strangers]).toEqual([]);
  });

  it('imports only inwards, and never between rooms of one rank', () => {
    const wrong = sources
      .flatMap(importsOf)
      .map(({ file, target }) => ({ file, target, from: roomOf(file), to: roomOf(target) }))
      .filter(({ from, to }) => from !== to && rankOf(from) >= rankOf(to))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  it(`has no file of more than ${MAX_LINES} lines`, () => {
    const long = [...sources, ...filesBelow('test'), ...filesBelow('bench')]
      .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('reads the environment in app alone', () => {
    const readers = sources
      .filter((file) => /process\.env\b/.test(readFileSync(file, 'utf8')))
      .filter((file) => roomOf(file) !== 'app');
    expect(readers).toEqual([]);
  });

  it('keeps what an import looks like, so that this test cannot pass by seeing none', () => {
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(200);
    expect(importsOf(join(SOURCE, 'main.ts')).map(({ target }) => target)).toEqual(['src/app/cli/main.ts']);
  });
});
