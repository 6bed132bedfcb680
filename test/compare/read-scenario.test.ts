import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CONTENDERS } from '../../src/compare/contenders.ts';
import { findScenario, shippedScenarios } from '../../src/compare/library.ts';
import { readScenario, ScenarioError } from '../../src/compare/read-scenario.ts';

const GOOD = `name: a-scenario
title: A scenario
story: A story.
people:
  ana: [phone, laptop]
  ben: tablet
steps:
  - on: phone
    create: { title: Milk, body: null }
    sights: {}
  - on: [phone, laptop]
    go: offline
  - on: phone
    edit: { title: 'Milk {n}' }
    times: 3
    say: Three times.
  - on: tablet
    delete: true
  - wait: 5
expect:
  all: { converged: true, lost: [phone.title, tablet.deletion], rejected: 0 }
  model: { final: nothing, seen by: [ben] }
`.replace('    sights: {}\n', '    then: { laptop: { title: Milk }, tablet: nothing }\n');

/** The message for the good scenario with one change. */
function mistake(from: string | RegExp, to: string): string {
  const text = GOOD.replace(from, to);
  if (text === GOOD) throw new Error(`nothing changed: ${String(from)}`);
  try {
    readScenario('x.yaml', text);
  } catch (error) {
    if (error instanceof ScenarioError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a scenario file', () => {
  it('is read whole', () => {
    const scenario = readScenario('x.yaml', GOOD);
    expect(scenario).toMatchObject({
      name: 'a-scenario',
      people: [
        { name: 'ana', devices: ['phone', 'laptop'] },
        { name: 'ben', devices: ['tablet'] },
      ],
      expectations: [
        {
          contender: 'all',
          line: 21,
          converged: true,
          lost: ['phone.title', 'tablet.deletion'],
          rejected: 0,
        },
        { contender: 'model', line: 22, final: null, seenBy: ['ben'], lost: undefined },
      ],
    });
    expect(scenario.steps.map(({ line, devices, action, say }) => ({ line, devices, action, say }))).toEqual([
      {
        line: 8,
        devices: ['phone'],
        action: { kind: 'create', fields: { title: 'Milk', body: null } },
        say: undefined,
      },
      { line: 11, devices: ['phone', 'laptop'], action: { kind: 'go', to: 'offline' }, say: undefined },
      {
        line: 13,
        devices: ['phone'],
        action: { kind: 'edit', fields: { title: 'Milk {n}' }, times: 3 },
        say: 'Three times.',
      },
      { line: 17, devices: ['tablet'], action: { kind: 'delete' }, say: undefined },
      { line: 19, devices: ['phone'], action: { kind: 'wait', ms: 5 }, say: undefined },
    ]);
    expect(scenario.steps[0]?.sights).toEqual([
      { device: 'laptop', shows: { title: 'Milk' } },
      { device: 'tablet', shows: null },
    ]);
  });

  it.each<[string, string | RegExp, string, RegExp]>([
    ['that is empty', /^[^]*$/, '', /^x\.yaml:1: the file must be a mapping with name, title, story/],
    ['that is a list', /^[^]*$/, '- a', /^x\.yaml:1: the file must be a mapping/],
    ['that is no YAML', 'title: A scenario', 'title: "A', /^x\.yaml:\d+: /],
    ['with two documents', /$/, '---\na: 1\n', /^x\.yaml:\d+: .*multiple documents/],
    ['with a member twice', 'title: A scenario', 'title: A\ntitle: B', /^x\.yaml:3: .*unique/],
    [
      'with an unknown member',
      'story: A',
      'tale: A',
      /^x\.yaml:3: the file has no member tale; write one of name, title/,
    ],
    ['without a name', /^name: .*\n/, '', /^x\.yaml:1: name is missing; write name: offline-same-field\.$/],
    ['without a title', /title: A.*\n/, '', /^x\.yaml:1: title is missing; write title: /],
    ['without a story', /story: A.*\n/, '', /^x\.yaml:1: story is missing; write story: /],
    ['without people', /people:\n.*\n.*\n/, '', /^x\.yaml:1: people is missing; write people: \{ ana:/],
    ['without steps', /steps:\n[^]*expect/, 'expect', /^x\.yaml:1: steps is missing; write steps: \[/],
    ['without expectations', /expect:\n[^]*/, '', /^x\.yaml:1: expect is missing; write expect: /],
    [
      'with a name in other form',
      'a-scenario',
      'A_Scenario',
      /^x\.yaml:1: name must be a name in kebab-case, such as/,
    ],
    ['with an empty title', 'title: A scenario', 'title: ""', /^x\.yaml:2: title must be a text/],
    ['with a number for a title', 'title: A scenario', 'title: 5', /^x\.yaml:2: title must be a text/],
    ['with nobody', /people:\n.*\n.*\n/, 'people: {}\n', /^x\.yaml:4: there is nobody; write people: /],
    ['with a list of people', /people:\n.*\n.*\n/, 'people: [ana]\n', /^x\.yaml:4: people must be a mapping/],
    [
      'with a person without device',
      'tablet\n',
      '[]\n',
      /^x\.yaml:6: ben has no device; write ben: \[phone\]/,
    ],
    [
      'with a person of an odd name',
      'ben: tablet',
      '"b e n": tablet',
      /^x\.yaml:6: b e n is no name for a person; write letters/,
    ],
    [
      'with a device of an odd name',
      'ben: tablet',
      'ben: "a.b"',
      /^x\.yaml:6: a\.b is no name for a device; write letters/,
    ],
    [
      'with a device of no name',
      'ben: tablet',
      'ben: [3]',
      /^x\.yaml:6: the devices of ben must be a name or a list of names/,
    ],
    [
      'with a device twice',
      'ben: tablet',
      'ben: phone',
      /^x\.yaml:5: two devices are called phone; give every device/,
    ],
    [
      'without any step',
      /steps:\n[^]*expect/,
      'steps: []\nexpect',
      /^x\.yaml:7: steps must be a list with at least one item/,
    ],
    [
      'with a step that is a text',
      '  - wait: 5',
      '  - nap',
      /^x\.yaml:19: a step must be a mapping with on, create/,
    ],
    [
      'with an unknown action',
      'edit: { title',
      'change: { title',
      /^x\.yaml:14: a step has no member change; write one of on, create, edit/,
    ],
    [
      'with two actions in a step',
      'delete: true',
      'delete: true\n    go: online',
      /^x\.yaml:17: a step does one thing; write exactly one of/,
    ],
    ['with a step without action', '    delete: true\n', '', /^x\.yaml:17: a step does one thing/],
    [
      'with a step by nobody',
      '  - on: tablet\n    delete',
      '  - delete',
      /^x\.yaml:17: on is missing; write on: phone/,
    ],
    [
      'with a step by a list of nobody',
      'on: tablet',
      'on: []',
      /^x\.yaml:17: on names nobody; write on: phone/,
    ],
    [
      'with a step by an unknown device',
      'on: tablet',
      'on: tabelt',
      /^x\.yaml:17: tabelt is not a device; write one of phone, laptop, tablet/,
    ],
    [
      'with a device twice in a step',
      '[phone, laptop]\n    go',
      '[phone, phone]\n    go',
      /^x\.yaml:11: a device stands twice in on/,
    ],
    [
      'with an unknown field',
      '{ title: Milk, body',
      '{ titel: Milk, body',
      /^x\.yaml:9: the fields has no member titel; write one of title, body, color/,
    ],
    [
      'with a field that is no text',
      'body: null',
      'body: 5',
      /^x\.yaml:9: body is no text; put it in quotes, or write null/,
    ],
    [
      'with an edit of nothing',
      "edit: { title: 'Milk {n}' }",
      'edit: {}',
      /^x\.yaml:13: the edit changes nothing; write edit: /,
    ],
    ['with a deletion that is none', 'delete: true', 'delete: maybe', /^x\.yaml:17: .*write delete: true/],
    [
      'with a way to go that is none',
      'go: offline',
      'go: away',
      /^x\.yaml:11: away is not go; write one of offline, online/,
    ],
    [
      'with a wait that is none',
      'wait: 5',
      'wait: long',
      /^x\.yaml:19: wait must be a whole number from 0 to 10000/,
    ],
    [
      'with too many times',
      'times: 3',
      'times: 5000',
      /^x\.yaml:15: times must be a whole number from 1 to 1000/,
    ],
    [
      'with times where there is no edit',
      'delete: true',
      'delete: true\n    times: 2',
      /^x\.yaml:17: only an edit has times/,
    ],
    [
      'with a sight of an unknown device',
      'tablet: nothing',
      'tabelt: nothing',
      /^x\.yaml:10: then has no member tabelt; write one of phone/,
    ],
    [
      'with a sight that is none',
      'tablet: nothing',
      'tablet: something',
      /^x\.yaml:10: the fields must be a mapping with title, body, color/,
    ],
    [
      'with an unknown contender',
      '  model: {',
      '  modell: {',
      /^x\.yaml:22: expect has no member modell; write one of all, dataset, model/,
    ],
    [
      'with an unknown expectation',
      'rejected: 0',
      'refused: 0',
      /^x\.yaml:21: all has no member refused; write one of converged, lost/,
    ],
    [
      'with an unknown lost edit',
      'phone.title,',
      'phone.tilte,',
      /^x\.yaml:21: phone\.tilte is no edit; write device\.field or device\.deletion/,
    ],
    [
      'with convergence that is neither',
      'converged: true',
      'converged: perhaps',
      /^x\.yaml:21: converged must be true or false/,
    ],
    [
      'with refused writes that are no number',
      'rejected: 0',
      'rejected: -1',
      /^x\.yaml:21: rejected must be a whole number/,
    ],
    [
      'with an unknown watcher',
      'seen by: [ben]',
      'seen by: [bne]',
      /^x\.yaml:22: bne is no other person; write one of ben/,
    ],
    [
      'with the first person as a watcher',
      'seen by: [ben]',
      'seen by: [ana]',
      /^x\.yaml:22: ana is no other person/,
    ],
  ])('%s is refused with file, line and what to write', (_name, from, to, message) => {
    const found = mistake(from, to);
    expect(found).toMatch(message);
    expect(found).not.toContain('\n');
  });
});

describe('the scenarios that ship', () => {
  const folder = 'src/compare/scenarios';

  it('are at least eight, each named like its file', async () => {
    const scenarios = await shippedScenarios(folder);
    const files = (await readdir(folder)).sort();
    expect(scenarios.length).toBeGreaterThanOrEqual(8);
    expect(
      scenarios.map(({ name }, index) => files[index]?.replace(/^\d+-/, '') === `${name}.yaml`),
    ).not.toContain(false);
  });

  it('say what they expect of every contender', async () => {
    for (const { expectations } of await shippedScenarios(folder)) {
      const named = new Set(expectations.map(({ contender }) => contender));
      for (const { id, kind } of CONTENDERS)
        expect([...named].some((name) => name === 'all' || name === kind || name === id)).toBe(true);
    }
  });

  it('are found by name, others by file, and a wrong name is told what there is', async () => {
    expect((await findScenario(folder, 'away-for-long')).name).toBe('away-for-long');
    expect((await findScenario(folder, `${folder}/6-away-for-long.yaml`)).name).toBe('away-for-long');
    await expect(findScenario(folder, 'away')).rejects.toThrow(
      /There is no scenario away; those that ship are two-devices-online, /,
    );
    await expect(findScenario(folder, 'none.yaml')).rejects.toThrow(/none\.yaml: the file cannot be read/);
  });

  it('are written with care: the reader finds a story of at least a sentence in each', async () => {
    for (const file of await readdir(folder)) {
      const { story } = readScenario(file, await readFile(`${folder}/${file}`, 'utf8'));
      expect(story.length).toBeGreaterThan(60);
    }
  });
});
