import type { Database } from '../../../src/database/connection.ts';
import { isObject } from '../../../src/base/json.ts';
import type { Fields } from '../../wire/graphql/support/call.ts';
import type { Person } from './nodes.ts';

/** An entry of the journal, read past the server: what everything is measured against. */
export interface JournalEntry {
  readonly seq: number;
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly operation: string;
  readonly before: Fields | null;
  readonly after: Fields | null;
  readonly device: string | null;
}

/** All of it, in the order of numbers. */
export async function readJournal({ sql }: Database): Promise<readonly JournalEntry[]> {
  return sql<JournalEntry[]>`
    select seq, topic, key, version, operation, before, after, device from rockpool.journal order by seq`;
}

/** Who owns the items of a model, in which field. */
export const OWNER_FIELD: Readonly<Record<string, string>> = { Doc: 'owner', Task: 'members' };

/** Whether an image of an item may be seen by somebody, said again in this test's own words. */
export function maySee(model: string, who: Person, editor: boolean, image: Fields | null): boolean {
  if (image === null) return false;
  if (editor) return true;
  const owners: unknown = image[OWNER_FIELD[model] ?? ''];
  const names = Array.isArray(owners) ? (owners as unknown[]) : [owners];
  return names.some(
    (name) => name === `${who.sub}::${who.username}` || name === who.sub || name === who.username,
  );
}

/** What `onChange…` must tell somebody of an entry: the table of contract.md. Undefined: nothing. */
export function changeOf(sees: (image: Fields | null) => boolean, entry: JournalEntry): string | undefined {
  const was = entry.before !== null && entry.before['_deleted'] !== true && sees(entry.before);
  const is = sees(entry.after);
  if (entry.operation === 'create') return is ? 'CREATED' : undefined;
  if (entry.operation === 'update') return is ? 'UPDATED' : was ? 'GONE' : undefined;
  if (entry.operation === 'delete') return was || is ? 'DELETED' : undefined;
  return undefined;
}

/** The records of a push as it was journalled. */
export function recordsOf(
  entry: JournalEntry | undefined,
): readonly { k: string; v: string | null; c: number }[] {
  const records = isObject(entry?.after) ? entry.after['records'] : undefined;
  return Array.isArray(records) ? (records as { k: string; v: string | null; c: number }[]) : [];
}
