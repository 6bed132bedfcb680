import { createLog } from '../../base/log.ts';
import { resolveConfig } from '../config/config.ts';
import { describeEnvironment, readEnvironment } from '../config/environment.ts';
import { createServer, type RockpoolServer } from '../server.ts';
import { UsageError } from './usage-error.ts';

export const help = `Usage: rockpool start

Serves until SIGTERM or SIGINT, then drains and ends with 0. Everything is set by the environment:

${describeEnvironment()}
`;

export async function run(args: readonly string[]): Promise<number> {
  if (args.length > 0)
    throw new UsageError(`start takes no ${args[0]}: everything is set by the environment`);
  // Watched from the beginning: a signal during the start lets it finish, then stops.
  const signal = nextSignal();
  const config = resolveConfig(readEnvironment(process.env), process.stderr.isTTY === true);
  const log = await createLog(config.log.level, config.log.format);
  const server = await createServer(config, { log });
  process.stdout.write(`Rockpool is ready on ${server.url}\n${hints(server)}`);
  log.info({ signal: await signal }, 'draining');
  await server.stop();
  log.info('stopped');
  return 0;
}

/** The first of the two signals. Later ones change nothing: a drain is not shortened. */
function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => resolve(name));
  });
}

function hints({ url, ids, region, outbox }: RockpoolServer): string {
  const call = (operation: string, body: object) =>
    `  curl ${url} -H 'content-type: application/x-amz-json-1.1' \\\n` +
    `    -H 'x-amz-target: AWSCognitoIdentityProviderService.${operation}' \\\n    -d '${JSON.stringify(body)}'\n`;
  const signUp = call('SignUp', {
    ClientId: ids.clientId,
    Username: 'ana',
    Password: 'Correct-horse-1',
    UserAttributes: [{ Name: 'email', Value: 'ana@example.com' }],
  });
  return (
    `  GraphQL    ${url}/graphql (HTTP and graphql-transport-ws)\n` +
    `  user pool  ${ids.userPoolId}, client ${ids.clientId}, region ${region}\n` +
    `Try next:\n${signUp}` +
    (outbox ? `  curl '${url}/dev/outbox?to=ana@example.com'   # the confirmation code\n` : '') +
    '  npm run demo   # the two models side by side, told step by step\n'
  );
}
