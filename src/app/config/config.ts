import { resolve } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { LOG_LEVELS, type LogLevel } from '../../base/log.ts';
import { parseSecretKeys } from '../../auth/sealing.ts';
import { parseTrustedPools, type TrustedPool } from '../../auth/trusted-pools.ts';
import type { StrategyName } from '../../models/model.ts';
import { VARIABLES, type Environment, type Variable, type VariableName } from './environment.ts';

/** A value of the environment that cannot be: one line that names the variable, the value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface Config {
  /** 0 picks a free one. */
  readonly port: number;
  /** Undefined: loopback, both families where there are both. */
  readonly host: string | undefined;
  readonly production: boolean;
  /** Without a slash at the end; undefined: `http://localhost:<port>`. */
  readonly publicUrl: string | undefined;
  readonly database:
    | { readonly kind: 'embedded' }
    | { readonly kind: 'outside'; readonly url: string; readonly listenUrl: string | undefined };
  readonly retentionMs: number;
  readonly dataDir: string;
  readonly schemaPath: string;
  readonly region: string;
  readonly accountId: string;
  readonly trustedPools: readonly TrustedPool[];
  readonly sessionMinutes: number;
  readonly conflictStrategy: StrategyName;
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' };
  /** Whether `GET /dev/outbox` is served. */
  readonly outbox: boolean;
  readonly secrets: Secrets;
}

/** Apart from the rest, so that a config can be shown. */
export interface Secrets {
  /** Undefined: made once and kept. */
  readonly keys: readonly Buffer[] | undefined;
  readonly root: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Undefined: `public` rules grant nobody. */
  readonly apiKey: string | undefined;
}

/** Ids that are the same on every server, so that clients and CI need no look-up (contract.md, On first start). */
export function fixedIds(region: string) {
  return {
    userPoolId: `${region}_Rockpool1`,
    clientId: 'rockpoolclient0000000000001',
    identityPoolId: `${region}:00000000-0000-4000-8000-000000000001`,
    apiId: 'rockpoolapi000000000000001',
  } as const;
}

/** Defaults, checks and cross-checks. Throws a ConfigError at the first thing that cannot be. */
export function resolveConfig(environment: Environment, terminal: boolean): Config {
  refuseNotYet(environment);
  const production =
    oneOf(environment, 'NODE_ENV', ['production', 'development', 'test'], 'development') === 'production';
  const allowDefaults = oneOf(environment, 'ALLOW_DEV_DEFAULTS', ['1', '0'], '0') === '1';
  const host =
    environment.HOST === undefined
      ? undefined
      : matching(environment, 'HOST', /^[\w.:-]+$/, 'an address or a host name');
  const region = matching(
    environment,
    'AWS_REGION',
    /^[a-z]{2,}(-[a-z]+)+-\d$/,
    'a region such as us-east-1',
    'us-east-1',
  );
  const secrets = resolveSecrets(environment, production);
  const open = host !== undefined && !isLoopback(host) && !allowDefaults;
  if (open && !production) refuseDefaults(environment, host);
  return {
    port: integer(environment, 'PORT', 4000, 0, 65_535),
    host,
    production,
    publicUrl: publicUrl(environment),
    database: databaseOf(environment),
    retentionMs: duration(environment, 'RETENTION', '30d'),
    dataDir: resolve(environment.DATA_DIR ?? '.rockpool'),
    schemaPath: environment.SCHEMA ?? 'schema/models',
    region,
    accountId: matching(environment, 'ACCOUNT_ID', /^\d{12}$/, '12 digits', '000000000000'),
    trustedPools: trustedPools(environment, region),
    sessionMinutes: integer(environment, 'SYNC_SESSION_MINUTES', 60, 1, 1440),
    conflictStrategy: oneOf(
      environment,
      'CONFLICT_STRATEGY',
      ['AUTOMERGE', 'OPTIMISTIC_CONCURRENCY'],
      'AUTOMERGE',
    ),
    log: {
      level: oneOf(environment, 'LOG_LEVEL', LOG_LEVELS, 'info'),
      format: oneOf(environment, 'LOG_FORMAT', ['json', 'pretty'], terminal ? 'pretty' : 'json'),
    },
    outbox: !production && !open,
    secrets,
  };
}

function refuseNotYet(environment: Environment): void {
  for (const variable of VARIABLES as readonly Variable[]) {
    const value = environment[variable.name as VariableName];
    if (variable.notYet !== true || value === undefined || value === variable.default) continue;
    const allowed = variable.default === undefined ? 'leave it unset' : `only ${variable.default} is allowed`;
    throw new ConfigError(
      `${variable.name}=${value}: not yet, its feature comes in a later version; ${allowed}.`,
    );
  }
}

function resolveSecrets(environment: Environment, production: boolean): Secrets {
  const needed = (name: VariableName, fallback: string): string => {
    const value = environment[name];
    if (value !== undefined) return value;
    if (production)
      throw new ConfigError(`${name} is not set: with NODE_ENV=production it has no default; set it.`);
    return fallback;
  };
  if (production && environment.SECRET_KEY === undefined) {
    throw new ConfigError(
      'SECRET_KEY is not set: with NODE_ENV=production it has no default; set 32 bytes in base64 (openssl rand -base64 32).',
    );
  }
  return {
    keys: environment.SECRET_KEY === undefined ? undefined : secretKeys(environment.SECRET_KEY),
    root: {
      accessKeyId: needed('ROOT_ACCESS_KEY_ID', 'rockpool'),
      secretAccessKey: needed('ROOT_SECRET_ACCESS_KEY', 'rockpool-secret'),
    },
    apiKey: environment.API_KEY ?? (production ? undefined : 'da2-rockpool'),
  };
}

