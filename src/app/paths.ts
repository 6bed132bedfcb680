import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json, drizzle/ and schema/: above src/app as above the bundle in dist/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'drizzle', 'meta', '_journal.json'))) {
    const above = dirname(folder);
    if (above === folder)
      throw new Error('The folder drizzle/ with the migrations is missing: the installation is not whole.');
    folder = above;
  }
  return folder;
}
