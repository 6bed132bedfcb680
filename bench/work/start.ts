import { silentLog } from '../../src/base/log.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded/start.ts';
import type { Work } from '../lab.ts';
import { startRockpool, type RockpoolOptions } from '../processes/rockpool.ts';
import { figureOf } from '../report/finding.ts';

/** A start takes a second: enough for a median, not too many to wait for. */
const MOST_ROUNDS = 5;

export const start: Work = {
  name: 'start',
  summary: 'time to the ready line: first start ever, later, on a migrated outside database',
  async run(lab) {
    const outside = await startEmbeddedPostgres({ dataDir: await lab.folder(), log: silentLog });
    try {
      const used = { dataDir: await lab.folder() };
      const other = { dataDir: await lab.folder(), databaseUrl: outside.url };
      await readyAfter(used);
      await readyAfter(other);
      const samples: Record<'first' | 'later' | 'onOutside', number[]> = {
        first: [],
        later: [],
        onOutside: [],
      };
      for (let round = 0; round < Math.min(lab.options.rounds, MOST_ROUNDS); round++) {
        lab.say(`start: round ${round + 1}`);
        samples.first.push(await readyAfter({ dataDir: await lab.folder() }));
        samples.later.push(await readyAfter(used));
        samples.onOutside.push(await readyAfter(other));
      }
      return [
        {
          work: 'start',
          title: 'start, from the beginning of the process to the ready line',
          series: [],
          figures: [
            figureOf('first start ever', 's', samples.first, { atMost: 3 }),
            figureOf('later start', 's', samples.later, { atMost: 1 }),
            figureOf('start on a migrated outside database', 's', samples.onOutside, { atMost: 1 }),
          ],
        },
      ];
    } finally {
      await outside.stop();
    }
  },
};

/** Seconds. The line is believed only where `/readyz` says the same at once. */
async function readyAfter(options: RockpoolOptions): Promise<number> {
  const rockpool = await startRockpool(options);
  const { status } = await fetch(`${rockpool.url}/readyz`);
  await rockpool.stop();
  if (status !== 200) throw new Error(`/readyz answered ${status} behind the ready line`);
  return rockpool.readyAfterMs / 1000;
}
