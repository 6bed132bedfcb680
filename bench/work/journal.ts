import type { Sql } from '../../src/database/connection.ts';
import { closedLoop, type Worker } from '../core/closed-loop.ts';
import { contest } from '../core/contest.ts';
import { pushOf } from '../fixture/datasets.ts';
import { makePeople, type Person } from '../fixture/people.ts';
import type { Lab, Work } from '../lab.ts';
import { ratioOf, seriesOf, type Finding, type Target } from '../report/finding.ts';
import { createStatements, type Statements } from '../statements.ts';

const PUSH = 'rockpool.push_dataset';
const WITHOUT = 'rockpool.bench_push_without_journal';

/** What the journal costs: the push function against its own text with the journal's statements taken out. */
export const journal: Work = {
  name: 'journal',
  summary: 'the push function against the same without its journal',
  async run(lab) {
    const { database } = await lab.arena();
    await makeFunctionWithout(database.sql);
    try {
      return [
        await compare(lab, { records: 1, inFlight: 16, target: { atLeast: 0.6 } }),
        await compare(lab, { records: 100, inFlight: 8, target: { atLeast: 0.6 } }),
      ];
    } finally {
      await database.sql.unsafe(`drop function ${WITHOUT}`);
    }
  },
};

async function compare(
  lab: Lab,
  { records, inFlight, target }: { records: number; inFlight: number; target: Target },
): Promise<Finding> {
  const title = `push function, ${records === 1 ? 'one record' : `${records} records`}, ${inFlight} in flight`;
  lab.say(title);
  const arena = await lab.arena();
  const { sql } = arena.database;
  const people = await makePeople(arena, 2 * inFlight);
  const workersOf = (some: readonly Person[], statements: Statements) =>
    some.map((person): Worker => {
      let count = 0;
      return async () => void (await statements.push(pushOf(person, 'journal', records, count++)));
    });
  const withIt = workersOf(people.slice(0, inFlight), createStatements(sql, []));
  const withoutIt = workersOf(people.slice(inFlight), createStatements(renamed(sql), []));
  const rate = async (workers: readonly Worker[], seconds: number) =>
    (await closedLoop(workers, seconds)).perSecond;
  await arena.rockpool.pause();
  const samples = await contest(
    [
      { name: 'without', run: (seconds) => rate(withoutIt, seconds) },
      { name: 'with', run: (seconds) => rate(withIt, seconds) },
    ],
    lab.options,
  );
  await arena.rockpool.resume();
  return {
    work: 'journal',
    title,
    series: [
      seriesOf('without the journal', '/s', samples.without, 'base'),
      seriesOf('as it is', '/s', samples.with, 'base'),
    ],
    figures: [ratioOf('as it is / without the journal', samples.with, samples.without, target)],
  };
}

/** The function's own text says where its journal begins and ends. */
async function makeFunctionWithout(sql: Sql): Promise<void> {
  const [row] = await sql<{ text: string }[]>`select pg_get_functiondef(${PUSH}::regproc) as text`;
  const text = (row?.text ?? '').replace(PUSH, WITHOUT);
  const cut = text.replace(/-- <journal>[\s\S]*?-- <\/journal>/, '');
  if (cut === text || !text.includes(WITHOUT)) throw new Error(`${PUSH} does not mark its journal any more`);
  await sql.unsafe(cut);
}

/** The same statements, calling the other function. */
function renamed(sql: Sql): Sql {
  const known = new WeakMap<TemplateStringsArray, TemplateStringsArray>();
  const translate = (strings: TemplateStringsArray): TemplateStringsArray => {
    const changed = strings.map((part) => part.replace(PUSH, WITHOUT));
    return Object.assign(changed, { raw: changed });
  };
  const tag = (strings: TemplateStringsArray, ...values: never[]) => {
    let other = known.get(strings);
    if (other === undefined) known.set(strings, (other = translate(strings)));
    return sql(other, ...values);
  };
  return Object.assign(tag, { array: sql.array }) as unknown as Sql;
}
