import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSealer, parseSecretKeys, type Sealer } from '../auth/sealing.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Sql } from '../database/connection.ts';
import type { Config } from './config/config.ts';
import { ConfigError } from './config/config.ts';
import { StartError } from './start-error.ts';

/** Keeps what the first start on a database decided, and refuses a start that would decide otherwise. */
export async function fixSettings(sql: Sql, config: Pick<Config, 'region' | 'accountId'>): Promise<void> {
  for (const [name, variable, value] of [
    ['region', 'AWS_REGION', config.region],
    ['account', 'ACCOUNT_ID', config.accountId],
  ] as const) {
    const fixed = await firstValue(sql, name, value);
    if (fixed === value) continue;
    throw new ConfigError(
      `${variable}=${value}: this database was started with ${fixed}, which stands in the ids that it gave out; only ${fixed} is allowed.`,
    );
  }
}

/** The sealer with the keys of SECRET_KEY, else those that were made once. Throws where they do not open what is sealed. */
export async function openSealer(sql: Sql, config: Config, log: Log): Promise<Sealer> {
  const sealer = createSealer(config.secrets.keys ?? (await madeKeys(sql, config, log)));
  const check = await firstValue(sql, 'key-check', sealer.seal('rockpool', 'key-check'));
  const sealed = await sql<{ keyId: string }[]>`
    select distinct split_part(private_key, '.', 1) as "keyId" from rockpool.signing_keys
    union select distinct split_part(secret, '.', 1) from rockpool.user_pool_clients where secret is not null`;
  const missing = sealed.map(({ keyId }) => keyId).filter((keyId) => !sealer.keyIds.includes(keyId));
  if (sealer.tryOpen(check, 'key-check') === undefined || missing.length > 0) {
    throw new StartError(
      'SECRET_KEY does not open what this database holds: it was sealed with another key. ' +
        'Give that key, behind a new one if you are changing keys.',
    );
  }
  return sealer;
}

/** A key of our own making: beside the embedded Postgres, or in an outside database, where it protects less. */
async function madeKeys(sql: Sql, config: Config, log: Log): Promise<readonly Buffer[]> {
  const fresh = randomBytes(32).toString('base64');
  if (config.database.kind === 'outside') {
    log.warn(
      'SECRET_KEY is not set: the key lies in the database that it protects. Set it before others can read backups.',
    );
    return parseSecretKeys(await firstValue(sql, 'secret-key', fresh));
  }
  const file = join(config.dataDir, 'secret.key');
  await mkdir(config.dataDir, { recursive: true });
  try {
    // Fails when the file is there: the first start alone makes it.
    await writeFile(file, `${fresh}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  try {
    return parseSecretKeys(await readFile(file, 'utf8'));
  } catch (error) {
    throw new StartError(`${file}: ${messageOf(error)} Put the key back that was there, or set SECRET_KEY.`, {
      cause: error,
    });
  }
}

/** Stores a value unless there is one, and answers the one that counts. Several nodes may ask at once. */
async function firstValue(sql: Sql, name: string, value: string): Promise<string> {
  await sql`insert into rockpool.settings (name, value) values (${name}, ${value}) on conflict do nothing`;
  const [row] = await sql<{ value: string }[]>`select value from rockpool.settings where name = ${name}`;
  return row?.value ?? value;
}
