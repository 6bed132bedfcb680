import type { FieldName, Fields } from './scenario.ts';

/** One thing that somebody did on one device: a field that was changed, or the whole that was deleted. */
export interface Edit {
  readonly device: string;
  readonly person: string;
  readonly field: FieldName | 'deletion';
  readonly value: string | null;
  /** What that device showed when it was done: what its user knew of. */
  readonly saw: Fields | null;
}

/** Keeps who did what, and finds at the end which edits were lost. */
export interface Ledger {
  /** Call with what the device showed before. Null fields: the thing was deleted. */
  record(device: string, person: string, saw: Fields | null, fields: Fields | null): void;
  /** The server refused these fields of the device: said to the user, so not lost. */
  withdraw(device: string, fields: Fields): void;
  /** Lost: not in the final state, and nobody who knew of it put something else in its place. */
  lost(finalFor: (person: string) => Fields | null): readonly Edit[];
}

export function createLedger(): Ledger {
  let edits: Edit[] = [];
  return {
    record(device, person, saw, fields) {
      if (fields === null) edits.push({ device, person, field: 'deletion', value: null, saw });
      for (const [field, value] of Object.entries(fields ?? {}) as [FieldName, string | null][]) {
        edits.push({ device, person, field, value, saw });
      }
    },
    withdraw(device, fields) {
      edits = edits.filter(
        (edit) =>
          edit.device !== device ||
          edit.field === 'deletion' ||
          !(edit.field in fields) ||
          fields[edit.field] !== edit.value,
      );
    },
    lost(finalFor) {
      return edits.filter((edit, index) => {
        const final = finalFor(edit.person);
        const later = edits.slice(index + 1);
        return !isIn(edit, final) && !later.some((other) => replaces(other, edit));
      });
    },
  };
}

function isIn(edit: Edit, final: Fields | null): boolean {
  return edit.field === 'deletion' ? final === null : (final?.[edit.field] ?? null) === edit.value;
}

/** Whether `later` took the place of `edit` knowingly: the same device, or one that showed what `edit` had done. */
function replaces(later: Edit, edit: Edit): boolean {
  if (edit.field === 'deletion') return later.device === edit.device || later.saw === null;
  if (later.field !== edit.field && later.field !== 'deletion') return false;
  return later.device === edit.device || (later.saw?.[edit.field] ?? null) === edit.value;
}
