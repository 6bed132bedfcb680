import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLMap } from 'yaml';
import { CONTENDERS } from './contenders.ts';
import {
  FIELD_NAMES,
  type Action,
  type Expectation,
  type Fields,
  type Person,
  type Scenario,
  type Sight,
  type Step,
} from './scenario.ts';

/** A mistake in a scenario file: file, line, what is wrong and what to write instead. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Reads a scenario out of YAML. Throws a ScenarioError at the first mistake. */
export function readScenario(file: string, text: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new ScenarioError(
      `${file}:${lines.linePos(problem.pos[0]).line}: ${problem.message.split('\n')[0]}`,
    );
  }
  const reader = new Reader(file, lines);
  const root = reader.map(document.contents, 'the file', [
    'name',
    'title',
    'story',
    'people',
    'steps',
    'expect',
  ]);
  const people = readPeople(reader, root);
  const devices = people.flatMap((person) => person.devices);
  return {
    name: reader.text(
      root,
      'name',
      /^[a-z0-9]+(-[a-z0-9]+)*$/,
      'a name in kebab-case, such as offline-same-field',
    ),
    title: reader.text(root, 'title'),
    story: reader.text(root, 'story'),
    people,
    steps: reader.list(root, 'steps').map((node) => readStep(reader, node, devices)),
    expectations: readExpectations(reader, root, people, devices),
  };
}

/** People get accounts of that name, devices stand in `lost` before a dot. */
const NAME = /^[A-Za-z][A-Za-z0-9-]{0,30}$/;

function readPeople(reader: Reader, root: YAMLMap): readonly Person[] {
  const node = reader.need(root, 'people');
  const map = reader.map(node, 'people', undefined);
  if (map.items.length === 0)
    throw reader.error(node, 'there is nobody; write people: { ana: [phone, laptop] }');
  const people = map.items.map((pair) => {
    const name = reader.name(pair.key, reader.key(pair.key), 'a person');
    return { name, devices: readDevices(reader, pair.key, pair.value, name) };
  });
  const devices = people.flatMap((person) => person.devices);
  const twice = devices.find((device, index) => devices.indexOf(device) !== index);
  if (twice !== undefined)
    throw reader.error(node, `two devices are called ${twice}; give every device a name of its own`);
  return people;
}

function readDevices(reader: Reader, key: unknown, node: unknown, person: string): readonly string[] {
  const devices = reader.texts(node, `the devices of ${person}`);
  if (devices.length === 0) throw reader.error(key, `${person} has no device; write ${person}: [phone]`);
  for (const device of devices) reader.name(node, device, 'a device');
  return devices;
}

const ACTIONS = ['create', 'edit', 'delete', 'go', 'wait'] as const;

function readStep(reader: Reader, node: unknown, devices: readonly string[]): Step {
  const map = reader.map(node, 'a step', ['on', ...ACTIONS, 'times', 'say', 'then']);
  const kinds = ACTIONS.filter((name) => map.has(name));
  const [kind, second] = kinds;
  if (kind === undefined || second !== undefined) {
    throw reader.error(map, `a step does one thing; write exactly one of ${ACTIONS.join(', ')}`);
  }
  const on = kind === 'wait' && !map.has('on') ? [] : reader.texts(reader.need(map, 'on'), 'on');
  const acting = kind === 'wait' && on.length === 0 ? devices.slice(0, 1) : on;
  for (const device of acting) reader.oneOf(map, device, devices, 'a device');
  if (acting.length === 0) throw reader.error(map, `on names nobody; write on: ${devices[0]}`);
  if (new Set(acting).size < acting.length)
    throw reader.error(map, 'a device stands twice in on; name each once');
  if (map.has('times') && kind !== 'edit')
    throw reader.error(map, 'only an edit has times; write one step for each time');
  return {
    line: reader.lineOf(map),
    devices: acting,
    action: readAction(reader, map, kind),
    say: map.has('say') ? reader.text(map, 'say') : undefined,
    sights: map.has('then') ? readSights(reader, reader.need(map, 'then'), devices) : [],
  };
}

function readAction(reader: Reader, map: YAMLMap, kind: (typeof ACTIONS)[number]): Action {
  switch (kind) {
    case 'create':
      return { kind, fields: readFields(reader, reader.need(map, kind)) };
    case 'edit': {
      const times = map.has('times') ? reader.integer(map, 'times', 1, 1000) : 1;
      const fields = readFields(reader, reader.need(map, kind));
      if (Object.keys(fields).length === 0)
        throw reader.error(map, 'the edit changes nothing; write edit: { title: Milk }');
      return { kind, fields, times };
    }
    case 'delete':
      if (reader.scalar(reader.need(map, kind)) !== true)
        throw reader.error(map, 'delete has no other value than true; write delete: true');
      return { kind };
    case 'go': {
      const to = reader.oneOf(
        map,
        String(reader.scalar(reader.need(map, kind))),
        ['offline', 'online'],
        'go',
      );
      return { kind, to: to === 'offline' ? 'offline' : 'online' };
    }
    case 'wait':
      return { kind, ms: reader.integer(map, 'wait', 0, 10_000) };
  }
}

function readFields(reader: Reader, node: unknown): Fields {
  const map = reader.map(node, 'the fields', FIELD_NAMES);
  const entries = map.items.map((pair) => {
    const value = reader.scalar(pair.value);
    if (value !== null && typeof value !== 'string') {
      throw reader.error(
        map,
        `${reader.key(pair.key)} is no text; put it in quotes, or write null to take the field away`,
      );
    }
    return [reader.key(pair.key), value];
  });
  return Object.fromEntries(entries) as Fields;
}

