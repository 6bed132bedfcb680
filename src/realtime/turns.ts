/** Numbers the turns of the event loop in which something is written. One timer a turn, however many ask. */
export interface Turns {
  now(): number;
}

export function createTurns(): Turns {
  let turn = 0;
  let counted = false;
  return {
    now() {
      if (!counted) {
        counted = true;
        setImmediate(() => {
          turn++;
          counted = false;
        });
      }
      return turn;
    },
  };
}
