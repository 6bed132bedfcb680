import { bigint, integer, primaryKey } from 'drizzle-orm/pg-core';
import { rockpool, text, timestamp } from './schema.ts';

/**
 * One row: where the feed stands. The journal itself is a partitioned table, made by a hand-written migration
 * beside its functions (drizzle knows no partitions).
 */
export const feedState = rockpool.table('feed_state', {
  id: integer().primaryKey(),
  /** Opaque name of the present epoch; positions carry it. */
  epoch: text().notNull(),
  /** What the epoch was taken from: system identifier, timeline, oids of the database and of the sequence. */
  origin: text().notNull(),
  /** Retention's floor: everything at or below it may be gone. */
  floor: bigint({ mode: 'number' }).notNull(),
  floorMovedAt: timestamp('floor_moved_at').notNull(),
});

/** Times that name positions: `startedAt` and `lastSync` of model syncs. Strictly increasing in both columns. */
export const marks = rockpool.table('marks', {
  ms: bigint({ mode: 'number' }).primaryKey(),
  horizon: bigint({ mode: 'number' }).notNull(),
});

/** The address that each node serves under: tokens issued under any of them are good on all. */
export const nodes = rockpool.table('nodes', {
  publicUrl: text('public_url').primaryKey(),
  seenAt: timestamp('seen_at').notNull(),
});

/** What the first start on a database fixed: region, account, secret key (only where none is given), key check. */
export const settings = rockpool.table('settings', {
  name: text().primaryKey(),
  value: text().notNull(),
});

/** SDL of the models as applied, one row a type, for comparing at start. */
export const modelTypes = rockpool.table(
  'model_types',
  {
    name: text().notNull(),
    /** JSON of the applied shape: table, columns, key. */
    shape: text().notNull(),
    appliedAt: timestamp('applied_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.name] })],
);
