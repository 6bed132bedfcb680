import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSchemaFiles } from '../../../src/models/sdl/read-schema-files.ts';
import { SchemaError } from '../../../src/models/sdl/schema-error.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rockpool-sdl-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('readSchemaFiles', () => {
  test('reads one file whatever it is called', async () => {
    await writeFile(join(folder, 'schema.txt'), 'type A { x: Int }');
    expect(await readSchemaFiles(join(folder, 'schema.txt'))).toEqual([
      { file: join(folder, 'schema.txt'), text: 'type A { x: Int }' },
    ]);
  });

  test('reads the SDL of a folder and the folders in it, in the order of names', async () => {
    await mkdir(join(folder, 'c', 'd'), { recursive: true });
    await mkdir(join(folder, '.git'));
    for (const name of [
      'b.gql',
      'a.graphql',
      'c/d/x.graphql',
      '.hidden.graphql',
      '.git/y.graphql',
      'notes.md',
    ]) {
      await writeFile(join(folder, name), `# ${name}`);
    }
    const found = await readSchemaFiles(folder);
    expect(found.map(({ text }) => text)).toEqual(['# a.graphql', '# b.gql', '# c/d/x.graphql']);
  });

  test('does not run in a circle of links', async () => {
    await writeFile(join(folder, 'a.graphql'), '# a');
    await symlink(folder, join(folder, 'again'));
    await symlink(join(folder, 'a.graphql'), join(folder, 'b.graphql'));
    expect((await readSchemaFiles(folder)).map(({ text }) => text)).toEqual(['# a', '# a']);
  });

  test.each([
    ['a path that is not there', 'missing', 'There is no such file or folder (ENOENT)'],
    ['a folder without SDL', 'empty', 'The folder has no .graphql or .gql file'],
    ['a file that is not UTF-8', 'latin1.graphql', 'The file is not UTF-8 text'],
  ])('refuses %s and says where', async (_title, name, message) => {
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'latin1.graphql'), Buffer.from('# caf\u00e9', 'latin1'));
    const path = join(folder, name);
    const error: unknown = await readSchemaFiles(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SchemaError);
    expect((error as Error).message).toContain(`${path}: ${message}`);
  });
});
