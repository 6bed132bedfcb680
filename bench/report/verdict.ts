import type { Disturbance } from '../core/machine.ts';
import { isMet, type Finding } from './finding.ts';

export interface Verdict {
  readonly checked: number;
  readonly missed: readonly { readonly title: string; readonly name: string }[];
  /** Why the figures should not be trusted; empty where they may be. */
  readonly noisy: readonly string[];
}

/** Half of a base's rounds lie within so much of their median, or the machine is called noisy. */
const SPREAD_LIMIT = 0.1;
/** Of the machine's CPU time, taken by other machines. */
const STOLEN_LIMIT = 0.05;
/** Runnable tasks per CPU before the start. */
const LOAD_LIMIT = 0.5;

export function judge(findings: readonly Finding[], disturbance: Disturbance, cpus: number): Verdict {
  const figures = findings.flatMap(({ title, figures: all }) => all.map((figure) => ({ title, figure })));
  const checked = figures.filter(({ figure }) => figure.target !== undefined);
  return {
    checked: checked.length,
    missed: checked
      .filter(({ figure }) => isMet(figure) !== true)
      .map(({ title, figure }) => ({ title, name: figure.name })),
    noisy: [...unsteadyBases(findings), ...others(disturbance, cpus)],
  };
}

function unsteadyBases(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(({ title, series }) =>
    series
      .filter(({ base, spread }) => base && spread > SPREAD_LIMIT)
      .map(({ name, spread }) => `${title}: the rounds of ${name} differ by ±${Math.round(spread * 100)} %`),
  );
}

function others({ loadBefore, stolen }: Disturbance, cpus: number): readonly string[] {
  const reasons: string[] = [];
  if (loadBefore > LOAD_LIMIT * cpus)
    reasons.push(`the load before the start was ${loadBefore.toFixed(1)} on ${cpus} CPUs`);
  if (stolen !== undefined && stolen > STOLEN_LIMIT)
    reasons.push(`other machines took ${Math.round(stolen * 100)} % of the CPU time`);
  return reasons;
}
