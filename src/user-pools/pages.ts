import type { Sealer } from '../auth/sealing.ts';
import { isObject } from '../base/json.ts';
import { invalidParameter } from './errors.ts';

/** Which page of a list is asked for. */
export interface PageRequest {
  /** 1 to 60; undefined: 60. */
  readonly limit: number | undefined;
  /** The `nextToken` of the page before; undefined: the first page. */
  readonly token: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined: the list ends here. */
  readonly nextToken: string | undefined;
}

/** A list in the order of a key, a page at a time. */
export interface PagedList<T> {
  /** Names the list and all that it was asked for: a token of another list is refused. */
  readonly name: string;
  /** At most `limit` rows whose keys are above `after`, in order. Every key is above the empty text. */
  read(after: string, limit: number): Promise<readonly T[]>;
  /** The key, the same text that rows are ordered by. */
  keyOf(item: T): string;
}

export interface Pages {
  /** Throws INVALID_PARAMETER for a token that is not of this list. */
  read<T>(list: PagedList<T>, request: PageRequest): Promise<Page<T>>;
}

export const MAX_PAGE = 60;
const PURPOSE = 'directory-page';

/** Pages go on after a key, so that what comes and goes meanwhile moves no other item to another page. */
export function createPages(sealer: Pick<Sealer, 'signToken' | 'openToken'>): Pages {
  function keyIn(token: string, name: string): string {
    const payload = sealer.openToken(token, PURPOSE);
    if (!isObject(payload) || payload['list'] !== name || typeof payload['after'] !== 'string') {
      throw invalidParameter('Invalid pagination token given.');
    }
    return payload['after'];
  }

  return {
    async read(list, { limit = MAX_PAGE, token }) {
      const after = token === undefined ? '' : keyIn(token, list.name);
      // One more than asked for tells whether there is another page.
      const rows = await list.read(after, limit + 1);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      if (rows.length <= limit || last === undefined) return { items, nextToken: undefined };
      return { items, nextToken: sealer.signToken({ list: list.name, after: list.keyOf(last) }, PURPOSE) };
    },
  };
}
