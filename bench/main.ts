/**
 * `npm run bench`: what the product makes of its own statements, as ratios to those statements alone and to servers
 * without anything else. docs/performance.md says how to read it.
 */
import { availableParallelism } from 'node:os';
import { messageOf } from '../src/base/errors.ts';
import { describeMachine, watchMachine } from './core/machine.ts';
import { createLab } from './lab.ts';
import { BadOption, DEFAULTS, readOptions, type Options } from './options.ts';
import type { Finding } from './report/finding.ts';
import { printFinding, printVerdict } from './report/print.ts';
import { judge } from './report/verdict.ts';
import { writeResults } from './report/write.ts';
import { works } from './work/works.ts';

const HELP = `Usage: npm run bench -- [options]

  --rounds N      turns of each contender, ${DEFAULTS.rounds} by default; they alternate
  --seconds S     length of a turn, ${DEFAULTS.seconds} by default
  --only a,b      some works alone
  --json          the results as JSON on standard output and nothing else there
  --help

Works:
${works.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

Progress goes to standard error, results to standard output and to bench/results/<time>.json.
`;

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(
    args,
    works.map(({ name }) => name),
  );
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  await measure(options);
  return 0;
}

async function measure(options: Options): Promise<void> {
  const at = new Date();
  const look = await watchMachine();
  const machine = describeMachine();
  const say = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
  const lab = createLab(options, say);
  const findings: Finding[] = [];
  try {
    for (const work of works) {
      if (options.only !== undefined && !options.only.includes(work.name)) continue;
      for (const finding of await work.run(lab)) {
        findings.push(finding);
        if (!options.json) process.stdout.write(`\n${printFinding(finding)}`);
      }
    }
  } finally {
    await lab.close();
  }
  const disturbance = await look();
  const verdict = judge(findings, disturbance, availableParallelism());
  const results = { at: at.toISOString(), machine, options, disturbance, verdict, findings };
  const file = await writeResults(results);
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else process.stdout.write(`\n${printVerdict(verdict)}Written to ${file}.\n`);
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof BadOption) {
    process.stderr.write(`bench: ${error.message}\n\n${HELP}`);
    return 2;
  }
  process.stderr.write(
    `bench: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`,
  );
  return 1;
});
