import { createAccounts, TargetError, type Target } from './accounts.ts';
import { CONTENDERS, MODELS_SDL, type Contender } from './contenders.ts';
import { decide } from './decide.ts';
import { judge, type Failure } from './judge.ts';
import { play, type Play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { createWire } from './wire.ts';

/** A scenario as every contender played it. */
export interface Comparison {
  readonly scenario: Scenario;
  readonly plays: readonly Play[];
  /** Empty when everything came out as the scenario expects. */
  readonly failures: readonly Failure[];
  /** Two sentences that say what decides. */
  readonly verdict: readonly [string, string];
}

export interface CompareOptions {
  readonly contenders?: readonly Contender[];
  /** Told what happens: a progress line. */
  readonly onProgress?: (line: string) => void;
}

/**
 * Plays scenarios against each contender on the server at `target`, as people who sign up for it and are deleted
 * after. Throws a TargetError where the server cannot be used, before anything is written.
 */
export async function compare(
  scenarios: readonly Scenario[],
  target: Target,
  options: CompareOptions = {},
): Promise<readonly Comparison[]> {
  const { contenders = CONTENDERS, onProgress = () => undefined } = options;
  const people = [...new Set(scenarios.flatMap((scenario) => scenario.people.map(({ name }) => name)))];
  const { accounts, end } = await createAccounts(target, people);
  try {
    const [somebody] = accounts;
    if (somebody !== undefined) await requireModels(target, somebody.token, contenders);
    const comparisons: Comparison[] = [];
    for (const [index, scenario] of scenarios.entries()) {
      const plays: Play[] = [];
      for (const contender of contenders) {
        onProgress(`${index + 1}/${scenarios.length} ${scenario.name}: ${contender.label}`);
        plays.push(await play(scenario, contender, target, accounts));
      }
      const failures = plays.flatMap((one) => judge(scenario, one));
      comparisons.push({ scenario, plays, failures, verdict: decide(scenario, plays) });
    }
    return comparisons;
  } finally {
    await end();
  }
}

/** Asks for one field of each model: works without introspection too. */
async function requireModels(target: Target, token: string, contenders: readonly Contender[]): Promise<void> {
  const types = contenders.flatMap((contender) => (contender.kind === 'model' ? [contender.type] : []));
  const wire = createWire(target.url, token);
  for (const type of types) {
    const query = `query Probe { get${type}(id: "none") { id title body color _version } }`;
    const { errors } = await wire.call(query, {});
    if (errors.length === 0) continue;
    throw new TargetError(
      `${target.url} has no model ${type} as the comparison needs it (${errors[0]?.message ?? ''}). ` +
        `Add this to its SCHEMA and start it again:\n\n${MODELS_SDL}`,
    );
  }
}
