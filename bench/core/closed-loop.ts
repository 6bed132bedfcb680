/** Does one piece of work and returns when it is answered. */
export type Worker = () => Promise<void>;

export interface Loop {
  readonly done: number;
  readonly perSecond: number;
}

/** Every worker does its work again and again: so many are always in flight. */
export async function closedLoop(workers: readonly Worker[], seconds: number): Promise<Loop> {
  const began = performance.now();
  const until = began + seconds * 1000;
  let done = 0;
  await Promise.all(
    workers.map(async (work) => {
      do {
        await work();
        done++;
      } while (performance.now() < until);
    }),
  );
  return { done, perSecond: done / ((performance.now() - began) / 1000) };
}
