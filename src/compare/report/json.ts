import type { Comparison } from '../compare.ts';

/** The whole report as JSON: the same facts as the other forms, for programs. */
export function jsonReport(comparisons: readonly Comparison[]): string {
  const shown = comparisons.map(({ scenario, plays, failures, verdict }) => ({
    scenario: { name: scenario.name, title: scenario.title, story: scenario.story, people: scenario.people },
    contenders: plays.map((play) => ({
      id: play.contender.id,
      label: play.contender.label,
      converged: play.converged,
      requests: play.traffic.requests,
      bytesUp: play.traffic.bytesUp,
      bytesDown: play.traffic.bytesDown,
      conflicts: play.conflicts,
      settledByDevice: play.settledByClient,
      settledByServer: play.settledByServer,
      lost: play.lost,
      rejected: play.rejected,
      seenBy: play.seenBy,
      final: play.views,
      steps: play.steps.map(({ step, ...result }) => ({
        devices: step.devices,
        action: step.action,
        ...result,
      })),
    })),
    failures,
    verdict,
  }));
  return JSON.stringify({ comparisons: shown }, null, 2);
}
