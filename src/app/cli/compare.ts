import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TargetError, type Target } from '../../compare/accounts.ts';
import { compare, type Comparison } from '../../compare/compare.ts';
import { findScenario, shippedScenarios } from '../../compare/library.ts';
import { ScenarioError } from '../../compare/read-scenario.ts';
import { jsonReport } from '../../compare/report/json.ts';
import { markdownReport } from '../../compare/report/markdown.ts';
import { textReport } from '../../compare/report/text.ts';
import { messageOf } from '../../base/errors.ts';
import { fixedIds } from '../config/config.ts';
import { packageRoot } from '../paths.ts';
import { StartError } from '../start-error.ts';
import { UsageError } from './usage-error.ts';
import { startScratchServer } from './scratch-server.ts';

export const help = `Usage: rockpool compare [name or file.yaml ...] [options]

Plays the same edits against datasets and shared models, as real clients over the wire, and shows side by side what
came of them: who saw what and when, bytes, conflicts, who settled them, edits that were lost. Without a name, all
scenarios that ship. Starts a server of its own on a free port unless --url is given.

  --list               name the scenarios that ship (with --json too)
  --json               the report as JSON, alone on standard output
  --markdown           the report as Markdown, alone on standard output
  --url <address>      play against a running server (in development: codes are read from its outbox)
  --client-id <id>     app client of that server [rockpoolclient0000000000001]

Exit code: 0 when every step did what its scenario expects, 1 when not, 2 for wrong words on the command line.
A scenario is a YAML file; docs/compare.md tells how to write one.
`;

/** Where the scenarios that ship are. */
export const scenarioFolder = (): string => join(packageRoot(), 'src', 'compare', 'scenarios');

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.json === true && values.markdown === true)
    throw new UsageError('take one of --json and --markdown');
  try {
    if (values.list === true) return await list(values.json === true);
    const scenarios =
      positionals.length === 0
        ? await shippedScenarios(scenarioFolder())
        : await Promise.all(positionals.map((name) => findScenario(scenarioFolder(), name)));
    const comparisons = await onTarget(values.url, values['client-id'], (target) =>
      compare(scenarios, target, { onProgress: (line) => process.stderr.write(`${line}\n`) }),
    );
    process.stdout.write(`${report(comparisons, values)}\n`);
    return comparisons.some(({ failures }) => failures.length > 0) ? 1 : 0;
  } catch (error) {
    if (error instanceof ScenarioError || error instanceof TargetError)
      throw new StartError(error.message, { cause: error });
    throw error;
  }
}

/** Runs against the given server, or against one of its own that is gone after. */
export async function onTarget<T>(
  url: string | undefined,
  clientId: string | undefined,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const client = clientId ?? fixedIds('us-east-1').clientId;
  if (url !== undefined) {
    if (!URL.canParse(url)) throw new UsageError(`--url ${url} is no address; write http://localhost:4000`);
    return work({ url: url.replace(/\/+$/, ''), clientId: client });
  }
  const server = await startScratchServer();
  try {
    return await work({ url: server.url, clientId: client });
  } finally {
    await server.stop();
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        list: { type: 'boolean' },
        json: { type: 'boolean' },
        markdown: { type: 'boolean' },
        url: { type: 'string' },
        'client-id': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

async function list(json: boolean): Promise<number> {
  const scenarios = await shippedScenarios(scenarioFolder());
  if (json) {
    const shown = scenarios.map(({ name, title, story }) => ({ name, title, story }));
    process.stdout.write(`${JSON.stringify({ scenarios: shown }, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  process.stdout.write(scenarios.map(({ name, title }) => `${name.padEnd(width)}  ${title}\n`).join(''));
  return 0;
}

function report(
  comparisons: readonly Comparison[],
  { json, markdown }: { json?: boolean; markdown?: boolean },
): string {
  if (json === true) return jsonReport(comparisons);
  return markdown === true ? markdownReport(comparisons) : textReport(comparisons);
}
