import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { SchemaError } from './schema-error.ts';

/** One file of SDL. */
export interface SchemaSource {
  /** Path as it is shown to people. */
  readonly file: string;
  readonly text: string;
}

const EXTENSIONS: ReadonlySet<string> = new Set(['.graphql', '.gql']);

/**
 * Reads a file, or every `*.graphql` and `*.gql` of a folder and the folders in it, in the order of their names.
 * What begins with a dot is left out. Throws a SchemaError where there is nothing to read.
 */
export async function readSchemaFiles(path: string): Promise<SchemaSource[]> {
  let folder: boolean;
  try {
    folder = (await stat(path)).isDirectory();
  } catch (error) {
    throw noSource(
      path,
      `There is no such file or folder (${codeOf(error)}). SCHEMA names the SDL of the models.`,
    );
  }
  if (!folder) return [await readSource(path)];
  const files = await filesIn(path);
  if (files.length === 0) {
    throw noSource(
      path,
      'The folder has no .graphql or .gql file. Write a type with @model, or name another path in SCHEMA.',
    );
  }
  return Promise.all(files.map(readSource));
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw noSource(folder, `The folder cannot be read (${codeOf(error)}).`);
  });
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    const isFolder = entry.isSymbolicLink() ? await isDirectory(path) : entry.isDirectory();
    // A linked folder is not entered: it may lead back here.
    if (isFolder) found.push(...(entry.isSymbolicLink() ? [] : await filesIn(path)));
    else if (EXTENSIONS.has(extname(entry.name))) found.push(path);
  }
  return found;
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readSource(file: string): Promise<SchemaSource> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw noSource(file, `The file cannot be read (${codeOf(error)}).`);
  });
  try {
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    throw noSource(file, 'The file is not UTF-8 text. Save it as UTF-8.');
  }
}

function noSource(file: string, message: string): SchemaError {
  return new SchemaError([{ file, line: 0, column: 0, message }]);
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : messageOf(error);
}
