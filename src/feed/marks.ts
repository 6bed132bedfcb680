/**
 * A mark gives a place in the feed a time, for clients that can only say "since when" (`startedAt`, `lastSync`).
 *
 * Marks increase strictly in both columns, so a time means one horizon on every node. A mark is taken before the first
 * read: it exists only after every entry up to its horizon is visible, so whoever reads after `take` returns has seen
 * at least that much, and what was committed since comes again with the next delta. That also makes it right to be given
 * a mark that another caller or another node took a moment ago.
 */

import type { Database } from '../database/connection.ts';
import { asUnavailable } from '../database/errors.ts';

export interface Mark {
  /** Milliseconds since 1970 by Postgres's clock; one more than the last mark where that clock went back. */
  readonly ms: number;
  readonly horizon: number;
}

export interface Marks {
  /**
   * A mark whose horizon is at least `horizon`: the last one where it reaches that far, without asking Postgres where
   * this node knows. Without `horizon`: the present one, so that whatever was acknowledged anywhere before the call lies
   * at or below it (unless an older writer is still under way). Read after it returns.
   */
  take(horizon?: number): Promise<Mark>;
  /** The last mark at or before `ms`. Undefined: older than all marks, or retention has passed it: read the base. */
  at(ms: number): Promise<Mark | undefined>;
}

export interface MarksOptions {
  readonly database: Pick<Database, 'sql'>;
  /** The reader's: what this node knows of marks ends with the epoch. */
  readonly epoch: () => string;
}

export function createMarks({ database, epoch }: MarksOptions): Marks {
  const { sql } = database;
  let known: { readonly epoch: string; readonly mark: Mark } | undefined;
  let underWay: Promise<Mark> | undefined;
  let next: Promise<Mark> | undefined;

  async function ask(): Promise<Mark> {
    const asked = epoch();
    const [mark] = await sql<Mark[]>`select ms, horizon from rockpool.mark_take()`;
    if (mark === undefined) throw new Error('rockpool.mark_take gave no row');
    known = { epoch: asked, mark };
    return mark;
  }

  /** Callers that come while one asks share the next question, which begins after all of them. */
  async function share(): Promise<Mark> {
    await underWay?.catch(() => undefined);
    underWay = next;
    next = undefined;
    return ask();
  }

  return {
    async take(horizon) {
      if (
        known !== undefined &&
        horizon !== undefined &&
        known.epoch === epoch() &&
        known.mark.horizon >= horizon
      ) {
        return known.mark;
      }
      try {
        next ??= share();
        return await next;
      } catch (error) {
        throw asUnavailable(error);
      }
    },
    async at(ms) {
      try {
        const [mark] = await sql<(Mark & { floor: number })[]>`
          select m.ms, m.horizon, s.floor
          from (select ms, horizon from rockpool.marks where ms <= ${Math.floor(ms)} order by ms desc limit 1) m
          cross join rockpool.feed_state s where s.id = 1`;
        return mark === undefined || mark.horizon < mark.floor
          ? undefined
          : { ms: mark.ms, horizon: mark.horizon };
      } catch (error) {
        throw asUnavailable(error);
      }
    },
  };
}