/** `nothing` for a thing that is not there. */
function readView(reader: Reader, node: unknown): Fields | null {
  return isScalar(node) && node.value === 'nothing' ? null : readFields(reader, node);
}

function readSights(reader: Reader, node: unknown, devices: readonly string[]): readonly Sight[] {
  return reader.map(node, 'then', devices).items.map((pair) => ({
    device: reader.key(pair.key),
    shows: readView(reader, pair.value),
  }));
}

function readExpectations(
  reader: Reader,
  root: YAMLMap,
  people: readonly Person[],
  devices: readonly string[],
): readonly Expectation[] {
  const others = people.slice(1).map(({ name }) => name);
  const names = ['all', 'dataset', 'model', ...CONTENDERS.map(({ id }) => id)];
  const map = reader.map(reader.need(root, 'expect'), 'expect', names);
  return map.items.map((pair) => {
    const members = reader.map(pair.value, reader.key(pair.key), [
      'converged',
      'lost',
      'rejected',
      'final',
      'seen by',
    ]);
    const lost = members.has('lost') ? reader.texts(members.get('lost', true), 'lost') : undefined;
    for (const edit of lost ?? []) {
      const known = devices.some((device) =>
        [...FIELD_NAMES, 'deletion'].some((what) => edit === `${device}.${what}`),
      );
      if (!known)
        throw reader.error(
          members,
          `${edit} is no edit; write device.field or device.deletion, such as ${devices[0]}.title`,
        );
    }
    const converged = members.has('converged') ? reader.scalar(members.get('converged', true)) : undefined;
    if (converged !== undefined && typeof converged !== 'boolean') {
      throw reader.error(members, 'converged must be true or false');
    }
    const seenBy = members.has('seen by') ? reader.texts(members.get('seen by', true), 'seen by') : undefined;
    for (const name of seenBy ?? []) {
      if (!others.includes(name))
        throw reader.error(
          members,
          `${name} is no other person; write ${others.length === 0 ? 'seen by: []' : `one of ${others.join(', ')}`}`,
        );
    }
    return {
      line: reader.lineOf(members),
      contender: reader.key(pair.key),
      converged,
      lost,
      rejected: members.has('rejected') ? reader.integer(members, 'rejected', 0, 1000) : undefined,
      final: members.has('final') ? readView(reader, members.get('final', true)) : undefined,
      seenBy,
    };
  });
}

/** What to write where a member is missing. */
const EXAMPLES: Readonly<Record<string, string>> = {
  name: 'name: offline-same-field',
  title: 'title: Two devices edit the same field',
  story: 'story: what happens, for a newcomer',
  people: 'people: { ana: [phone, laptop] }',
  steps: 'steps: [{ on: phone, create: { title: Milk } }]',
  on: 'on: phone',
  expect: 'expect: { all: { converged: true } }',
};

/** Reads members of YAML nodes and knows the line of each, for errors that help. */
class Reader {
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  lineOf(node: unknown): number {
    const range = (node as Node | null)?.range;
    return range == null ? 1 : this.#lines.linePos(range[0]).line;
  }

  error(node: unknown, message: string): ScenarioError {
    return new ScenarioError(`${this.#file}:${this.lineOf(node)}: ${message}.`);
  }

  map(node: unknown, what: string, keys: readonly string[] | undefined): YAMLMap {
    if (!isMap(node))
      throw this.error(
        node,
        `${what} must be a mapping${keys === undefined ? '' : ` with ${keys.join(', ')}`}`,
      );
    for (const pair of node.items) {
      const key = this.key(pair.key);
      if (keys !== undefined && !keys.includes(key)) {
        throw this.error(pair.key, `${what} has no member ${key}; write one of ${keys.join(', ')}`);
      }
    }
    return node;
  }

  need(map: YAMLMap, name: string): unknown {
    if (!map.has(name)) throw this.error(map, `${name} is missing; write ${EXAMPLES[name] ?? `${name}: …`}`);
    return map.get(name, true);
  }

  name(node: unknown, text: string, what: string): string {
    if (!NAME.test(text))
      throw this.error(
        node,
        `${text} is no name for ${what}; write letters, digits and hyphens, such as phone-2`,
      );
    return text;
  }

  list(map: YAMLMap, name: string): readonly unknown[] {
    const node = this.need(map, name);
    if (!isSeq(node) || node.items.length === 0)
      throw this.error(node, `${name} must be a list with at least one item`);
    return node.items;
  }

  /** A text or a list of texts. */
  texts(node: unknown, what: string): readonly string[] {
    const items = isSeq(node) ? node.items : [node];
    return items.map((item) => {
      const value = this.scalar(item);
      if (typeof value !== 'string' || value === '')
        throw this.error(item, `${what} must be a name or a list of names`);
      return value;
    });
  }

  text(map: YAMLMap, name: string, pattern = /\S/, allowed = 'a text'): string {
    const node = this.need(map, name);
    const value = this.scalar(node);
    if (typeof value !== 'string' || !pattern.test(value))
      throw this.error(node, `${name} must be ${allowed}`);
    return value.trim();
  }

  integer(map: YAMLMap, name: string, low: number, high: number): number {
    const node = this.need(map, name);
    const value = this.scalar(node);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
      throw this.error(node, `${name} must be a whole number from ${low} to ${high}`);
    }
    return value;
  }

  oneOf(node: unknown, value: string, allowed: readonly string[], what: string): string {
    if (!allowed.includes(value))
      throw this.error(node, `${value} is not ${what}; write one of ${allowed.join(', ')}`);
    return value;
  }

  scalar(node: unknown): unknown {
    return isScalar(node) ? node.value : undefined;
  }

  key(node: unknown): string {
    return String(this.scalar(node));
  }
}
