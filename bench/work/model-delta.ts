import { ratioOf, type Finding } from '../report/finding.ts';
import { median } from '../core/stats.ts';
import { benchModels } from '../fixture/models.ts';
import { changeNotes, makeNotes } from '../fixture/notes.ts';
import { makePeople, type Person } from '../fixture/people.ts';
import { graphqlRequest, withSides } from '../fixture/sides.ts';
import type { Arena, Lab, Work } from '../lab.ts';
import { compareThreeWays, type Sides, type ThreeWays } from './three-way.ts';
import { createMarks } from '../../src/feed/marks.ts';

const IN_FLIGHT = 16;
const CHANGED = 10;
const SIZES = [
  { name: 'SmallNote', field: 'syncSmallNotes', items: 1000 },
  { name: 'LargeNote', field: 'syncLargeNotes', items: 20_000 },
] as const;
/** Items of a page: what a client asks for. */
const LIMIT = 100;

/** The cost of a delta is the size of the delta: the same ten changes in a small and in a large model. */
export const modelDelta: Work = {
  name: 'delta',
  summary: 'delta of 10 items in a model of 1 000 and of 20 000 at 16 in flight',
  run: (lab) =>
    withSides(lab, async (sides) => {
      const arena = await lab.arena();
      const people = await makePeople(arena, IN_FLIGHT);
      const findings: Finding[] = [];
      const rates: (readonly number[])[] = [];
      for (const size of SIZES) {
        const { finding, product } = await measure(lab, arena, sides, people, size);
        findings.push(finding);
        rates.push(product);
      }
      const [small = [], large = []] = rates;
      return [...findings, timeBySize(small, large)];
    }),
};

async function measure(
  lab: Lab,
  arena: Arena,
  sides: Sides,
  people: readonly Person[],
  { name, field, items }: (typeof SIZES)[number],
) {
  const { sql } = arena.database;
  const model = (await benchModels()).find((one) => one.name === name);
  if (model === undefined) throw new Error(`there is no model ${name}`);
  lab.say(`delta: making ${items} items`);
  const notes = await makeNotes(sql, model, items);
  const { ms: lastSync } = await createMarks({ database: arena.database, epoch: () => '' }).take();
  await changeNotes(sql, model, notes, CHANGED);
  const query = `query Sync($limit: Int, $lastSync: AWSTimestamp) {
  ${field}(limit: $limit, lastSync: $lastSync) {
    items { id board text tags done createdAt updatedAt _version _deleted _lastChangedAt } nextToken startedAt
  }
}`;
  const at = (place: number): Person => {
    const person = people[place];
    if (person === undefined) throw new Error(`there is no person ${place}`);
    return person;
  };
  const request = (place: number) => ({ caller: at(place).caller, model: name, lastSync, limit: LIMIT });
  const ways: ThreeWays = {
    work: 'delta',
    title: `delta of ${CHANGED} in a model of ${items}, ${IN_FLIGHT} in flight`,
    inFlight: IN_FLIGHT,
    statement: (place) => (statements) => statements.sync(request(place)),
    bare: { path: '/sync', body: (place) => () => request(place) },
    product: (place) => {
      const text = graphqlRequest(at(place), query, { limit: LIMIT, lastSync });
      return () => text;
    },
    expect: '"startedAt":',
    targets: { statements: { atLeast: 0.3 } },
  };
  return compareThreeWays(lab, sides, ways);
}

/**
 * The two were measured one after the other, so rounds do not belong together: medians are compared.
 */
function timeBySize(small: readonly number[], large: readonly number[]): Finding {
  return {
    work: 'delta',
    title: `delta of ${CHANGED}: time in 20 000 against time in 1 000`,
    series: [],
    figures: [ratioOf('20 000 / 1 000', [median(small)], [median(large)], { atMost: 1.2 })],
  };
}
