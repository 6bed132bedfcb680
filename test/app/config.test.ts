import { describe, expect, it } from 'vitest';
import { ConfigError, resolveConfig } from '../../src/app/config/config.ts';
import {
  describeEnvironment,
  readEnvironment,
  VARIABLES,
  type Environment,
  type VariableName,
} from '../../src/app/config/environment.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const PRODUCTION = {
  NODE_ENV: 'production',
  SECRET_KEY: KEY,
  ROOT_ACCESS_KEY_ID: 'owner',
  ROOT_SECRET_ACCESS_KEY: 'a-secret-of-their-own',
};

function messageOf(environment: Environment): string {
  try {
    resolveConfig(environment, false);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the environment', () => {
  it('needs nothing: everything has a default', () => {
    const config = resolveConfig({}, false);
    expect(config).toMatchObject({
      port: 4000,
      host: undefined,
      production: false,
      database: { kind: 'embedded' },
      retentionMs: 30 * 86_400_000,
      region: 'us-east-1',
      accountId: '000000000000',
      sessionMinutes: 60,
      conflictStrategy: 'AUTOMERGE',
      log: { level: 'info', format: 'json' },
      outbox: true,
      secrets: { keys: undefined, apiKey: 'da2-rockpool', root: { accessKeyId: 'rockpool' } },
    });
    expect(resolveConfig({}, true).log.format).toBe('pretty');
  });

  it.each<[Environment, RegExp]>([
    [{ PORT: '70000' }, /^PORT=70000: a whole number from 0 to 65535 is allowed\.$/],
    [{ PORT: '4000 ' }, /^PORT=4000 : /],
    [{ HOST: 'a b' }, /^HOST=a b: an address or a host name is allowed\.$/],
    [{ NODE_ENV: 'staging' }, /^NODE_ENV=staging: production, development or test is allowed\.$/],
    [{ PUBLIC_URL: 'ftp://x' }, /^PUBLIC_URL=ftp:\/\/x: an http:\/\/ or https:\/\/ address/],
    [{ PUBLIC_URL: 'http://x/?a=1' }, /^PUBLIC_URL=.*without query/],
    [
      { DATABASE_URL: 'mysql://secret@h/d' },
      /^DATABASE_URL=mysql:\/\/secr…: a connection URL that begins with postgres/,
    ],
    [{ LISTEN_URL: 'postgres://h/d' }, /^LISTEN_URL is set and DATABASE_URL is not/],
    [{ SECRET_KEY: 'short' }, /^SECRET_KEY: /],
    [{ RETENTION: '0d' }, /^RETENTION=0d: a number with s, m, h or d is allowed/],
    [{ RETENTION: '30' }, /^RETENTION=30: /],
    [{ AWS_REGION: 'moon' }, /^AWS_REGION=moon: a region such as us-east-1 is allowed\.$/],
    [{ ACCOUNT_ID: '12' }, /^ACCOUNT_ID=12: 12 digits is allowed\.$/],
    [{ SYNC_SESSION_MINUTES: '0' }, /^SYNC_SESSION_MINUTES=0: a whole number from 1 to 1440/],
    [
      { CONFLICT_STRATEGY: 'THREE_WAY' },
      /^CONFLICT_STRATEGY=THREE_WAY: AUTOMERGE or OPTIMISTIC_CONCURRENCY is allowed\.$/,
    ],
    [{ TRUSTED_USER_POOLS: 'nonsense' }, /^TRUSTED_USER_POOLS=nonsense: /],
    [
      {
        TRUSTED_USER_POOLS:
          'us-east-1_Rockpool1/app@https://other.example/us-east-1_Rockpool1/.well-known/jwks.json',
      },
      /^TRUSTED_USER_POOLS=.*: us-east-1_Rockpool1 is the default pool of this server, .*leave out its JWKS URL/,
    ],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL=loud: fatal, error/],
    [{ LOG_FORMAT: 'xml' }, /^LOG_FORMAT=xml: json or pretty is allowed\.$/],
    [{ ALLOW_DEV_DEFAULTS: 'yes' }, /^ALLOW_DEV_DEFAULTS=yes: 1 or 0 is allowed\.$/],
  ])('refuses %j in one line that says what is allowed', (environment, expected) => {
    const message = messageOf(environment);
    expect(message).toMatch(expected);
    expect(message).not.toContain('\n');
  });

  it.each<VariableName>([
    'TLS_CERT',
    'TLS_KEY',
    'BUS_URL',
    'DATASET_STRICT',
    'LOGIN_PROVIDERS',
    'AWS_ENDPOINT_URL_SNS',
    'AWS_ENDPOINT_URL_KINESIS',
    'AWS_ENDPOINT_URL_LAMBDA',
    'FUNCTIONS',
    'STREAM_SINK',
  ])('says "not yet" to %s', (name) => {
    expect(messageOf({ [name]: 'on' })).toMatch(new RegExp(`^${name}=on: not yet`));
  });

  it('takes the default of a variable whose feature comes later', () => {
    expect(messageOf({ DATASET_STRICT: 'off' })).toBe('accepted');
  });

  it('has no development defaults in production', () => {
    expect(messageOf({ NODE_ENV: 'production' })).toMatch(/^SECRET_KEY is not set/);
    expect(messageOf({ NODE_ENV: 'production', SECRET_KEY: KEY })).toMatch(/^ROOT_ACCESS_KEY_ID is not set/);
    const config = resolveConfig(PRODUCTION, false);
    expect(config).toMatchObject({ production: true, outbox: false });
    expect(config.secrets.apiKey).toBeUndefined();
  });

  it('refuses development defaults on an address that others can reach, and names them', () => {
    expect(messageOf({ HOST: '0.0.0.0' })).toMatch(
      /^HOST=0\.0\.0\.0: .*ROOT_SECRET_ACCESS_KEY and API_KEY still have/,
    );
    const own = { HOST: '0.0.0.0', ROOT_SECRET_ACCESS_KEY: 'own', API_KEY: 'da2-own' };
    expect(messageOf({ ...own, API_KEY: 'da2-rockpool' })).toMatch(/API_KEY still has its/);
    expect(resolveConfig(own, false).outbox).toBe(false);
    expect(resolveConfig({ HOST: '0.0.0.0', ALLOW_DEV_DEFAULTS: '1' }, false).outbox).toBe(true);
    for (const host of ['127.0.0.1', '127.0.0.9', '::1', 'localhost'])
      expect(messageOf({ HOST: host })).toBe('accepted');
  });

  it('takes keys of its own default pool from nowhere else', () => {
    const jwks = 'https://other.example/jwks.json';
    const trusting = (poolId: string, region: string) =>
      messageOf({ AWS_REGION: region, TRUSTED_USER_POOLS: `eu-west-1_Other1/a ${poolId}/b@${jwks}` });
    expect(trusting('eu-west-1_Rockpool1', 'eu-west-1')).toMatch(/eu-west-1_Rockpool1 is the default pool/);
    // Under another region the id is another server's.
    expect(trusting('us-east-1_Rockpool1', 'eu-west-1')).toBe('accepted');
    expect(messageOf({ TRUSTED_USER_POOLS: 'us-east-1_Rockpool1/app' })).toBe('accepted');
  });

  it('never shows a secret in an error', () => {
    const secret = 'cGFzc3dvcmQ=';
    expect(messageOf({ SECRET_KEY: secret })).not.toContain(secret);
  });

  it('counts a variable that is set to nothing as not set, and reads no others', () => {
    expect(readEnvironment({ PORT: '', HOME: '/root', DATA_DIR: 'x' })).toEqual({ DATA_DIR: 'x' });
  });

  it('is described by --help, every variable of it', () => {
    const help = describeEnvironment();
    for (const { name } of VARIABLES) expect(help).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(help).toMatch(/TLS_CERT.*\(not yet\)/);
  });
});
