export interface Doorbell {
  press(): void;
  /** No further sound; one that is under way is waited for. */
  close(): Promise<void>;
}

/**
 * Turns any number of presses into few sounds: the first press sounds at once, those of the next `spacingMs` together
 * once more. After every press a sound begins, and no two are under way at a time. `sound` may fail: it is only a ring.
 */
export function createDoorbell(sound: () => Promise<unknown>, spacingMs: number): Doorbell {
  let pressed = false;
  let open = true;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;

  async function begin(): Promise<void> {
    pressed = false;
    const began = performance.now();
    await sound().catch(() => undefined);
    underWay = undefined;
    timer = setTimeout(rested, Math.max(0, spacingMs - (performance.now() - began)));
  }

  function rested(): void {
    timer = undefined;
    if (pressed && open) underWay = begin();
  }

  return {
    press() {
      pressed = true;
      if (open && underWay === undefined && timer === undefined) underWay = begin();
    },
    async close() {
      open = false;
      clearTimeout(timer);
      await underWay;
      clearTimeout(timer);
    },
  };
}
