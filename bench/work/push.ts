import { pushOf } from '../fixture/datasets.ts';
import { makePeople, type Person } from '../fixture/people.ts';
import { graphqlRequest, withSides } from '../fixture/sides.ts';
import type { Work } from '../lab.ts';
import { compareThreeWays, type Sides, type ThreeWays } from './three-way.ts';

const MUTATION = `mutation Push($input: PushDatasetInput!) {
  pushDataset(input: $input) {
    __typename
    ... on DatasetPushed { syncCount position records { ...Record } }
    ... on DatasetConflict { syncCount conflicts { key sent current record { ...Record } } }
  }
}
fragment Record on DatasetRecord { key value syncCount lastModifiedAt lastModifiedBy deviceLastModifiedAt }`;

export const pushOne: Work = {
  name: 'push-1',
  summary: 'push of one record at 1, 16 and 64 in flight',
  run: (lab) =>
    withSides(lab, async (sides) => {
      const run = async (inFlight: number, targets: ThreeWays['targets']) =>
        (await compareThreeWays(lab, sides, await pushes(lab, 1, inFlight, targets))).finding;
      return [
        await run(1, { statements: { atLeast: 0.5 } }),
        await run(16, { statements: { atLeast: 0.65 }, bare: { atLeast: 0.75 } }),
        await run(64, { statements: { atLeast: 0.55 } }),
      ];
    }),
};

export const pushHundred: Work = {
  name: 'push-100',
  summary: 'push of 100 records at 8 in flight',
  run: (lab) =>
    withSides(lab, async (sides: Sides) => {
      const ways = await pushes(lab, 100, 8, { statements: { atLeast: 0.6 } });
      return [(await compareThreeWays(lab, sides, ways)).finding];
    }),
};

/** Every client is another person: pushes of one wait for each other, whatever carries them. */
async function pushes(
  lab: Parameters<Work['run']>[0],
  records: number,
  inFlight: number,
  targets: ThreeWays['targets'],
): Promise<ThreeWays> {
  const people = await makePeople(await lab.arena(), 3 * inFlight);
  const at = (place: number): Person => {
    const person = people[place];
    if (person === undefined) throw new Error(`there is no person ${place}`);
    return person;
  };
  /** Each push is based on what the one before made. */
  const pushesOf = (person: Person) => {
    let count = 0;
    return () => pushOf(person, 'bench', records, count++);
  };
  return {
    work: `push-${records}`,
    title: `push of ${records === 1 ? 'one record' : `${records} records`}, ${inFlight} in flight`,
    inFlight,
    statement: (place) => {
      const next = pushesOf(at(place));
      return (statements) => statements.push(next());
    },
    bare: { path: '/push', body: (place) => pushesOf(at(inFlight + place)) },
    product: (place) => {
      const person = at(2 * inFlight + place);
      const next = pushesOf(person);
      return () => graphqlRequest(person, MUTATION, { input: next().input });
    },
    expect: '"records":[{"key":"key-0"',
    targets,
  };
}
