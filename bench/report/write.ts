import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', 'results');

/** Writes one run's results and answers the name of the file, as seen from where the bench is run. */
export async function writeResults(results: { readonly at: string }): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${results.at.replaceAll(':', '-')}.json`);
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  return relative(process.cwd(), file);
}
