import type { JsonObject } from '../../base/json.ts';

/**
 * Where a sync stands. Its first page decides all of it but the place itself, and hands it on in the page token
 * (spec/appsync.md 1.4: later pages take nothing from `lastSync`).
 */
export interface SyncPlace {
  /** The mark that the first page took: what changes above its horizon comes with the next sync. */
  readonly startedAt: number;
  readonly horizon: number;
  /** `lastSync` was given and the base is read all the same. */
  readonly fellBack: boolean;
  readonly reading: Delta | Base;
}

/** What changed above `from`, up to the horizon, in the order of the changes. */
export interface Delta {
  readonly kind: 'delta';
  readonly from: number;
  /** The last change that was read. */
  readonly after: number;
  /** The epoch that all these numbers are of. Undefined: the one that the first page finds. */
  readonly epoch: string | undefined;
}

/** Everything: the live items in the order of keys, then the tombstones in the order of their changes. */
export type Base =
  | { readonly kind: 'live'; readonly after: string | undefined }
  | { readonly kind: 'dead'; readonly after: number };

export const BASE: Base = { kind: 'live', after: undefined };

export function writePlace({ startedAt, horizon, fellBack, reading }: SyncPlace): JsonObject {
  return { startedAt, horizon, fellBack, ...writeReading(reading) };
}

function writeReading(reading: Delta | Base): JsonObject {
  switch (reading.kind) {
    case 'delta':
      return { ...reading, epoch: reading.epoch ?? null };
    case 'live':
      return { ...reading, after: reading.after ?? null };
    case 'dead':
      return { ...reading };
  }
}

/** What `writePlace` wrote: a token that was signed by us holds nothing else. */
export function readPlace(place: JsonObject): SyncPlace {
  return {
    startedAt: Number(place['startedAt']),
    horizon: Number(place['horizon']),
    fellBack: place['fellBack'] === true,
    reading: readReading(place),
  };
}

function readReading({ kind, from, after, epoch }: JsonObject): Delta | Base {
  if (kind === 'delta') {
    return {
      kind,
      from: Number(from),
      after: Number(after),
      epoch: typeof epoch === 'string' ? epoch : undefined,
    };
  }
  if (kind === 'dead') return { kind, after: Number(after) };
  return { kind: 'live', after: typeof after === 'string' ? after : undefined };
}
