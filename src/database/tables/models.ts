import { bigint, index, integer, jsonb } from 'drizzle-orm/pg-core';
import { rockpool, text, timestamp } from './schema.ts';

/** Every detected conflict of a shared model, as it was settled. */
export const conflicts = rockpool.table(
  'conflicts',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    model: text().notNull(),
    itemId: text('item_id').notNull(),
    /** `update` or `delete`. */
    operation: text().notNull(),
    strategy: text().notNull(),
    /** `merged` or `rejected`. */
    outcome: text().notNull(),
    /** The version that the client had seen, and its image where the journal still holds it. */
    baseVersion: integer('base_version').notNull(),
    base: jsonb(),
    stored: jsonb().notNull(),
    incoming: jsonb().notNull(),
    /** What is stored now; null when it was rejected. */
    result: jsonb(),
    actor: text(),
    at: timestamp().notNull(),
  },
  (table) => [index('conflicts_item').on(table.model, table.itemId)],
);
