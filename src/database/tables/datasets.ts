import { bigint, boolean, index, integer, primaryKey } from 'drizzle-orm/pg-core';
import { rockpool, text, timestamp } from './schema.ts';

/**
 * An identity: whose datasets these are. Its row is the lock that serialises the pushes of one identity, and it
 * holds the `seq` of the identity's last journal entry, so that a pull can say exactly where it stands.
 */
export const identities = rockpool.table('identities', {
  id: text().primaryKey(),
  identityPoolId: text('identity_pool_id').notNull(),
  createdAt: timestamp('created_at').notNull(),
  lastModifiedAt: timestamp('last_modified_at').notNull(),
  /** The survivor, when this identity was merged into another. */
  mergedInto: text('merged_into'),
  lastSeq: bigint('last_seq', { mode: 'number' }).notNull(),
  datasetCount: integer('dataset_count').notNull(),
});

/** A login is (identity pool, user pool, sub), never a host name. */
export const logins = rockpool.table(
  'logins',
  {
    identityPoolId: text('identity_pool_id').notNull(),
    /** User pool id, or later the name of another provider. */
    provider: text().notNull(),
    subject: text().notNull(),
    identityId: text('identity_id')
      .notNull()
      .references(() => identities.id),
    createdAt: timestamp('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.identityPoolId, table.provider, table.subject] }),
    index('logins_identity').on(table.identityId),
  ],
);

/** Survives its deletion, so that the count never goes back. */
export const datasets = rockpool.table(
  'datasets',
  {
    identityId: text('identity_id').notNull(),
    name: text().notNull(),
    exists: boolean().notNull(),
    syncCount: bigint('sync_count', { mode: 'number' }).notNull(),
    /** Count that the last deletion took, null when it was never deleted. */
    deletedAtCount: bigint('deleted_at_count', { mode: 'number' }),
    createdAt: timestamp('created_at').notNull(),
    lastModifiedAt: timestamp('last_modified_at').notNull(),
    lastModifiedBy: text('last_modified_by').notNull(),
    /** Records that are there; removed ones do not count. */
    numRecords: integer('num_records').notNull(),
    /** UTF-8 bytes of their keys and values. */
    dataStorage: integer('data_storage').notNull(),
    /** Root name when this dataset arose by a merge of identities. */
    mergedFrom: text('merged_from'),
  },
  (table) => [primaryKey({ columns: [table.identityId, table.name] })],
);

/** A null value is a tombstone: it keeps the count that a device must present to put the key again. */
export const records = rockpool.table(
  'records',
  {
    identityId: text('identity_id').notNull(),
    dataset: text().notNull(),
    key: text().notNull(),
    value: text(),
    syncCount: bigint('sync_count', { mode: 'number' }).notNull(),
    lastModifiedAt: timestamp('last_modified_at').notNull(),
    lastModifiedBy: text('last_modified_by').notNull(),
    deviceLastModifiedAt: timestamp('device_last_modified_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.identityId, table.dataset, table.key] }),
    index('records_delta').on(table.identityId, table.dataset, table.syncCount, table.key),
  ],
);

/** Session tokens that a push has spent. Unspent ones are remembered nowhere: they are signed. */
export const spentSessions = rockpool.table(
  'spent_sessions',
  {
    id: text().primaryKey(),
    expiresAt: timestamp('expires_at').notNull(),
  },
  (table) => [index('spent_sessions_expiry').on(table.expiresAt)],
);
