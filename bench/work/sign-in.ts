import { randomBytes, scrypt } from 'node:crypto';
import { openHttp, post } from '../clients/http.ts';
import { closedLoop, type Worker } from '../core/closed-loop.ts';
import { contest } from '../core/contest.ts';
import { IDS, openDirectory } from '../fixture/people.ts';
import type { Arena, Work } from '../lab.ts';
import { ratioOf, seriesOf } from '../report/finding.ts';

const IN_FLIGHT = 4;
const PASSWORD = 'Correct-horse-1';
/** A sign-in takes tenths of a second: a turn has to hold some. */
const SHORTEST_TURN_SECONDS = 3;

export const signIn: Work = {
  name: 'sign-in',
  summary: 'InitiateAuth with USER_PASSWORD_AUTH at 4 in flight against bare scrypt with the same parameters',
  async run(lab) {
    const arena = await lab.arena();
    lab.say('sign-in: making users');
    const names = await makeUsers(arena);
    const connections = await Promise.all(names.map(() => openHttp(arena.rockpool.port)));
    const signIns = connections.map((connection, place): Worker => {
      const request = initiateAuth(names[place] ?? '');
      return async () => {
        const answer = await connection.request(request);
        if (!answer.includes('"AccessToken"')) throw new Error(answer.toString());
      };
    });
    const hash = await bareHash(arena);
    const hashes = Array.from({ length: IN_FLIGHT }, () => hash);
    const signedIn = async (workers: readonly Worker[], long: number) =>
      (await closedLoop(workers, long)).perSecond;
    lab.say(`sign-in at ${IN_FLIGHT} in flight`);
    const seconds = Math.max(lab.options.seconds, SHORTEST_TURN_SECONDS);
    const { product, bare } = await contest(
      [
        { name: 'product', run: (long) => signedIn(signIns, long) },
        { name: 'bare', run: (long) => signedIn(hashes, long) },
      ],
      { ...lab.options, seconds },
    );
    for (const connection of connections) connection.close();
    return [
      {
        work: 'sign-in',
        title: `sign-in, ${IN_FLIGHT} in flight`,
        series: [seriesOf('bare scrypt', '/s', bare, 'base'), seriesOf('product', '/s', product)],
        figures: [ratioOf('product / bare scrypt', product, bare, { atLeast: 0.85 })],
      },
    ];
  },
};

async function makeUsers(arena: Arena): Promise<readonly string[]> {
  const { adminUsers } = await openDirectory(arena);
  const { userPoolId: poolId } = IDS;
  const names = Array.from({ length: IN_FLIGHT }, (_, place) => `signer-${place}`);
  for (const username of names) {
    await adminUsers.create({
      poolId,
      username,
      attributes: {},
      temporaryPassword: PASSWORD,
      forceAliasCreation: false,
      message: 'SUPPRESS',
      mediums: undefined,
    });
    await adminUsers.setPassword({ poolId, username }, PASSWORD, { permanent: true });
  }
  return names;
}

function initiateAuth(username: string): string {
  return post(
    '/',
    {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    JSON.stringify({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: IDS.clientId,
      AuthParameters: { USERNAME: username, PASSWORD },
    }),
  );
}

/** One hash with the parameters of the hashes that the product has just stored. */
async function bareHash({ database }: Arena): Promise<Worker> {
  const [user] = await database.sql<{ stored: string }[]>`
    select password_hash as stored from rockpool.users where username = 'signer-0'`;
  const found = /^scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$/.exec(user?.stored ?? '');
  if (found === null) throw new Error('the stored password is no scrypt hash');
  const [ln = 0, r = 0, p = 0] = found.slice(1).map(Number);
  const N = 2 ** ln;
  const salt = randomBytes(16);
  return () =>
    new Promise((resolve, reject) => {
      scrypt(PASSWORD, salt, 32, { N, r, p, maxmem: 256 * N * r }, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
}
