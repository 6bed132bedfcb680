import { compare } from '../../compare/compare.ts';
import { findScenario } from '../../compare/library.ts';
import { textReport } from '../../compare/report/text.ts';
import { scenarioFolder } from './compare.ts';
import { startScratchServer } from './scratch-server.ts';
import { UsageError } from './usage-error.ts';

export const help = `Usage: rockpool demo

Starts a server with a database of its own on a free port, signs two people up, and lets their devices edit the same
note with each of the two models: online, offline at the same time, and together. Tells what happens step by step.
Takes no options and leaves nothing behind. Exit code 1 when a step did not do what it should.
`;

const SCENARIOS = ['two-devices-online', 'offline-same-field', 'two-people-one-note'] as const;

const INTRODUCTION = `Rockpool keeps users' data in step over your own Postgres, in two ways:

  datasets  private to one user, the same on all of that user's devices; a device that writes on a stale state is
            told so and settles the conflict itself (as with Amazon Cognito Sync)
  models    shared by many users, described in GraphQL; the server settles conflicts by the model's strategy and
            everybody who may see an item hears of it at once (as with AWS AppSync)

Below, the same edits are made with both, by real clients over HTTP and WebSocket.
`;

const OUTRO = `
What next:
  npm start                         serve on http://localhost:4000
  npx rockpool compare --list       all scenarios; write your own as a YAML file
  README.md                         point a client at it
`;

export async function run(args: readonly string[]): Promise<number> {
  if (args.length > 0) throw new UsageError(`the demo takes no ${args[0]}`);
  process.stdout.write(`${INTRODUCTION}\n`);
  process.stderr.write('starting a server with a Postgres of its own …\n');
  const server = await startScratchServer();
  try {
    process.stderr.write(`serving on ${server.url}\n`);
    let failures = 0;
    for (const name of SCENARIOS) {
      const scenario = await findScenario(scenarioFolder(), name);
      const comparisons = await compare([scenario], { url: server.url, clientId: server.ids.clientId });
      failures += comparisons.reduce((sum, comparison) => sum + comparison.failures.length, 0);
      process.stdout.write(`${textReport(comparisons)}\n\n`);
    }
    process.stdout.write(
      failures === 0 ? OUTRO : `\n${failures} things did not come out as they should; see above.\n`,
    );
    return failures === 0 ? 0 : 1;
  } finally {
    await server.stop();
  }
}
