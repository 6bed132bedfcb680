import { describe, expect, it } from 'vitest';
import { expectationFor, judge, show } from '../../src/compare/judge.ts';
import type { Play } from '../../src/compare/play.ts';
import type { Expectation } from '../../src/compare/scenario.ts';
import { contender, edit, expectation, play, scenario, step, stepResult } from './builders.ts';

function failures(expected: Partial<Expectation>, played: Partial<Play>): string[] {
  const one = scenario({ expectations: [expectation(expected)] });
  return judge(one, play(played)).map(({ message }) => message);
}

describe('a play is judged by', () => {
  it.each<[string, Partial<Expectation>, Partial<Play>, RegExp]>([
    ['convergence', { converged: true }, { converged: false }, /did not converge/],
    ['the lack of it', { converged: false }, { converged: true }, /converged, and should not/],
    ['lost edits', { lost: [] }, { lost: [edit()] }, /lost edits are phone\.title, expected were none/],
    ['edits that should be lost', { lost: ['phone.title'] }, {}, /lost edits are none/],
    ['refused writes', { rejected: 1 }, { rejected: 0 }, /0 writes were refused, expected were 1/],
    [
      'who else sees it',
      { seenBy: ['ben'] },
      { seenBy: [] },
      /other people who see it are none, expected were ben/,
    ],
    [
      'the end',
      { final: { title: 'Milk' } },
      { views: { phone: { title: 'Bread' } } },
      /phone ends with title: Bread/,
    ],
    [
      'an end with nothing',
      { final: null },
      { views: { phone: { title: 'Bread' } } },
      /expected was nothing/,
    ],
    [
      'an end that should not be nothing',
      { final: {} },
      { views: { phone: null } },
      /phone ends with nothing/,
    ],
    [
      'a field that should be away',
      { final: { body: null } },
      { views: { phone: { body: 'x' } } },
      /body: x/,
    ],
  ])('%s', (_name, expected, played, message) => {
    const found = failures(expected, played);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it('nothing that its scenario does not speak of', () => {
    expect(failures({}, { converged: false, lost: [edit()], rejected: 3, seenBy: ['ben'] })).toEqual([]);
    expect(failures({ final: { title: 'a' } }, { views: { phone: { title: 'a', body: 'b' } } })).toEqual([]);
  });

  it('lost edits in any order', () => {
    const lost = [edit({ device: 'laptop' }), edit()];
    expect(failures({ lost: ['phone.title', 'laptop.title'] }, { lost })).toEqual([]);
  });

  it('what devices show after a step, with the line of the step', () => {
    const sights = [
      { device: 'laptop', shows: { title: 'Milk' } },
      { device: 'phone', shows: null },
    ];
    const steps = [
      stepResult({ step: step({ line: 12, sights }), views: { laptop: { title: 'Bread' }, phone: null } }),
    ];
    expect(judge(scenario(), play({ steps }))).toEqual([
      {
        contender: 'dataset/last-writer',
        line: 12,
        message: 'laptop shows title: Bread, expected was title: Milk.',
      },
    ]);
  });

  it("the first person's devices alone where the thing is private", () => {
    const people = [
      { name: 'ana', devices: ['phone'] },
      { name: 'ben', devices: ['tablet'] },
    ];
    const one = scenario({ people, expectations: [expectation({ final: { title: 'Milk' } })] });
    const views = { phone: { title: 'Milk' }, tablet: { title: 'Bread' } };
    expect(judge(one, play({ views }))).toEqual([]);
    expect(judge(one, play({ views, contender: contender('model/AUTOMERGE') }))).toHaveLength(1);
  });
});

describe('of several expectations', () => {
  const one = scenario({
    expectations: [
      expectation({ contender: 'dataset/last-writer', lost: ['phone.title'], line: 3 }),
      expectation({ contender: 'all', lost: [], converged: true, rejected: 0, line: 1 }),
      expectation({ contender: 'dataset', rejected: 2, line: 2 }),
    ],
  });

  it('the more precise one holds, member by member and whatever their order', () => {
    expect(expectationFor(one, contender('dataset/last-writer'))).toMatchObject({
      lost: ['phone.title'],
      rejected: 2,
      converged: true,
    });
    expect(expectationFor(one, contender('dataset/server-wins'))).toMatchObject({ lost: [], rejected: 2 });
    expect(expectationFor(one, contender('model/AUTOMERGE'))).toMatchObject({ lost: [], rejected: 0 });
  });
});

describe('a view in one line', () => {
  it.each([
    [null, 'nothing'],
    [{}, 'an empty note'],
    [{ title: 'Milk', body: null }, 'title: Milk, body: –'],
    [{ title: 'x'.repeat(60) }, `title: ${'x'.repeat(37)}…`],
  ])('%j', (view, line) => expect(show(view)).toBe(line));
});
