import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { createPasswords } from '../../auth/password.ts';
import { createOutbox } from '../../user-pools/outbox.ts';
import { createUserPools } from '../../user-pools/user-pools.ts';
import { DirectoryError } from '../../user-pools/errors.ts';
import { fixedIds, resolveConfig } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { reachDatabase } from '../foundation.ts';
import { openSealer } from '../settings.ts';
import { StartError } from '../start-error.ts';
import { UsageError } from './usage-error.ts';

export const help = `Usage: rockpool token <username> [--id]

Prints one token of a user of the default user pool and nothing else: an access token, or with --id an id token. It is
issued under the address that a node recorded last, so a server must have been started once. For curl, tests and
scripts of the owner: it needs the database and the secret key, no password.

  TOKEN=$(npx rockpool token ana)
  curl http://localhost:4000/graphql -H "authorization: $TOKEN" -H 'content-type: application/json' \\
    -d '{"query":"{ position }"}'
`;

export async function run(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => arg !== '--id');
  const [username, ...rest] = names;
  if (username === undefined || rest.length > 0 || username.startsWith('-'))
    throw new UsageError('name one user');
  const config = resolveConfig(readEnvironment(process.env), false);
  const { database, close } = await reachDatabase(config, silentLog);
  try {
    const { sql } = database;
    const [node] = await sql<{ url: string }[]>`
      select public_url as url from rockpool.nodes order by seen_at desc, public_url limit 1`;
    if (node === undefined)
      throw new StartError('no server was started on this database yet: start one, then ask for tokens.');
    const userPools = createUserPools({
      database,
      sealer: await openSealer(sql, config, silentLog),
      passwords: createPasswords(),
      clock: systemClock,
      sender: createOutbox({ sql, clock: systemClock, log: silentLog }),
      ring: () => undefined,
      publicUrl: node.url,
      region: config.region,
    });
    const { userPoolId, clientId } = fixedIds(config.region);
    const tokens = await userPools.operatorTokens({ poolId: userPoolId, clientId, username });
    process.stdout.write(`${args.includes('--id') ? tokens.idToken : tokens.accessToken}\n`);
    return 0;
  } catch (error) {
    if (error instanceof DirectoryError)
      throw new StartError(`${username}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    await close();
  }
}
