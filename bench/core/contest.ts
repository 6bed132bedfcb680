/** One of those who do the same work. */
export interface Contender<Name extends string, Sample> {
  readonly name: Name;
  /** Works for so many seconds and returns what is compared. */
  readonly run: (seconds: number) => Promise<Sample>;
}

export interface Rounds {
  readonly rounds: number;
  /** Length of one contender's turn. */
  readonly seconds: number;
}

/** Until the code of a server is compiled and its caches are filled. */
const WARM_UP_SECONDS = 2;

/**
 * Lets all do their work in turns, each round beginning with another, after a turn that does not count. Whatever else
 * the machine does meets all of them; the order favours none.
 */
export async function contest<Name extends string, Sample>(
  contenders: readonly Contender<Name, Sample>[],
  { rounds, seconds }: Rounds,
): Promise<Readonly<Record<Name, readonly Sample[]>>> {
  for (const { run } of contenders) await run(Math.max(seconds, WARM_UP_SECONDS));
  const samples = new Map<Name, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const first = round % contenders.length;
    for (const { name, run } of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      samples.get(name)?.push(await run(seconds));
    }
  }
  return Object.fromEntries(samples) as unknown as Record<Name, readonly Sample[]>;
}
