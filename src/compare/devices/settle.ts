import type { Way } from '../contenders.ts';
import type { FieldName, Fields } from '../scenario.ts';

/** One side of a conflict: the thing as a side has it (null: removed) and when that side last changed it. */
export interface Side {
  readonly value: Fields | null;
  /** Milliseconds, of the device that wrote it. */
  readonly at: number;
}

export interface Settled {
  readonly value: Fields | null;
  /** False where the server's copy is taken as it is: nothing is left to push. */
  readonly push: boolean;
}

/**
 * How a device settles a conflict between what it holds and what the server holds, the four usual ways. Pure.
 * `base` is what both sides started from; null where the thing was not there.
 */
export function settle(way: Way, base: Fields | null, local: Side, remote: Side): Settled {
  switch (way) {
    case 'server-wins':
      return { value: remote.value, push: false };
    case 'client-wins':
      return { value: local.value, push: true };
    case 'last-writer':
      return local.at > remote.at ? { value: local.value, push: true } : { value: remote.value, push: false };
    case 'merge-by-field': {
      // A removal cannot be merged with an edit: the edit is kept, since a removal is easily made again.
      if (local.value === null) return { value: remote.value, push: remote.value === null };
      if (remote.value === null) return { value: local.value, push: true };
      const value = mergeByField(
        base ?? {},
        { ...local, value: local.value },
        { ...remote, value: remote.value },
      );
      return { value, push: !sameFields(value, remote.value) };
    }
  }
}

/** Takes each field from the side that changed it; where both did, from the later one. */
function mergeByField(
  base: Fields,
  local: Side & { value: Fields },
  remote: Side & { value: Fields },
): Fields {
  const merged: Partial<Record<FieldName, string | null>> = {};
  const names = new Set([
    ...Object.keys(base),
    ...Object.keys(local.value),
    ...Object.keys(remote.value),
  ]) as Set<FieldName>;
  for (const name of names) {
    const was = base[name] ?? null;
    const here = local.value[name] ?? null;
    const there = remote.value[name] ?? null;
    if (here === was) merged[name] = there;
    else if (there === was) merged[name] = here;
    else merged[name] = local.at > remote.at ? here : there;
  }
  return merged;
}

/** Equal as a reader sees them: an absent field is a null one. */
export function sameFields(a: Fields | null, b: Fields | null): boolean {
  if (a === null || b === null) return a === b;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<FieldName>;
  return [...names].every((name) => (a[name] ?? null) === (b[name] ?? null));
}
