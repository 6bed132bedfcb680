import type { Contender } from '../../src/compare/contenders.ts';
import { CONTENDERS } from '../../src/compare/contenders.ts';
import type { Edit } from '../../src/compare/ledger.ts';
import type { Play, StepResult } from '../../src/compare/play.ts';
import type { Expectation, Scenario, Step } from '../../src/compare/scenario.ts';

/* Builders: scenarios and plays of which a test states only what it is about. */

export function contender(id: string): Contender {
  const found = CONTENDERS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`There is no contender ${id}.`);
  return found;
}

export function scenario(changes: Partial<Scenario> = {}): Scenario {
  return {
    name: 'a-scenario',
    title: 'A scenario',
    story: 'A story.',
    people: [{ name: 'ana', devices: ['phone', 'laptop'] }],
    steps: [],
    expectations: [],
    ...changes,
  };
}

export function expectation(changes: Partial<Expectation> = {}): Expectation {
  return {
    line: 7,
    contender: 'all',
    converged: undefined,
    lost: undefined,
    rejected: undefined,
    final: undefined,
    seenBy: undefined,
    ...changes,
  };
}

export function step(changes: Partial<Step> = {}): Step {
  return {
    line: 3,
    devices: ['phone'],
    action: { kind: 'wait', ms: 0 },
    say: undefined,
    sights: [],
    ...changes,
  };
}

export function stepResult(changes: Partial<StepResult> = {}): StepResult {
  return {
    step: step(),
    sights: [],
    traffic: { requests: 0, bytesUp: 0, bytesDown: 0 },
    conflicts: 0,
    actor: 'nobody',
    rejected: 0,
    views: {},
    ...changes,
  };
}

export function play(changes: Partial<Play> = {}): Play {
  return {
    contender: contender('dataset/last-writer'),
    steps: [],
    traffic: { requests: 0, bytesUp: 0, bytesDown: 0 },
    conflicts: 0,
    settledByClient: 0,
    settledByServer: 0,
    rejected: 0,
    lost: [],
    converged: true,
    views: {},
    seenBy: [],
    ...changes,
  };
}

export function edit(changes: Partial<Edit> = {}): Edit {
  return { device: 'phone', person: 'ana', field: 'title', value: 'Milk', saw: null, ...changes };
}
