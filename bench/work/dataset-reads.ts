import { pushOf } from '../fixture/datasets.ts';
import { makePeople, type Person } from '../fixture/people.ts';
import { graphqlRequest, withSides } from '../fixture/sides.ts';
import type { Lab, Work } from '../lab.ts';
import type { Statements } from '../statements.ts';
import { compareThreeWays, type ThreeWays } from './three-way.ts';

const QUERY = `query Pull($name: String!, $since: Long) {
  pullDataset(name: $name, since: $since) {
    exists deletedSince syncCount mergedDatasets sessionToken position nextToken
    records { key value syncCount lastModifiedAt lastModifiedBy deviceLastModifiedAt }
  }
}`;

const NAME = 'thousand';
const RECORDS = 1000;
const CHANGED = 10;
/** Most records of a page, where the client asks for no other number. */
const LIMIT = 1024;

export const datasetDelta: Work = {
  name: 'dataset-delta',
  summary: 'delta of 10 records in a dataset of 1 000 at 16 in flight',
  run: (lab) =>
    reads(lab, {
      title: `dataset delta of ${CHANGED} in ${RECORDS}, 16 in flight`,
      inFlight: 16,
      since: 1,
      targets: { statements: { atLeast: 0.3 } },
    }),
};

export const fullPull: Work = {
  name: 'pull',
  summary: 'full pull of 1 000 records at 8 in flight',
  run: (lab) =>
    reads(lab, {
      title: `full pull of ${RECORDS} records, 8 in flight`,
      inFlight: 8,
      since: 0,
      targets: { statements: { atLeast: 0.4 } },
    }),
};

function reads(
  lab: Lab,
  { title, inFlight, since, targets }: Pick<ThreeWays, 'title' | 'inFlight' | 'targets'> & { since: number },
) {
  return withSides(lab, async (sides) => {
    const people = await makePeople(await lab.arena(), inFlight);
    for (const person of people) await fill(sides.statements, person);
    const request = (place: number) => {
      const { identity } = people[place] ?? {};
      if (identity === undefined) throw new Error(`there is no person ${place}`);
      return { identity, name: NAME, since, limit: LIMIT };
    };
    const { finding } = await compareThreeWays(lab, sides, {
      work: since === 0 ? 'pull' : 'dataset-delta',
      title,
      inFlight,
      statement: (place) => (statements) => statements.pull(request(place)),
      bare: { path: '/pull', body: (place) => () => request(place) },
      product: (place) => {
        const person = people[place];
        const text = person === undefined ? '' : graphqlRequest(person, QUERY, { name: NAME, since });
        return () => text;
      },
      expect: '"syncCount":2',
      targets,
    });
    return [finding];
  });
}

/** All records with the first push, some of them again with the second. */
async function fill(statements: Statements, person: Person): Promise<void> {
  await statements.push(pushOf(person, NAME, RECORDS, 0));
  await statements.push(pushOf(person, NAME, CHANGED, 1));
}
