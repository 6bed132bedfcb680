/** One change of the tables. */
export interface Step {
  /** For the log and for people: `Note.color is new`. */
  readonly summary: string;
  readonly statements: readonly string[];
  /** Questions to the data, asked before anything is changed. */
  readonly checks: readonly Check[];
  /** True where images of items in the journal may not fit afterwards. */
  readonly narrows: boolean;
}

export interface Check {
  readonly table: string;
  /** Counts (`select count(*)::int as count`) the items that stand in the way. */
  readonly question: string;
  /** What is wrong and what to do, when there are any. */
  readonly refusal: (count: number) => string;
}

/** `1 item has`, `3 items have`; without a verb where both are the same. */
export function items(count: number, singular = '', plural = singular): string {
  return count === 1 ? `1 item ${singular}`.trimEnd() : `${count} items ${plural}`.trimEnd();
}
