import { isAbsolute, join } from 'node:path';
import { existsSync } from 'node:fs';
import { apiSdl, reservedNamesOf } from '../graphql/api-sdl.ts';
import type { Schema } from '../models/model.ts';
import { parseModels } from '../models/sdl/parse-models.ts';
import { readSchemaFiles } from '../models/sdl/read-schema-files.ts';
import { SchemaError } from '../models/sdl/schema-error.ts';
import type { Config } from './config/config.ts';
import { packageRoot } from './paths.ts';
import { StartError } from './start-error.ts';

/** SDL of the API and the shared models of SCHEMA. Throws a StartError that names each mistake in the SDL. */
export async function readModels(
  config: Pick<Config, 'schemaPath' | 'conflictStrategy'>,
): Promise<{ readonly api: string; readonly schema: Schema }> {
  const api = await apiSdl(join(packageRoot(), 'schema'));
  try {
    const schema = parseModels(await readSchemaFiles(locate(config.schemaPath)), {
      defaultStrategy: config.conflictStrategy,
      reservedNames: reservedNamesOf(api),
    });
    return { api, schema };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new StartError(`the models cannot be served:\n${error.message}`, { cause: error });
  }
}

/** Relative to where the server is started; the models that ship are found from anywhere. */
function locate(path: string): string {
  if (isAbsolute(path) || existsSync(path)) return path;
  const shipped = join(packageRoot(), path);
  return existsSync(shipped) ? shipped : path;
}