/** Whoever can reach the port may try the defaults: they are in the documentation. */
function refuseDefaults(environment: Environment, host: string): void {
  const left = [
    ['ROOT_ACCESS_KEY_ID', 'rockpool'],
    ['ROOT_SECRET_ACCESS_KEY', 'rockpool-secret'],
    ['API_KEY', 'da2-rockpool'],
  ] as const;
  // A key id alone opens nothing.
  const names = left
    .filter(
      ([name, fallback]) => name !== 'ROOT_ACCESS_KEY_ID' && (environment[name] ?? fallback) === fallback,
    )
    .map(([name]) => name);
  if (names.length === 0) return;
  throw new ConfigError(
    `HOST=${host}: others can reach this address, and ${names.join(' and ')} still ${names.length > 1 ? 'have their' : 'has its'} ` +
      'development default; set a value of your own, or ALLOW_DEV_DEFAULTS=1, or a loopback address.',
  );
}

function secretKeys(text: string): readonly Buffer[] {
  try {
    return parseSecretKeys(text);
  } catch (error) {
    // The value itself is a secret: it is not shown.
    throw new ConfigError(`SECRET_KEY: ${messageOf(error)}`);
  }
}

function trustedPools(environment: Environment, region: string): readonly TrustedPool[] {
  const text = environment.TRUSTED_USER_POOLS;
  if (text === undefined) return [];
  const pools = parsedPools(text, region);
  const { userPoolId } = fixedIds(region);
  // A login is kept by the id of its pool, so that users of the other server would be users of this one.
  if (pools.some(({ poolId, jwksUrl }) => poolId === userPoolId && jwksUrl !== undefined)) {
    throw new ConfigError(
      `TRUSTED_USER_POOLS=${text}: ${userPoolId} is the default pool of this server, whose keys are its own; ` +
        'leave out its JWKS URL, or name another pool.',
    );
  }
  return pools;
}

function parsedPools(text: string, region: string): readonly TrustedPool[] {
  try {
    return parseTrustedPools(text, { region });
  } catch (error) {
    throw new ConfigError(`TRUSTED_USER_POOLS=${text}: ${messageOf(error)}`);
  }
}

function databaseOf(environment: Environment): Config['database'] {
  const { DATABASE_URL: url, LISTEN_URL: listenUrl } = environment;
  if (url === undefined) {
    if (listenUrl !== undefined) {
      throw new ConfigError('LISTEN_URL is set and DATABASE_URL is not: set DATABASE_URL too, or neither.');
    }
    return { kind: 'embedded' };
  }
  for (const [name, value] of [
    ['DATABASE_URL', url],
    ['LISTEN_URL', listenUrl],
  ] as const) {
    if (value === undefined || /^postgres(ql)?:\/\//.test(value)) continue;
    // A URL may hold a password: only its kind is shown.
    throw new ConfigError(
      `${name}=${value.slice(0, 12)}…: a connection URL that begins with postgres:// is allowed.`,
    );
  }
  return { kind: 'outside', url, listenUrl: listenUrl === url ? undefined : listenUrl };
}

function publicUrl(environment: Environment): string | undefined {
  const text = environment.PUBLIC_URL;
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new ConfigError(`PUBLIC_URL=${text}: an http:// or https:// address without query is allowed.`);
  }
  return text.replace(/\/+$/, '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function oneOf<T extends string>(
  environment: Environment,
  name: VariableName,
  allowed: readonly T[],
  fallback: T,
): T {
  const value = environment[name];
  if (value === undefined) return fallback;
  const found = allowed.find((item) => item === value);
  if (found !== undefined) return found;
  throw new ConfigError(
    `${name}=${value}: ${allowed.join(', ').replace(/, ([^,]*)$/, ' or $1')} is allowed.`,
  );
}

function matching(
  environment: Environment,
  name: VariableName,
  pattern: RegExp,
  allowed: string,
  fallback = '',
): string {
  const value = environment[name] ?? fallback;
  if (pattern.test(value)) return value;
  throw new ConfigError(`${name}=${value}: ${allowed} is allowed.`);
}

function integer(
  environment: Environment,
  name: VariableName,
  fallback: number,
  low: number,
  high: number,
): number {
  const text = environment[name];
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new ConfigError(`${name}=${text}: a whole number from ${low} to ${high} is allowed.`);
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function duration(environment: Environment, name: VariableName, fallback: string): number {
  const text = environment[name] ?? fallback;
  const found = /^([1-9]\d{0,6})([smhd])$/.exec(text);
  if (found !== null) return Number(found[1]) * (UNITS[found[2] ?? ''] ?? 0);
  throw new ConfigError(`${name}=${text}: a number with s, m, h or d is allowed, such as 90s, 12h or 30d.`);
}
