import { uuid } from '../base/ids.ts';
import type { Account, Target } from './accounts.ts';
import type { Contender } from './contenders.ts';
import { createDatasetDevice } from './devices/dataset-device.ts';
import type { Device } from './devices/device.ts';
import { createModelDevice } from './devices/model-device.ts';
import { sameFields } from './devices/settle.ts';
import { createLedger, type Edit, type Ledger } from './ledger.ts';
import { FIELD_NAMES, type Fields, type Scenario, type Step } from './scenario.ts';
import { createWire, type Traffic, type Wire } from './wire.ts';

/** What one contender made of one scenario. */
export interface Play {
  readonly contender: Contender;
  readonly steps: readonly StepResult[];
  readonly traffic: Traffic;
  readonly conflicts: number;
  readonly settledByClient: number;
  readonly settledByServer: number;
  readonly rejected: number;
  readonly lost: readonly Edit[];
  /** Every device shows the same at the end. */
  readonly converged: boolean;
  readonly views: Readonly<Record<string, Fields | null>>;
  /** People other than the first who see the first one's thing. */
  readonly seenBy: readonly string[];
}

export interface StepResult {
  readonly step: Step;
  /** Who showed something new, and how many milliseconds after the step began. */
  readonly sights: readonly { readonly device: string; readonly ms: number; readonly shows: Fields | null }[];
  readonly traffic: Traffic;
  readonly conflicts: number;
  /** Who had to act. */
  readonly actor: 'client' | 'server' | 'nobody';
  readonly rejected: number;
  /** Every device's view when the step had settled. */
  readonly views: Readonly<Record<string, Fields | null>>;
}

/** How long a step may take to settle before it has failed. Local servers take a few milliseconds. */
const SETTLE_LIMIT_MS = 20_000;

/** Plays a scenario over the real wire against one contender. Throws when a step does not settle. */
export async function play(
  scenario: Scenario,
  contender: Contender,
  target: Target,
  accounts: readonly Account[],
): Promise<Play> {
  const now = monotonicClock();
  const observers = new Map(accounts.map(({ person, token }) => [person, createWire(target.url, token)]));
  const devices = makeDevices(scenario, contender, target, accounts, observers, now);
  const ledger = createLedger();
  for (const device of devices) device.onRefused((fields) => ledger.withdraw(device.name, fields));
  try {
    await Promise.all(devices.map((device) => device.goOnline()));
    const online = new Set(devices);
    const steps: StepResult[] = [];
    for (const step of scenario.steps) steps.push(await playStep(step, devices, online, ledger));
    return summarize(scenario, contender, devices, steps, ledger);
  } finally {
    await Promise.all(devices.map((device) => device.close()));
    // Where the server went away, what is left there is not worth another error.
    await Promise.allSettled(devices.map((device) => device.cleanUp()));
    await Promise.all([...observers.values()].map((wire) => wire.close()));
  }
}

function makeDevices(
  scenario: Scenario,
  contender: Contender,
  target: Target,
  accounts: readonly Account[],
  observers: ReadonlyMap<string, Wire>,
  now: () => number,
): readonly Device[] {
  const id = uuid();
  return scenario.people.flatMap((person) => {
    const account = accounts.find((one) => one.person === person.name);
    const observer = observers.get(person.name);
    if (account === undefined || observer === undefined)
      throw new Error(`There is no account for ${person.name}.`);
    return person.devices.map((name) => {
      const common = { name, person: person.name, wire: createWire(target.url, account.token), observer };
      return contender.kind === 'dataset'
        ? createDatasetDevice({ ...common, dataset: `compare-${id}`, way: contender.way, now })
        : createModelDevice({ ...common, type: contender.type, plural: `${contender.type}s`, id });
    });
  });
}

