import type { Caller } from '../../auth/caller.ts';
import type { Queryable } from '../../database/connection.ts';
import { topics } from '../../feed/journal.ts';
import type { Mark } from '../../feed/marks.ts';

/**
 * How long a node may go on with groups that were changed meanwhile: it hears of a change from the feed, and the
 * promise is 5 s. A sync that followed a change by less may have been answered with the old groups.
 */
const LAG_MS = 15_000;

/**
 * Whether the caller's groups changed since a mark was taken: then what the caller may see changed without any item
 * having changed, and a delta cannot tell. Only of users of this server, whose groups are the directory's.
 */
export async function rightsChangedSince(sql: Queryable, caller: Caller, mark: Mark): Promise<boolean> {
  if (caller.kind !== 'user' || !caller.embedded) return false;
  const since = new Date(mark.ms - LAG_MS);
  const [row] = await sql<{ changed: boolean }[]>`
    select exists (
      select 1 from rockpool.journal
      where topic = ${topics.caller(caller.poolId, caller.sub)} and operation = 'groups'
        and (seq > ${mark.horizon} or at > ${since})
    ) as changed`;
  return row?.changed ?? true;
}
