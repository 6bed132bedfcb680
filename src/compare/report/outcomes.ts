import type { Contender } from '../contenders.ts';
import type { Play, StepResult } from '../play.ts';
import { show } from '../judge.ts';

/** What a step came to with contenders that did the same: told once. */
export interface Outcome {
  /** A contender's id, or `dataset/*`, `model/*`, `all` where all of those did the same. */
  readonly label: string;
  readonly text: string;
}

/** The outcomes of one step, same ones together. Times and bytes are the range over those that are told together. */
export function outcomesOf(plays: readonly Play[], index: number): readonly Outcome[] {
  const groups = new Map<string, { contenders: Contender[]; results: StepResult[] }>();
  for (const { contender, steps } of plays) {
    const result = steps[index];
    if (result === undefined) continue;
    const key = JSON.stringify(whatCame(result));
    const group = groups.get(key) ?? { contenders: [], results: [] };
    group.contenders.push(contender);
    group.results.push(result);
    groups.set(key, group);
  }
  const all = plays.map(({ contender }) => contender);
  return [...groups.values()].flatMap(({ contenders, results }) =>
    labelsOf(contenders, all).map((label) => ({ label, text: tell(results) })),
  );
}

/** What makes two outcomes the same: not the milliseconds, not the bytes. */
function whatCame({ sights, conflicts, actor, rejected, traffic }: StepResult) {
  return [sights.map(({ device, shows }) => [device, shows]), conflicts, actor, rejected, traffic.requests];
}

/** One label for a whole kind, otherwise each by name. */
function labelsOf(contenders: readonly Contender[], all: readonly Contender[]): readonly string[] {
  if (contenders.length === all.length && all.length > 1) return ['all'];
  const labels: string[] = [];
  for (const kind of ['dataset', 'model'] as const) {
    const of = contenders.filter((contender) => contender.kind === kind);
    const whole = of.length > 1 && of.length === all.filter((contender) => contender.kind === kind).length;
    labels.push(...(whole ? [`${kind}/*`] : of.map(({ id }) => id)));
  }
  return labels;
}

/** Who saw what and when, conflicts and who settled them, and what it cost. */
function tell(results: readonly StepResult[]): string {
  const [first] = results;
  if (first === undefined) return '';
  const sights = first.sights.map(({ device, shows }, at) => {
    const ms = range(results.map((result) => result.sights[at]?.ms ?? 0));
    return `${device} shows ${show(shows)} after ${ms} ms`;
  });
  const shown =
    sights.length <= 4 ? sights : [...sights.slice(0, 1), `… ${sights.length - 2} more`, ...sights.slice(-1)];
  const parts = [shown.length === 0 ? 'no screen changes' : shown.join('; ')];
  if (first.conflicts > 0) {
    const who = first.actor === 'client' ? 'the device' : 'the server';
    parts.push(`${first.conflicts} ${first.conflicts === 1 ? 'conflict' : 'conflicts'}, ${who} settles`);
  }
  if (first.rejected > 0) parts.push(`${first.rejected} refused`);
  const { requests } = first.traffic;
  const up = range(results.map(({ traffic }) => traffic.bytesUp));
  const down = range(results.map(({ traffic }) => traffic.bytesDown));
  parts.push(`${requests} ${requests === 1 ? 'request' : 'requests'}, ${up} bytes up, ${down} down`);
  return parts.join(' · ');
}

function range(numbers: readonly number[]): string {
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  return low === high ? String(low) : `${low}–${high}`;
}
