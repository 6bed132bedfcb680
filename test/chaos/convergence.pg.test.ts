import {
  AdminAddUserToGroupCommand,
  AdminRemoveUserFromGroupCommand,
  CreateGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { owner } from '../wire/graphql/support/groups.ts';
import { startDevice, type Device } from './support/device.ts';
import { expectCounts, expectInOrder, expectKept, expectUnbroken, heard } from './support/expected.ts';
import { readJournal, type JournalEntry } from './support/journal.ts';
import { startNodes, type Nodes, type Person } from './support/nodes.ts';
import { chosenSeed, seeded, type Random } from './support/random.ts';
import type { Acknowledged, Patch } from './support/writer.ts';

const NAMES = ['ana', 'bob', 'cleo', 'dora'] as const;
const WRITES = 60;

test(
  'whatever devices do through two nodes, each has what a query returns',
  { timeout: 60_000 },
  async () => {
    const seed = chosenSeed();
    const message = `CHAOS_SEED=${seed}`;
    const random = seeded(seed);
    const nodes = await startNodes(2);
    const people = await Promise.all(NAMES.map((name) => nodes.person(name)));
    const acknowledged: Acknowledged[] = [];
    const attempted = new Map<string, readonly Patch[]>();
    const devices: Device[] = [];
    for (const who of people) {
      for (const kind of ['phone', 'laptop']) {
        const name = `${who.username}-${kind}`;
        devices.push(await startDevice({ nodes, who, name, people: NAMES, random, acknowledged, attempted }));
      }
    }
    // One of them goes in and out of the editors meanwhile; the rights of the others stay.
    const [, , , dora] = people;
    if (dora === undefined) throw new Error('Nobody is there whose groups could change.');
    const groups = await changeGroups(nodes, dora, random);
    await Promise.all(devices.map((device) => device.work(WRITES)));
    const editor = await groups.finish();

    const journal = await readJournal(nodes.database);
    const rightsOf = (device: Device) => device.who === dora && editor;
    await Promise.all(devices.map((device) => device.caughtUp(journal, rightsOf(device), message)));
    for (const device of devices) {
      await device.expectSame(message);
      device.expectPulls(journal, message);
      expectHeard(device, journal, device.who === dora, rightsOf(device), message);
      if (device.who !== dora) expect(device.bases(), message).toBe(0);
    }
    expectUnbroken(journal, message);
    expectKept(journal, acknowledged, message);
    expectCounts(journal, attempted, message);
    // The test did what it is for.
    expect(acknowledged.length, message).toBeGreaterThan(100);
    expect(
      devices.reduce((sum, { live }) => sum + live.connections, 0),
      message,
    ).toBeGreaterThan(20);
  },
);

/** Every change after its position once, in order; after a change of groups from the RESYNC on. */
function expectHeard(
  device: Device,
  journal: readonly JournalEntry[],
  changing: boolean,
  editor: boolean,
  message: string,
): void {
  const changed = journal.findLast(({ topic }) => topic.endsWith(`/${device.who.sub}`));
  for (const { what, chain, from, horizon, expected } of device.followed) {
    const label = `${message} ${device.name} ${what}`;
    expectInOrder(chain, label);
    const resync = chain.events.findLast((event) => event.resync);
    const due = changing && horizon < (changed?.seq ?? 0);
    if (due) expect(resync?.seq ?? 0, label).toBeGreaterThanOrEqual(changed?.seq ?? Number.NaN);
    else if (!changing) expect(resync, label).toBeUndefined();
    const after = resync?.seq ?? from;
    const standard = /^on(Create|Update|Delete)/.exec(what)?.[1]?.toLowerCase();
    expect(heard(chain, after, standard), label).toEqual(
      expected(journal, editor).filter(({ seq }) => seq > after),
    );
  }
}

/** In and out, until it is told to finish; answers whether it ends in. */
async function changeGroups({ first }: Nodes, who: Person, random: Random) {
  const client = owner(first);
  const member = { UserPoolId: first.ids.userPoolId, Username: who.username, GroupName: 'editors' };
  await client.send(new CreateGroupCommand({ UserPoolId: first.ids.userPoolId, GroupName: 'editors' }));
  let going = true;
  let editor = false;
  const running = (async () => {
    do {
      await client.send(
        editor ? new AdminRemoveUserFromGroupCommand(member) : new AdminAddUserToGroupCommand(member),
      );
      editor = !editor;
      await sleep(100 + random.below(400));
    } while (going);
  })();
  // A test that failed does not wait for it.
  running.catch(() => undefined);
  return {
    async finish() {
      going = false;
      await running;
      return editor;
    },
  };
}
