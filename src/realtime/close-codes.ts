/** Close codes that every protocol here uses alike; those of one protocol stand beside it. */
export const CLOSE = {
  /** The node goes away. */
  goingAway: 1001,
  /** Come back a little later: a reader that is too slow, or credentials that cannot be checked just now. */
  tryAgainLater: 1013,
} as const;
