import { openAudience } from '../clients/audience.ts';
import { freePort } from '../clients/free-port.ts';
import { allSubscribed, subscribe } from '../fixture/live-notes.ts';
import { makePeople } from '../fixture/people.ts';
import { openArena, type Arena, type Work } from '../lab.ts';
import { openInspector } from '../processes/inspector.ts';
import { figureOf } from '../report/finding.ts';

const SOCKETS = 2000;
/** Opened before the first look, so that code and caches are there already. */
const WARM = 100;
const PEOPLE = 50;
const MOST_ROUNDS = 3;

/** What an idle socket with one subscription takes of the server's memory, garbage collected before each look. */
export const sockets: Work = {
  name: 'sockets',
  summary: 'memory of an idle subscribed socket',
  async run(lab) {
    const samples: Record<'rss' | 'live', number[]> = { rss: [], live: [] };
    for (let round = 0; round < Math.min(lab.options.rounds, MOST_ROUNDS); round++) {
      lab.say(`sockets: ${SOCKETS} on a fresh server, round ${round + 1}`);
      const port = await freePort();
      // A server of its own: memory that others have used and left would hide what sockets take.
      const { arena, close } = await openArena(lab, [`--inspect=127.0.0.1:${port}`]);
      const { rss, live } = await bytesOfSocket(arena, port);
      await close();
      samples.rss.push(rss / 1024);
      samples.live.push(live / 1024);
    }
    return [
      {
        work: 'sockets',
        title: 'an idle subscribed socket',
        series: [],
        figures: [
          figureOf('resident memory', 'KB', samples.rss, { atMost: 25 }),
          figureOf('living objects', 'KB', samples.live),
        ],
      },
    ];
  },
};

async function bytesOfSocket(arena: Arena, inspectorPort: number): Promise<{ rss: number; live: number }> {
  const { rockpool } = arena;
  const people = await makePeople(arena, PEOPLE);
  const open = (count: number) =>
    openAudience(count, (onMessages, place) =>
      subscribe(rockpool.port, people[place % people.length], onMessages),
    );
  const inspector = await openInspector(inspectorPort);
  const first = await open(WARM);
  await allSubscribed(rockpool, WARM);
  const before = await inspector.memory();
  const rest = await open(SOCKETS);
  await allSubscribed(rockpool, WARM + SOCKETS);
  const after = await inspector.memory();
  inspector.close();
  first.close();
  rest.close();
  return { rss: (after.rss - before.rss) / SOCKETS, live: (after.live - before.live) / SOCKETS };
}
