import { bigint, boolean, index, integer, jsonb, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import { rockpool, text, timestamp } from './schema.ts';

export const userPools = rockpool.table('user_pools', {
  id: text().primaryKey(),
  name: text().notNull(),
  /** The pool's settings as `user-pools/settings.ts` types them. */
  settings: jsonb().notNull(),
  createdAt: timestamp('created_at').notNull(),
  lastModifiedAt: timestamp('last_modified_at').notNull(),
});

export const userPoolClients = rockpool.table(
  'user_pool_clients',
  {
    id: text().primaryKey(),
    poolId: text('pool_id')
      .notNull()
      .references(() => userPools.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** Sealed; null for a client without a secret. */
    secret: text(),
    settings: jsonb().notNull(),
    createdAt: timestamp('created_at').notNull(),
    lastModifiedAt: timestamp('last_modified_at').notNull(),
  },
  (table) => [index('user_pool_clients_pool').on(table.poolId)],
);

export const users = rockpool.table(
  'users',
  {
    poolId: text('pool_id')
      .notNull()
      .references(() => userPools.id, { onDelete: 'cascade' }),
    /** Immutable: the SRP verifier is bound to it. */
    username: text().notNull(),
    /** What finds the user: the username, in lower case where the pool is case-insensitive. */
    usernameKey: text('username_key').notNull(),
    sub: text().notNull(),
    /** Name to text. */
    attributes: jsonb().notNull(),
    status: text().notNull(),
    enabled: boolean().notNull(),
    /** `scrypt$ln=15,r=8,p=3$salt$hash`; null until a password is set. */
    passwordHash: text('password_hash'),
    /** Sealed JSON of SRP salt and verifier, in hex. */
    srpVerifier: text('srp_verifier'),
    /** When the present password was set: temporary ones expire by it. */
    passwordSetAt: timestamp('password_set_at'),
    /** Wrong passwords since the last right one, and when the last of them came. */
    failedAttempts: integer('failed_attempts').notNull(),
    failedAt: timestamp('failed_at'),
    /** Tokens issued before it are no longer good: set by global sign-out. */
    tokensValidFrom: timestamp('tokens_valid_from'),
    createdAt: timestamp('created_at').notNull(),
    lastModifiedAt: timestamp('last_modified_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.poolId, table.usernameKey] }),
    uniqueIndex('users_sub').on(table.poolId, table.sub),
  ],
);

/** Verified addresses and numbers that find a user. */
export const userAliases = rockpool.table(
  'user_aliases',
  {
    poolId: text('pool_id').notNull(),
    /** `email`, `phone_number`, `preferred_username`. */
    kind: text().notNull(),
    value: text().notNull(),
    sub: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.poolId, table.kind, table.value] }),
    index('user_aliases_sub').on(table.poolId, table.sub),
  ],
);

/** One code a user and purpose; a new one replaces the older. */
export const confirmationCodes = rockpool.table(
  'confirmation_codes',
  {
    poolId: text('pool_id').notNull(),
    sub: text().notNull(),
    /** `sign-up`, `forgot-password`, `attribute:email` … */
    purpose: text().notNull(),
    codeHash: text('code_hash').notNull(),
    /** Where it was sent. */
    destination: text().notNull(),
    attempts: integer().notNull(),
    expiresAt: timestamp('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.poolId, table.sub, table.purpose] })],
);

/** Calls that are limited per user and hour. */
export const attemptWindows = rockpool.table(
  'attempt_windows',
  {
    poolId: text('pool_id').notNull(),
    sub: text().notNull(),
    purpose: text().notNull(),
    startedAt: timestamp('started_at').notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.poolId, table.sub, table.purpose] })],
);

export const userGroups = rockpool.table(
  'user_groups',
  {
    poolId: text('pool_id')
      .notNull()
      .references(() => userPools.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    description: text(),
    roleArn: text('role_arn'),
    /** Lowest wins, null last. */
    precedence: integer(),
    createdAt: timestamp('created_at').notNull(),
    lastModifiedAt: timestamp('last_modified_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.poolId, table.name] })],
);

export const groupMembers = rockpool.table(
  'group_members',
  {
    poolId: text('pool_id').notNull(),
    groupName: text('group_name').notNull(),
    sub: text().notNull(),
    createdAt: timestamp('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.poolId, table.sub, table.groupName] }),
    index('group_members_group').on(table.poolId, table.groupName, table.sub),
  ],
);

/** Two a pool: one signs id tokens, one access tokens. The private half is sealed. */
export const signingKeys = rockpool.table(
  'signing_keys',
  {
    kid: text().primaryKey(),
    poolId: text('pool_id')
      .notNull()
      .references(() => userPools.id, { onDelete: 'cascade' }),
    /** `id` or `access`. */
    use: text().notNull(),
    privateKey: text('private_key').notNull(),
    publicJwk: jsonb('public_jwk').notNull(),
    createdAt: timestamp('created_at').notNull(),
  },
  (table) => [index('signing_keys_pool').on(table.poolId)],
);

/** A sign-in that lives on in a refresh token. Only the token's hash is kept. */
export const refreshTokens = rockpool.table(
  'refresh_tokens',
  {
    tokenHash: text('token_hash').primaryKey(),
    poolId: text('pool_id').notNull(),
    clientId: text('client_id').notNull(),
    sub: text().notNull(),
    originJti: text('origin_jti').notNull(),
    authTime: bigint('auth_time', { mode: 'number' }).notNull(),
    createdAt: timestamp('created_at').notNull(),
    expiresAt: timestamp('expires_at').notNull(),
    /** Rotation: when a successor was issued. The old one stays good for the grace period. */
    replacedAt: timestamp('replaced_at'),
    revokedAt: timestamp('revoked_at'),
  },
  (table) => [
    index('refresh_tokens_user').on(table.poolId, table.sub),
    index('refresh_tokens_origin').on(table.originJti),
    index('refresh_tokens_expiry').on(table.expiresAt),
  ],
);

/** Access tokens of these origins are no longer good; swept when the last of them has expired. */
export const revokedOrigins = rockpool.table(
  'revoked_origins',
  {
    originJti: text('origin_jti').primaryKey(),
    poolId: text('pool_id').notNull(),
    sub: text().notNull(),
    expiresAt: timestamp('expires_at').notNull(),
  },
  (table) => [index('revoked_origins_user').on(table.poolId, table.sub)],
);

/** Ids of `Session` values that were answered: each is good once. */
export const usedSessions = rockpool.table(
  'used_sessions',
  {
    id: text().primaryKey(),
    expiresAt: timestamp('expires_at').notNull(),
  },
  (table) => [index('used_sessions_expiry').on(table.expiresAt)],
);

/** Messages that nobody delivers in development: codes and invitations. */
export const outbox = rockpool.table(
  'outbox',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    to: text().notNull(),
    kind: text().notNull(),
    code: text(),
    body: text(),
    at: timestamp().notNull(),
  },
  (table) => [index('outbox_to').on(table.to, table.id)],
);

/** Identity pools: the default one; their operations come with a later issue. */
export const identityPools = rockpool.table('identity_pools', {
  id: text().primaryKey(),
  name: text().notNull(),
  allowUnauthenticated: boolean('allow_unauthenticated').notNull(),
  /** JSON list of linked user pools: `{ userPoolId, clientIds }`. */
  userPools: jsonb('user_pools').notNull(),
  createdAt: timestamp('created_at').notNull(),
});
