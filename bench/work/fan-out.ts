import { randomUUID } from 'node:crypto';
import type { Sql } from '../../src/database/connection.ts';
import { openAudience, type Audience } from '../clients/audience.ts';
import { openSubscriber } from '../clients/subscriber.ts';
import { contest } from '../core/contest.ts';
import type { ReadCpu } from '../core/cpu.ts';
import { allSubscribed, NOTE, publishEvents, subscribe } from '../fixture/live-notes.ts';
import { makePeople } from '../fixture/people.ts';
import type { Arena, Lab, Work } from '../lab.ts';
import { startHelper, type Helper } from '../processes/helper.ts';
import { ratioOf, seriesOf, type Finding, type Target } from '../report/finding.ts';

const CASES: readonly { readonly subscribers: number; readonly burst: number; readonly target: Target }[] = [
  { subscribers: 50, burst: 1, target: { atMost: 2 } },
  { subscribers: 500, burst: 1, target: { atMost: 1.25 } },
  { subscribers: 2000, burst: 1, target: { atMost: 1.25 } },
  { subscribers: 50, burst: 10, target: { atLeast: 3 } },
  { subscribers: 500, burst: 10, target: { atLeast: 3 } },
  { subscribers: 2000, burst: 10, target: { atLeast: 3 } },
];

/** Different people with the same rights, as in a team; each socket is one device. */
const PEOPLE = 50;

/**
 * CPU of the server process for each event that reaches a subscriber. Events are entries that one statement of the
 * bench puts into the journal, and one NOTIFY: what the product pays is hearing the bell, reading the journal, and
 * fan-out, but not the mutation, which another node may have run. The base gets its word by a message of its parent
 * and sends the same number of bytes.
 */
export const fanOut: Work = {
  name: 'fan-out',
  summary: 'CPU a delivery to 50, 500 and 2 000 subscribers, one event at a time and bursts of 10',
  async run(lab) {
    const arena = await lab.arena();
    const people = await makePeople(arena, PEOPLE);
    const bare = await startHelper('bare-broadcast.ts');
    try {
      const findings: Finding[] = [];
      for (const subscribers of new Set(CASES.map((one) => one.subscribers))) {
        lab.say(`fan-out: opening ${subscribers} subscribers on both sides`);
        const product = await openAudience(subscribers, (onMessages, place) =>
          subscribe(arena.rockpool.port, people[place % people.length], onMessages),
        );
        await allSubscribed(arena.rockpool, subscribers);
        const listeners = await openAudience(subscribers, (onMessages) =>
          openSubscriber({ port: bare.port, path: '/', opening: [], onMessages }),
        );
        bare.send({ event: await eventOfSameSize(arena.database.sql, product) });
        for (const one of CASES) {
          if (one.subscribers === subscribers)
            findings.push(await measure(lab, arena, bare, product, listeners, one));
        }
        product.close();
        listeners.close();
        await allSubscribed(arena.rockpool, 0);
      }
      return findings;
    } finally {
      await bare.stop();
    }
  },
};

async function measure(
  lab: Lab,
  arena: Arena,
  bare: Helper,
  product: Audience,
  listeners: Audience,
  { subscribers, burst, target }: (typeof CASES)[number],
): Promise<Finding> {
  const title = `fan-out to ${subscribers}, ${burst === 1 ? 'one event at a time' : `bursts of ${burst}`}`;
  lab.say(title);
  const { sql } = arena.database;
  const side = (cpu: ReadCpu, audience: Audience, publish: () => Promise<void>) => (seconds: number) =>
    cpuPerDelivery(cpu, audience, publish, burst, seconds);
  const samples = await contest(
    [
      { name: 'product', run: side(arena.rockpool.cpu, product, () => publishEvents(sql, burst)) },
      { name: 'bare', run: side(bare.cpu, listeners, async () => bare.send({ broadcast: burst })) },
    ],
    lab.options,
  );
  const { product: ours, bare: base } = samples;
  return {
    work: 'fan-out',
    title,
    series: [seriesOf('bare ws broadcast', 'µs CPU', base, 'base'), seriesOf('product', 'µs CPU', ours)],
    figures: [
      burst === 1
        ? ratioOf('CPU a delivery, product / bare', ours, base, target)
        : ratioOf('deliveries a CPU-second, product / bare', base, ours, target),
    ],
  };
}

/** Microseconds of CPU: the next events come when all have got the last ones. */
async function cpuPerDelivery(
  cpu: ReadCpu,
  audience: Audience,
  publish: () => Promise<void>,
  burst: number,
  seconds: number,
): Promise<number> {
  const before = await cpu();
  const until = performance.now() + seconds * 1000;
  let events = 0;
  do {
    const heard = audience.hears(burst);
    await publish();
    await heard;
    events += burst;
  } while (performance.now() < until);
  return (((await cpu()) - before) * 1e6) / (events * audience.members.length);
}

/** The base sends as many bytes as the product does, with the same things in them. */
async function eventOfSameSize(sql: Sql, product: Audience): Promise<object> {
  const [first] = product.members;
  const before = first?.bytesRead() ?? 0;
  const heard = product.hears(1);
  await publishEvents(sql, 1);
  await heard;
  const FRAME_HEADER = 4;
  const wanted = (first?.bytesRead() ?? 0) - before - FRAME_HEADER;
  const event = {
    id: randomUUID(),
    type: 'next',
    payload: { data: { onChangeLiveNote: { kind: 'UPDATED', item: NOTE } } },
    rest: '',
  };
  return { ...event, rest: 'x'.repeat(Math.max(0, wanted - JSON.stringify(event).length)) };
}
