import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readScenario, ScenarioError } from './read-scenario.ts';
import type { Scenario } from './scenario.ts';

/** The scenarios that ship, in the order of their files' names. */
export async function shippedScenarios(folder: string): Promise<readonly Scenario[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  return Promise.all(
    files.map(async (file) => readScenario(file, await readFile(join(folder, file), 'utf8'))),
  );
}

/** A shipped scenario by name, or one out of a file. */
export async function findScenario(folder: string, nameOrFile: string): Promise<Scenario> {
  if (/\.ya?ml$/.test(nameOrFile)) {
    const text = await readFile(nameOrFile, 'utf8').catch((cause: unknown) => {
      throw new ScenarioError(`${nameOrFile}: the file cannot be read.`, { cause });
    });
    return readScenario(nameOrFile, text);
  }
  const scenarios = await shippedScenarios(folder);
  const found = scenarios.find(({ name }) => name === nameOrFile);
  if (found !== undefined) return found;
  throw new ScenarioError(
    `There is no scenario ${nameOrFile}; those that ship are ${scenarios.map(({ name }) => name).join(', ')}. A file's name ends in .yaml.`,
  );
}
