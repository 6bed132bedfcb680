import type { Binding } from '../graphql/live/binder.ts';
import type { Outlet, Payload } from './sink.ts';

/** One subscription of one socket, as the hub holds it. */
export interface Member {
  readonly outlet: Outlet;
  /** Shared with the whole group once it has joined one. */
  binding: Binding;
  /** The group that it hears live; undefined while it replays, waits for its rights, or is closed. */
  group: Group | undefined;
  /** Everything at or below has been sent or was not asked for. Kept while it replays or waits. */
  after: number;
  /** Counts up whenever what is under way for it has become void. */
  turn: number;
  closed: boolean;
}

/** Those who ask the same with the same rights. One execution and one serialisation an entry. */
export interface Group {
  readonly binding: Binding;
  readonly members: Set<Member>;
  /** The highest `after` of a member when it joined: below it, some may not want what others get. */
  highest: number;
  /** What the batch under way brought, not yet sent. */
  pending: Payload[];
}

export function createGroup(binding: Binding): Group {
  return { binding, members: new Set(), highest: 0, pending: [] };
}
