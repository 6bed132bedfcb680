import { openHttp, post } from '../clients/http.ts';
import { closedLoop, type Worker } from '../core/closed-loop.ts';
import { contest } from '../core/contest.ts';
import type { Lab, Work } from '../lab.ts';
import { startHelper, type Helper } from '../processes/helper.ts';
import { figureOf, seriesOf, type Finding } from '../report/finding.ts';

const WAYS = [
  ['bare', 'node:http and JSON alone'],
  ['compiled', 'graphql-jit without Apollo'],
  ['product', 'the product: before Fastify'],
  ['hijacked', "the product in a route of Fastify's"],
  ['apollo', 'all through Apollo, before Fastify'],
  ['fastify', "all through Apollo, Fastify's own way"],
] as const;

type Way = (typeof WAYS)[number][0];

const IN_FLIGHT = 16;

const QUERY = `query Pull($name: String!, $since: Long, $limit: Int) {
  pullDataset(name: $name, since: $since, limit: $limit) {
    exists deletedSince syncCount mergedDatasets sessionToken position nextToken
    records { key value syncCount lastModifiedAt lastModifiedBy deviceLastModifiedAt }
  }
}`;

/** What each layer of `/graphql` costs, by the same requests to resolvers that have their answers in memory. */
export const ways: Work = {
  name: 'ways',
  summary: 'what Apollo and the way through Fastify cost of /graphql, without a database',
  async run(lab) {
    const helpers = await Promise.all(WAYS.map(([way]) => startHelper('graphql-ways.ts', [way])));
    try {
      return [
        await measure(lab, helpers, 1),
        await measure(lab, helpers, 10),
        await measure(lab, helpers, 1000),
      ];
    } finally {
      await Promise.all(helpers.map((helper) => helper.stop()));
    }
  },
};

async function measure(lab: Lab, helpers: readonly Helper[], records: number): Promise<Finding> {
  const title = `/graphql without a database, an answer of ${records === 1 ? 'one record' : `${records} records`}`;
  lab.say(title);
  const body = JSON.stringify({ query: QUERY, variables: { name: 'bench', since: 0, limit: records } });
  // Headers as a browser sends them.
  const headers = {
    authorization: 'x'.repeat(900),
    accept: 'application/graphql-response+json, application/json',
    'accept-encoding': 'gzip, deflate, br',
    'accept-language': 'en',
    origin: 'https://app.example.com',
    'user-agent': 'Mozilla/5.0',
  };
  const text = post('/graphql', headers, body);
  const contenders = [];
  const connections = [];
  for (const [place, [name]] of WAYS.entries()) {
    const helper = helpers[place];
    if (helper === undefined) continue;
    const open = await Promise.all(Array.from({ length: IN_FLIGHT }, () => openHttp(helper.port)));
    const workers = open.map((connection): Worker => async () => {
      const answer = await connection.request(text);
      if (!answer.includes('"records":[{"key":"key-0"')) throw new Error(answer.toString().slice(0, 400));
    });
    connections.push(...open);
    contenders.push({ name, run: (seconds: number) => cpuOfRequest(helper, workers, seconds) });
  }
  const samples = await contest<Way, number>(contenders, lab.options);
  for (const connection of connections) connection.close();
  const more = (way: Way, than: Way) => samples[way].map((cpu, round) => cpu - (samples[than][round] ?? 0));
  return {
    work: 'ways',
    title,
    series: WAYS.map(([way, name]) =>
      seriesOf(name, 'µs CPU', samples[way], way === 'bare' ? 'base' : 'product'),
    ),
    figures: [
      figureOf('GraphQL costs', 'µs', more('compiled', 'bare')),
      figureOf('the rest of our handler costs', 'µs', more('product', 'compiled')),
      figureOf('all through Apollo would cost', 'µs', more('apollo', 'product')),
      figureOf("a route of Fastify's would cost", 'µs', more('hijacked', 'product')),
      figureOf("Fastify's own way, beside Apollo's", 'µs', more('fastify', 'apollo')),
    ],
  };
}

async function cpuOfRequest({ cpu }: Helper, workers: readonly Worker[], seconds: number): Promise<number> {
  const before = await cpu();
  const { done } = await closedLoop(workers, seconds);
  return (((await cpu()) - before) * 1e6) / done;
}
