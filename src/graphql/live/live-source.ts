import type { Entry } from '../../feed/journal.ts';
import type { Position } from '../../feed/position.ts';
import type { Grant } from '../../models/rules.ts';

/**
 * What one subscription field listens to, as one caller may hear it. The rights are those of the moment of binding;
 * when they change the subscription is bound anew.
 */
export interface LiveSource {
  readonly place: Place;
  /** What a replay reads of the journal. */
  readonly topic: Topic;
  /** The number after which the stream goes on for a subscriber who has been at `position`. */
  startOf(position: Position): number;
  /** Value of the root field; undefined where this entry is not for the subscriber. */
  project(entry: Entry, position: string): object | undefined;
  /** Value of the root field that says RESYNC; undefined for fields whose type cannot say it. */
  resync(position: string): object | undefined;
}

/** Where the hub looks a subscription up, so that an entry costs those who match and not all who listen. */
export type Place = DatasetPlace | ModelPlace;

export interface DatasetPlace {
  readonly kind: 'dataset';
  readonly identity: string;
}

export interface ModelPlace {
  readonly kind: 'model';
  readonly model: string;
  /** Undefined: every item may concern it. Else those of the caller alone, by these fields and values. */
  readonly owners: OwnersGrant | undefined;
}

export type OwnersGrant = Extract<Grant, { kind: 'owners' }>;

/** Topics of the journal, as the feed's pages take them. */
export type Topic = { readonly equals: readonly string[] } | { readonly prefix: string };
