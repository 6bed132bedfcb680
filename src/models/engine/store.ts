import type { Queryable } from '../../database/connection.ts';
import { topics } from '../../feed/journal.ts';
import { conflictValues, type Conflict } from '../conflicts.ts';
import type { Item, Model } from '../model.ts';
import { isItem } from '../rules.ts';
import { buildStatements, KEEP_CONFLICT, type Statements } from './statements.ts';

/** A row as it was read. */
export interface Stored {
  readonly item: Item;
  /** Number of its last change; no two changes have the same. */
  readonly seq: number;
}

export interface Looked {
  /** Undefined: no row has this key. */
  readonly stored: Stored | undefined;
  /** Milliseconds by Postgres' clock. */
  readonly now: number;
}

export interface Replacement {
  readonly operation: 'create' | 'update' | 'delete';
  readonly stored: Stored;
  readonly after: Item;
  readonly conflict: Conflict | undefined;
}

/** The statements of one model, run. */
export interface Store {
  readonly model: Model;
  readonly statements: Statements;
  /** `lock`: inside a transaction, waits for the row and holds it until the end. */
  look(sql: Queryable, key: string, lock: boolean): Promise<Looked>;
  /** The item as it was at a version, where the journal still holds it. */
  imageOf(sql: Queryable, key: string, version: number): Promise<Item | undefined>;
  /** Row and entry; false where the key is taken by now. */
  insert(sql: Queryable, key: string, after: Item, actor: string): Promise<boolean>;
  /** Row, entry and conflict; false where the row is no longer the one that was read. */
  replace(sql: Queryable, key: string, change: Replacement, actor: string): Promise<boolean>;
  /** A conflict that changed nothing. */
  keep(sql: Queryable, conflict: Conflict, actor: string): Promise<void>;
  /** Removes at most `limit` tombstones whose last change is at or below `floor`. Returns how many. */
  purge(sql: Queryable, floor: number, limit: number): Promise<number>;
}

type Row = Record<string, unknown>;

export function createStore(model: Model): Store {
  const statements = buildStatements(model);
  const topic = topics.model(model.name);
  const prepared = { prepare: true };

  return {
    model,
    statements,
    async look(sql, key, lock) {
      const text = lock ? statements.lock : statements.read;
      const [row] = await sql.unsafe<Row[]>(text, [key], prepared);
      if (row !== undefined) return lookedOf(row);
      const [clock] = await sql.unsafe<Row[]>(statements.read, [key], prepared);
      if (clock === undefined) throw new Error('a statement that always gives a row gave none');
      // Locking found no row, so what is there by now is not held.
      return { stored: undefined, now: lookedOf(clock).now };
    },
    async imageOf(sql, key, version) {
      const [row] = await sql<{ after: unknown }[]>`
        select after from rockpool.journal
        where topic = ${topic} and key = ${key} and version = ${version} order by seq desc limit 1`;
      return isItem(row?.after) ? row.after : undefined;
    },
    async insert(sql, key, after, actor) {
      const rows = await sql.unsafe(statements.insert, [JSON.stringify(after), topic, key, actor], prepared);
      return rows.length > 0;
    },
    async replace(sql, key, { operation, stored, after, conflict }, actor) {
      const before = operation === 'create' ? null : JSON.stringify(stored.item);
      const values = [JSON.stringify(after), topic, key, actor, stored.seq, before, operation];
      const rows =
        conflict === undefined
          ? await sql.unsafe(statements.replace, values, prepared)
          : await sql.unsafe(
              statements.replaceAndKeep,
              [...values, ...conflictValues(model.name, actor, conflict)],
              prepared,
            );
      return rows.length > 0;
    },
    async keep(sql, conflict, actor) {
      await sql.unsafe(KEEP_CONFLICT, [...conflictValues(model.name, actor, conflict)], prepared);
    },
    async purge(sql, floor, limit) {
      const result = await sql.unsafe(statements.purge, [floor, limit], prepared);
      return result.count;
    },
  };
}

function lookedOf({ _seq, _now, ...item }: Row): Looked {
  const stored = typeof _seq === 'number' && isItem(item) ? { item, seq: _seq } : undefined;
  return { stored, now: Number(_now) };
}
