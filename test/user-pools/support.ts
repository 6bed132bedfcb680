import { createPasswords, type Passwords } from '../../src/auth/password.ts';
import { createSealer } from '../../src/auth/sealing.ts';
import { manualClock } from '../../src/base/clock.ts';
import { uuid } from '../../src/base/ids.ts';
import { isObject, parseJson } from '../../src/base/json.ts';
import { silentLog } from '../../src/base/log.ts';
import {
  DEFAULT_CLIENT_ID,
  defaultClient,
  defaultPool,
  ensureDefaults,
} from '../../src/user-pools/defaults.ts';
import { DirectoryError } from '../../src/user-pools/errors.ts';
import type { AuthOutcome, TokenSet } from '../../src/user-pools/grants.ts';
import { createOutbox } from '../../src/user-pools/outbox.ts';
import type { ClientSettings, PoolSettings } from '../../src/user-pools/settings.ts';
import { generatePoolKeys, type NewKey } from '../../src/user-pools/signing-keys.ts';
import { insertClient, insertPool } from '../../src/user-pools/store/pools.ts';
import { createUserPools, type UserPools } from '../../src/user-pools/user-pools.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

export const PASSWORD = 'Correct-horse-1';
export const PUBLIC_URL = 'http://localhost:4000';
export const POOL_ID = 'us-east-1_Rockpool1';
export const CLIENT_ID = DEFAULT_CLIENT_ID;

/** Hashes that cost nothing: what they are worth is tested in auth. */
export const quickPasswords = () => createPasswords({ cost: { ln: 4, r: 1, p: 1 } });

/** One pair a test file: making keys takes longer than most tests. */
const sharedKeys = (() => {
  let made: Promise<readonly NewKey[]> | undefined;
  return () => (made ??= generatePoolKeys(testSealer()));
})();

const testSealer = () => createSealer([Buffer.alloc(32, 7)]);

export type Directory = Awaited<ReturnType<typeof testDirectory>>;

/** A directory over a database of its own, with a clock that stands still and the default pool. */
export async function testDirectory(
  options: {
    readonly database?: TestDatabase;
    readonly publicUrl?: string;
    readonly passwords?: Passwords;
  } = {},
) {
  const database = options.database ?? (await testDatabase());
  const clock = manualClock();
  const sealer = testSealer();
  const outbox = createOutbox({ sql: database.sql, clock, log: silentLog });
  let rings = 0;
  const pools = createUserPools({
    database,
    sealer,
    passwords: options.passwords ?? quickPasswords(),
    clock,
    sender: outbox,
    ring: () => {
      rings += 1;
    },
    publicUrl: options.publicUrl ?? PUBLIC_URL,
    region: 'us-east-1',
  });
  await ensureDefaults({ database, sealer, region: 'us-east-1', newKeys: () => sharedKeys() });
  return { database, clock, sealer, outbox, pools, rings: () => rings };
}

/** Another pool with one client, by the settings that differ from the default pool's. */
export async function addPool(
  { database, sealer }: Directory,
  given: {
    readonly pool?: Partial<PoolSettings>;
    readonly client?: Partial<ClientSettings>;
    readonly secret?: string;
  },
): Promise<{ readonly poolId: string; readonly clientId: string }> {
  const id = uuid().replaceAll('-', '');
  const [poolId, clientId] = [`us-east-1_${id}`, id];
  await database.transaction(async (sql) => {
    await insertPool(sql, { id: poolId, name: 'Another', settings: { ...defaultPool(), ...given.pool } });
    // The default pool's keys under names of their own: fresh ones would take a second each time.
    await sql`
      insert into rockpool.signing_keys (kid, pool_id, use, private_key, public_jwk, created_at)
      select made.kid, ${poolId}, k.use, k.private_key, k.public_jwk || jsonb_build_object('kid', made.kid), now()
      from rockpool.signing_keys k, lateral (select ${id} || k.use as kid) made where k.pool_id = ${POOL_ID}`;
    await insertClient(sql, {
      id: clientId,
      poolId,
      name: 'App',
      sealedSecret: given.secret === undefined ? null : sealer.seal(given.secret, 'client-secret'),
      settings: { ...defaultClient(), ...given.client },
    });
  });
  return { poolId, clientId };
}

/** The newest code that was sent to an address. */
export async function codeTo({ outbox }: Pick<Directory, 'outbox'>, to: string): Promise<string> {
  const [newest] = await outbox.list(to);
  if (newest?.code === undefined) throw new Error(`no code was sent to ${to}`);
  return newest.code;
}

/** Signs up and confirms. The address is `<username>@example.com`. */
export async function addUser(directory: Directory, username: string, through = CLIENT_ID): Promise<string> {
  const { pools } = directory;
  const email = `${username}@example.com`;
  const call = { clientId: through, username, secretHash: undefined };
  const { sub } = await pools.signUps.signUp({ ...call, password: PASSWORD, attributes: { email } });
  const code = await codeTo(directory, email);
  await pools.signUps.confirm({ ...call, code, forceAliasCreation: false });
  return sub;
}

export function signIn(
  pools: UserPools,
  username: string,
  password = PASSWORD,
  clientId = CLIENT_ID,
): Promise<AuthOutcome> {
  const parameters = new Map(Object.entries({ USERNAME: username, PASSWORD: password }));
  return pools.authentication.initiate({
    clientId,
    flow: 'USER_PASSWORD_AUTH',
    parameters,
    adminOf: undefined,
  });
}

/** Tokens of a sign-in that asks nothing. */
export async function tokensOf(
  pools: UserPools,
  username: string,
  password = PASSWORD,
  clientId = CLIENT_ID,
): Promise<TokenSet & { readonly refreshToken: string }> {
  const outcome = await signIn(pools, username, password, clientId);
  if (outcome.kind !== 'tokens') throw new Error(`a challenge: ${outcome.name}`);
  const { refreshToken = '' } = outcome.tokens;
  return { ...outcome.tokens, refreshToken };
}

export function partsOf(token: string): { header: Record<string, unknown>; claims: Record<string, unknown> } {
  const [header, claims] = token
    .split('.')
    .map((part) => parseJson(Buffer.from(part, 'base64url').toString()));
  if (!isObject(header) || !isObject(claims)) throw new Error('no token');
  return { header, claims };
}

/** Code and message of what a call rejects with. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof DirectoryError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('it was accepted');
}

/** Operations of the entries on a user's caller topic, oldest first. */
export async function rightsOf({ database }: Directory, poolId: string, sub: string): Promise<string[]> {
  const rows = await database.sql<{ operation: string }[]>`
    select operation from rockpool.journal where topic = ${`caller:${poolId}/${sub}`} order by seq`;
  return rows.map((row) => row.operation);
}
