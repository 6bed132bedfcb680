import { matches, type Contender } from './contenders.ts';
import { sameFields } from './devices/settle.ts';
import type { Play } from './play.ts';
import type { Expectation, Fields, Scenario } from './scenario.ts';

/** Something that did not come out as the scenario expects. */
export interface Failure {
  readonly contender: string;
  readonly line: number;
  readonly message: string;
}

/** What of a play is not as its scenario expects: after steps and at the end. */
export function judge(scenario: Scenario, play: Play): readonly Failure[] {
  const failures: Failure[] = [];
  const fail = (line: number, message: string) =>
    failures.push({ contender: play.contender.id, line, message });
  for (const { step, views } of play.steps) {
    for (const { device, shows } of step.sights) {
      const seen = views[device] ?? null;
      if (!shownAs(shows, seen))
        fail(step.line, `${device} shows ${show(seen)}, expected was ${show(shows)}.`);
    }
  }
  const expected = expectationFor(scenario, play.contender);
  const { line } = expected;
  if (expected.converged !== undefined && expected.converged !== play.converged) {
    fail(line, play.converged ? 'all devices converged, and should not.' : 'the devices did not converge.');
  }
  const lost = play.lost.map((edit) => `${edit.device}.${edit.field}`);
  if (expected.lost !== undefined && !sameList(expected.lost, lost)) {
    fail(line, `lost edits are ${list(lost)}, expected were ${list(expected.lost)}.`);
  }
  if (expected.rejected !== undefined && expected.rejected !== play.rejected) {
    fail(line, `${play.rejected} writes were refused, expected were ${expected.rejected}.`);
  }
  if (expected.seenBy !== undefined && !sameList(expected.seenBy, play.seenBy)) {
    fail(line, `other people who see it are ${list(play.seenBy)}, expected were ${list(expected.seenBy)}.`);
  }
  if (expected.final !== undefined) {
    for (const [device, view] of Object.entries(play.views)) {
      const person = scenario.people.find(({ devices }) => devices.includes(device));
      // With datasets only the first person's devices hold the first person's thing.
      if (play.contender.kind === 'dataset' && person !== scenario.people[0]) continue;
      if (!shownAs(expected.final, view))
        fail(line, `${device} ends with ${show(view)}, expected was ${show(expected.final)}.`);
    }
  }
  return failures;
}

/** All that is expected of a contender: member by member the most precise expectation that names it. */
export function expectationFor(scenario: Scenario, contender: Contender): Expectation {
  const merged: Record<string, unknown> = { line: 0, contender: contender.id };
  const ranked = scenario.expectations
    .map((expectation) => ({ expectation, rank: matches(expectation.contender, contender) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => a.rank - b.rank);
  for (const { expectation } of ranked) {
    for (const [name, value] of Object.entries(expectation)) {
      if (value !== undefined && name !== 'contender') merged[name] = value;
    }
  }
  return merged as unknown as Expectation;
}

/** Only the fields that are expected are looked at. */
function shownAs(expected: Fields | null, seen: Fields | null): boolean {
  if (expected === null || seen === null) return expected === seen;
  const looked = Object.fromEntries(
    Object.keys(expected).map((name) => [name, seen[name as keyof Fields] ?? null]),
  );
  return sameFields(expected, looked as Fields);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join('\n') === [...b].sort().join('\n');
}

const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));

/** A view in one line. */
export function show(view: Fields | null): string {
  if (view === null) return 'nothing';
  const parts = Object.entries(view).map(
    ([name, value]) => `${name}: ${value === null ? '–' : shorten(value)}`,
  );
  return parts.length === 0 ? 'an empty note' : parts.join(', ');
}

const shorten = (text: string) => (text.length > 40 ? `${text.slice(0, 37)}…` : text);
