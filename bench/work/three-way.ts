import { openHttp, post } from '../clients/http.ts';
import { closedLoop, type Worker } from '../core/closed-loop.ts';
import { contest } from '../core/contest.ts';
import type { ReadCpu } from '../core/cpu.ts';
import type { Lab } from '../lab.ts';
import type { Helper } from '../processes/helper.ts';
import type { Rockpool } from '../processes/rockpool.ts';
import { ratioOf, seriesOf, type Finding, type Target } from '../report/finding.ts';
import type { Statements } from '../statements.ts';

/**
 * The same work three ways, over one Postgres: the statements alone, a bare server, the product. Each place in flight
 * is one client that sends its next request when the last one is answered.
 */
export interface ThreeWays {
  readonly work: string;
  readonly title: string;
  readonly inFlight: number;
  /** What a client does, by its place: functions that make one request after another. */
  readonly statement: (place: number) => (statements: Statements) => Promise<unknown>;
  readonly bare: { readonly path: string; readonly body: (place: number) => () => object };
  readonly product: (place: number) => () => string;
  /** What stands near an end of each good answer. */
  readonly expect: string;
  readonly targets: { readonly statements?: Target; readonly bare?: Target };
}

export interface Sides {
  readonly statements: Statements;
  readonly bare: Helper;
  readonly rockpool: Rockpool;
}

interface Sample {
  readonly perSecond: number;
  /** Microseconds of the server's CPU for each request; NaN where there is no server. */
  readonly cpu: number;
}

/** The finding, and the product's rates for who compares two of them. */
export async function compareThreeWays(
  lab: Lab,
  { statements, bare, rockpool }: Sides,
  ways: ThreeWays,
): Promise<{ readonly finding: Finding; readonly product: readonly number[] }> {
  lab.say(ways.title);
  const places = Array.from({ length: ways.inFlight }, (_, place) => place);
  const alone = places.map((place): Worker => {
    const next = ways.statement(place);
    return async () => void (await next(statements));
  });
  const toBare = await openWorkers(bare.port, places, ways.expect, (place) => {
    const next = ways.bare.body(place);
    return () => post(ways.bare.path, {}, JSON.stringify(next()));
  });
  const toProduct = await openWorkers(rockpool.port, places, ways.expect, ways.product);
  const samples = await contest<'statements' | 'bare' | 'product', Sample>(
    [
      {
        name: 'statements',
        run: asleep(
          rockpool,
          turn(alone, () => Promise.resolve(Number.NaN)),
        ),
      },
      { name: 'bare', run: asleep(rockpool, turn(toBare.workers, bare.cpu)) },
      { name: 'product', run: turn(toProduct.workers, rockpool.cpu) },
    ],
    lab.options,
  );
  toBare.close();
  toProduct.close();
  const rates = (side: keyof typeof samples) => samples[side].map(({ perSecond }) => perSecond);
  const cpu = (side: keyof typeof samples) => samples[side].map((sample) => sample.cpu);
  const [base, server, product] = [rates('statements'), rates('bare'), rates('product')];
  return {
    product,
    finding: {
      work: ways.work,
      title: ways.title,
      series: [
        seriesOf('statements alone', '/s', base, 'base'),
        seriesOf('bare server', '/s', server, 'base'),
        seriesOf('product', '/s', product),
        seriesOf('bare server, CPU a request', 'µs', cpu('bare')),
        seriesOf('product, CPU a request', 'µs', cpu('product')),
      ],
      figures: [
        ratioOf('product / statements', product, base, ways.targets.statements),
        ratioOf('product / bare server', product, server, ways.targets.bare),
        ratioOf('bare server / statements', server, base),
      ],
    },
  };
}

/** The product stands still while others have their turn. */
function asleep(rockpool: Rockpool, run: (seconds: number) => Promise<Sample>) {
  return async (seconds: number): Promise<Sample> => {
    await rockpool.pause();
    const sample = await run(seconds);
    await rockpool.resume();
    return sample;
  };
}

function turn(workers: readonly Worker[], cpu: ReadCpu) {
  return async (seconds: number): Promise<Sample> => {
    const before = await cpu();
    const { done, perSecond } = await closedLoop(workers, seconds);
    return { perSecond, cpu: (((await cpu()) - before) * 1e6) / done };
  };
}

/** Answers up to this length are searched through, of longer ones both ends. */
const SEARCHED = 2000;
const END = 500;

async function openWorkers(
  port: number,
  places: readonly number[],
  expect: string,
  requests: (place: number) => () => string,
): Promise<{ readonly workers: readonly Worker[]; close(): void }> {
  const connections = await Promise.all(places.map(() => openHttp(port)));
  return {
    workers: connections.map((connection, place): Worker => {
      const next = requests(place);
      return async () => {
        const answer = await connection.request(next());
        const isShort = answer.length <= SEARCHED;
        const begin = isShort ? answer : answer.subarray(0, END);
        const isGood = begin.includes(expect) || (!isShort && answer.subarray(-END).includes(expect));
        if (!isGood || begin.includes('"errors"'))
          throw new Error(`not the answer that was expected: ${answer.toString().slice(0, END)}`);
      };
    }),
    close() {
      for (const connection of connections) connection.close();
    },
  };
}
