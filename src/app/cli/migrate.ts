import { createLog } from '../../base/log.ts';
import { migrateDatabase } from '../../database/migrate.ts';
import { endEpoch, newEpoch } from '../../feed/epoch.ts';
import { applyModels } from '../../models/tables/apply-models.ts';
import { resolveConfig } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { migrationFolder, reachDatabase } from '../foundation.ts';
import { readModels } from '../models-schema.ts';
import { UsageError } from './usage-error.ts';

export const help = `Usage: rockpool migrate [--new-epoch]

Brings the system tables and the tables of the shared models (SCHEMA) up to date, and tells what was done. Changes that
would lose data are refused with the list of what would be lost; then nothing is changed.

  --new-epoch   after a snapshot of the database was put back in place: every client must pull anew

Uses DATABASE_URL, or the embedded Postgres of DATA_DIR, running or not.
`;

export async function run(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--new-epoch');
  if (unknown !== undefined) throw new UsageError(`migrate takes no ${unknown}`);
  const config = resolveConfig(readEnvironment(process.env), process.stderr.isTTY === true);
  const log = await createLog('warn', config.log.format);
  const { schema } = await readModels(config);
  const { database, close } = await reachDatabase(config, log);
  try {
    const { applied } = await migrateDatabase(database, { folder: migrationFolder(), log });
    const { changes } = await applyModels(database, schema, { log, endEpoch });
    const done = [...applied.map((name) => `migration ${name}`), ...changes];
    if (args.includes('--new-epoch')) done.push(`new epoch ${await newEpoch(database)}`);
    process.stdout.write(
      done.length === 0 ? 'Nothing to do: everything is up to date.\n' : `${done.join('\n')}\n`,
    );
    return 0;
  } finally {
    await close();
  }
}
