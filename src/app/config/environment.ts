/**
 * Every variable that is read, one entry each: this list is the documentation, the parser's table and `--help`.
 * Reading is all that happens here; what the values mean together is decided in `config.ts`.
 */
export interface Variable {
  readonly name: string;
  /** The default as `--help` shows it; undefined for none. */
  readonly default?: string;
  readonly meaning: string;
  /** Set where the feature comes later: any value but the default is refused. */
  readonly notYet?: true;
}

export const VARIABLES = [
  { name: 'PORT', default: '4000', meaning: 'one port for everything; 0 picks a free one' },
  { name: 'HOST', default: '127.0.0.1 and ::1', meaning: 'address to bind' },
  { name: 'NODE_ENV', meaning: '`production`: no development defaults, no introspection, no outbox' },
  { name: 'ALLOW_DEV_DEFAULTS', meaning: '`1`: development credentials and the outbox on any HOST' },
  {
    name: 'PUBLIC_URL',
    default: 'http://localhost:<PORT>',
    meaning: 'how clients reach it; issuers are built from it',
  },
  { name: 'DATABASE_URL', meaning: 'Postgres 15 or newer; none: an embedded Postgres in DATA_DIR' },
  {
    name: 'LISTEN_URL',
    default: 'DATABASE_URL',
    meaning: 'a direct connection where DATABASE_URL is a transaction pooler',
  },
  {
    name: 'SECRET_KEY',
    default: 'made once',
    meaning: '32 bytes in base64, several separated by blanks: the first seals, all open',
  },
  { name: 'RETENTION', default: '30d', meaning: 'age of journal entries and tombstones: 90s, 15m, 12h, 30d' },
  { name: 'DATA_DIR', default: '.rockpool', meaning: 'embedded Postgres, secret key, amplify_outputs.json' },
  {
    name: 'SCHEMA',
    default: 'schema/models',
    meaning: 'file or folder of GraphQL SDL with the shared models',
  },
  {
    name: 'BUS_URL',
    meaning: 'how nodes wake one another; none: LISTEN/NOTIFY on the database',
    notYet: true,
  },
  { name: 'AWS_REGION', default: 'us-east-1', meaning: 'region in ids and ARNs, fixed by the first start' },
  { name: 'ACCOUNT_ID', default: '000000000000', meaning: 'account in ARNs, fixed by the first start' },
  {
    name: 'ROOT_ACCESS_KEY_ID',
    default: 'rockpool',
    meaning: "the owner's access key; no default in production",
  },
  {
    name: 'ROOT_SECRET_ACCESS_KEY',
    default: 'rockpool-secret',
    meaning: "the owner's secret; no default in production",
  },
  { name: 'API_KEY', default: 'da2-rockpool', meaning: 'API key of `public` rules; none in production' },
  {
    name: 'TRUSTED_USER_POOLS',
    meaning: 'further user pools: poolId/clientId[,clientId][@<JWKS URL>], separated by blanks',
  },
  { name: 'TLS_CERT', meaning: 'PEM file', notYet: true },
  { name: 'TLS_KEY', meaning: 'PEM file', notYet: true },
  {
    name: 'DATASET_STRICT',
    default: 'off',
    meaning: '`on`: refuse a push when the dataset moved since its token',
    notYet: true,
  },
  { name: 'SYNC_SESSION_MINUTES', default: '60', meaning: 'life of a sync session token' },
  {
    name: 'CONFLICT_STRATEGY',
    default: 'AUTOMERGE',
    meaning: 'for models that name none: AUTOMERGE or OPTIMISTIC_CONCURRENCY',
  },
  { name: 'LOGIN_PROVIDERS', meaning: 'JSON file: where public login providers are asked', notYet: true },
  { name: 'AWS_ENDPOINT_URL_SNS', meaning: 'where push messages go', notYet: true },
  { name: 'AWS_ENDPOINT_URL_KINESIS', meaning: 'where streams go', notYet: true },
  { name: 'AWS_ENDPOINT_URL_LAMBDA', meaning: 'where functions are', notYet: true },
  { name: 'FUNCTIONS', meaning: 'folder of functions', notYet: true },
  { name: 'STREAM_SINK', meaning: 'where streams are written', notYet: true },
  { name: 'LOG_LEVEL', default: 'info', meaning: 'fatal, error, warn, info, debug, trace or silent' },
  { name: 'LOG_FORMAT', default: 'pretty on a terminal, else json', meaning: 'json or pretty' },
] as const satisfies readonly Variable[];

export type VariableName = (typeof VARIABLES)[number]['name'];

/** Raw texts by name. A variable that is set to nothing counts as not set. */
export type Environment = Readonly<Partial<Record<VariableName, string>>>;

/** The variables of ours out of the process's environment. */
export function readEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  const environment: Partial<Record<VariableName, string>> = {};
  for (const { name } of VARIABLES) {
    const value = source[name];
    if (value !== undefined && value.trim() !== '') environment[name] = value;
  }
  return environment;
}

/** The table of `--help`. */
export function describeEnvironment(): string {
  const width = Math.max(...VARIABLES.map(({ name }) => name.length));
  return VARIABLES.map((variable: Variable) => {
    const note = variable.notYet === true ? ' (not yet)' : '';
    const fallback = variable.default === undefined ? '' : ` [${variable.default}]`;
    return `  ${variable.name.padEnd(width)}  ${variable.meaning}${fallback}${note}`;
  }).join('\n');
}
