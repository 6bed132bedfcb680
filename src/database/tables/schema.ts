import { customType, pgSchema } from 'drizzle-orm/pg-core';

/** The Postgres schema of everything of ours. Models live in `public`. */
export const rockpool = pgSchema('rockpool');

/** Text in byte order, the same on every Postgres: pages and comparisons do not depend on the cluster's locale. */
export const text = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/** Milliseconds are kept, no more: what is shown is what is stored. */
export const timestamp = customType<{ data: Date; driverData: string }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: (value) => new Date(value),
  toDriver: (value) => value.toISOString(),
});