async function playStep(
  step: Step,
  devices: readonly Device[],
  online: Set<Device>,
  ledger: Ledger,
): Promise<StepResult> {
  const acting = devices.filter((device) => step.devices.includes(device.name));
  const before = totals(devices);
  const began = performance.now();
  const shown = new Map(devices.map((device) => [device, device.view()]));
  const sights: { device: string; ms: number; shows: Fields | null }[] = [];
  const looks = devices.map((device) => () => {
    const view = device.view();
    if (!watching || sameFields(view, shown.get(device) ?? null)) return;
    shown.set(device, view);
    sights.push({
      device: device.name,
      ms: Math.round((performance.now() - began) * 10) / 10,
      shows: tidy(view),
    });
  });
  let watching = true;
  devices.forEach((device, index) => device.onView(looks[index] ?? (() => undefined)));
  for (const device of acting) await act(step, device, online, ledger);
  await untilSettled([...online], step);
  watching = false;
  const after = totals(devices);
  const client = after.settledByClient - before.settledByClient;
  const server = after.settledByServer - before.settledByServer;
  return {
    step,
    sights,
    traffic: {
      requests: after.requests - before.requests,
      bytesUp: after.bytesUp - before.bytesUp,
      bytesDown: after.bytesDown - before.bytesDown,
    },
    conflicts: after.conflicts - before.conflicts,
    actor: client > 0 ? 'client' : server > 0 ? 'server' : 'nobody',
    rejected: after.rejected - before.rejected,
    views: viewsOf(devices),
  };
}

async function act({ action }: Step, device: Device, online: Set<Device>, ledger: Ledger): Promise<void> {
  const before = device.view();
  switch (action.kind) {
    case 'create':
      ledger.record(device.name, device.person, before, action.fields);
      return device.create(action.fields);
    case 'edit':
      for (let count = 1; count <= action.times; count++) {
        const fields = numbered(action.fields, count);
        ledger.record(device.name, device.person, device.view(), fields);
        await device.edit(fields);
      }
      return undefined;
    case 'delete':
      ledger.record(device.name, device.person, before, null);
      return device.remove();
    case 'go':
      if (action.to === 'offline') {
        online.delete(device);
        return device.goOffline();
      }
      await device.goOnline();
      online.add(device);
      return undefined;
    case 'wait':
      await new Promise((resolve) => setTimeout(resolve, action.ms));
      return undefined;
  }
}

/** `{n}` in a text is the number of the repetition. */
function numbered(fields: Fields, count: number): Fields {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    value?.replaceAll('{n}', String(count)) ?? null,
  ]);
  return Object.fromEntries(entries) as Fields;
}

async function untilSettled(devices: readonly Device[], step: Step): Promise<void> {
  const deadline = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const states = await Promise.all(devices.map((device) => device.settled()));
    if (states.every(Boolean)) return;
    if (performance.now() > deadline) {
      const late = devices.filter((_device, index) => states[index] === false).map(({ name }) => name);
      throw new Error(
        `Line ${step.line}: ${late.join(' and ')} did not catch up within ${SETTLE_LIMIT_MS / 1000} s.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function summarize(
  scenario: Scenario,
  contender: Contender,
  devices: readonly Device[],
  steps: readonly StepResult[],
  ledger: Ledger,
): Play {
  const views = viewsOf(devices);
  const [owner] = scenario.people;
  const viewOf = (person: string) => devices.find((device) => device.person === person)?.view() ?? null;
  const [first] = devices;
  const sums = totals(devices);
  return {
    contender,
    steps,
    traffic: { requests: sums.requests, bytesUp: sums.bytesUp, bytesDown: sums.bytesDown },
    conflicts: sums.conflicts,
    settledByClient: sums.settledByClient,
    settledByServer: sums.settledByServer,
    rejected: sums.rejected,
    lost: ledger.lost(viewOf),
    converged: devices.every((device) => sameFields(device.view(), first?.view() ?? null)),
    views,
    // A dataset is private: what another person shows is a thing of their own.
    seenBy:
      contender.kind === 'dataset'
        ? []
        : scenario.people
            .filter(({ name }) => name !== owner?.name && viewOf(name) !== null)
            .map(({ name }) => name),
  };
}

function viewsOf(devices: readonly Device[]): Readonly<Record<string, Fields | null>> {
  return Object.fromEntries(devices.map((device) => [device.name, tidy(device.view())]));
}

/** In the order of the fields, without those that are not there. */
function tidy(view: Fields | null): Fields | null {
  if (view === null) return null;
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name) => (view[name] == null ? [] : [[name, view[name]]])),
  ) as Fields;
}

function totals(devices: readonly Device[]) {
  const sum = {
    requests: 0,
    bytesUp: 0,
    bytesDown: 0,
    conflicts: 0,
    settledByClient: 0,
    settledByServer: 0,
    rejected: 0,
  };
  for (const { traffic, tally } of devices) {
    for (const [name, value] of Object.entries({ ...traffic, ...tally }))
      sum[name as keyof typeof sum] += value;
  }
  return sum;
}

/** Milliseconds that never stand still: two edits of one millisecond still have an order. */
function monotonicClock(): () => number {
  let last = 0;
  return () => (last = Math.max(last + 1, Date.now()));
}
