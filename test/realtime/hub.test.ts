import { expect, test } from 'vitest';
import type { Entry } from '../../src/feed/journal.ts';
import type { Binding } from '../../src/graphql/live/binder.ts';
import { silentLog } from '../../src/base/log.ts';
import { createRealtimeEvents } from '../../src/realtime/events.ts';
import { createHub } from '../../src/realtime/hub.ts';
import { createRights } from '../../src/realtime/rights.ts';
import type { Outlet, Sink } from '../../src/realtime/sink.ts';
import { change, item, memoryJournal } from './support/memory-journal.ts';

/** A hub with a journal, and subscriptions whose events are the bare numbers of the entries. */
function hubOnMemory() {
  const journal = memoryJournal();
  const reader = journal.reader();
  const events = createRealtimeEvents(silentLog, () => 'request');
  const rights = createRights({ forget: () => undefined, forgetAll: () => undefined, events });
  const hub = createHub({
    feed: reader,
    readPage: (page) => journal.readPage(page),
    positionAt: String,
    rights,
    events,
  });
  const write = (count = 1) => {
    for (let at = 0; at < count; at++) journal.append(change('Note', 'create', null, item('n', 1)));
    reader.deliver();
  };
  return { journal, reader, events, hub, write };
}

function binding(key: string, event: (entry: Entry) => string | undefined = ({ seq }) => `${seq}`): Binding {
  const made: Binding = {
    key,
    source: {
      place: { kind: 'model', model: 'Note', owners: undefined },
      topic: { equals: ['model:Note'] },
      startOf: ({ horizon }) => horizon,
      project: () => undefined,
      resync: () => undefined,
    },
    after: undefined,
    event,
    resync: () => '"RESYNC"',
    rebind: async () => made,
  };
  return made;
}

function outlet(onWrite: () => void = () => undefined): Outlet & { readonly got: string[] } {
  const got: string[] = [];
  const sink: Sink = {
    open: true,
    behind: false,
    congested: false,
    write(chunk) {
      got.push(
        ...chunk
          .toString('latin1')
          .split(/\x81./s)
          .slice(1)
          .map((text) => text.slice(1, -1)),
      );
      onWrite();
    },
    writeList: (chunks) => sink.write(Buffer.concat(chunks)),
    together: (work) => work(),
    drained: () => Promise.resolve(),
    close: () => undefined,
  };
  return { sink, id: 'x', prefix: Buffer.from('{'), got };
}

const from = (after: number) => ({ after, epoch: 'e1' });

test('a socket that closes while the end of its replay is sent is not heard of again', async () => {
  const { hub, write, events, reader, journal } = hubOnMemory();
  write(3);
  // The last of what is tapped while the page is read closes it.
  let pages = 0;
  journal.beforePage = () => {
    if (pages++ === 0) write();
  };
  const to = outlet(() => {
    if (to.got.length === 4) hub.close(member);
  });
  const member = hub.open(to, binding('a'), from(1));
  await expect.poll(() => to.got).toEqual(['2', '3', '4', '5']);
  await expect.poll(() => member.closed).toBe(true);
  const executed = events.counts.executed;
  write();
  expect(reader.horizon).toBe(6);
  expect(events.counts.executed).toBe(executed);
});

test('a selection that throws is told as ours, to its group alone, and the others go on', () => {
  const { hub, write, events } = hubOnMemory();
  const [good, bad] = [outlet(), outlet()];
  hub.open(good, binding('good'), 'now');
  hub.open(
    bad,
    binding('bad', () => {
      throw new Error('a fault');
    }),
    'now',
  );
  write(2);
  expect(good.got).toEqual(['2', '3']);
  expect(bad.got.join()).toContain('INTERNAL_SERVER_ERROR');
  expect(bad.got.join()).not.toContain('a fault');
  expect(events.counts.failed).toBe(2);
});

test('a position that was judged in an epoch that is over by now is RESYNC', () => {
  const { hub, write } = hubOnMemory();
  write(3);
  const to = outlet();
  hub.open(to, binding('a'), { after: 2, epoch: 'e0' });
  write();
  expect(to.got).toEqual(['"RESYNC"', '5']);
});

test('a member that is suspended and resumed gets what came meanwhile, once', async () => {
  const { hub, write } = hubOnMemory();
  const to = outlet();
  const member = hub.open(to, binding('a'), 'now');
  write(2);
  hub.suspend(member, 3);
  write(2);
  expect(to.got).toEqual(['2', '3']);
  hub.resume(member);
  write();
  await expect.poll(() => to.got).toEqual(['2', '3', '4', '5', '6']);
  // Resumed twice while it reads: one reading counts.
  hub.suspend(member, 6);
  write();
  hub.resume(member);
  hub.resume(member);
  await expect.poll(() => to.got).toEqual(['2', '3', '4', '5', '6', '7']);
  write();
  expect(to.got).toEqual(['2', '3', '4', '5', '6', '7', '8']);
});

test('when the last of a group has left, its entries cost nothing', () => {
  const { hub, write, events } = hubOnMemory();
  const members = [hub.open(outlet(), binding('a'), 'now'), hub.open(outlet(), binding('a'), 'now')];
  write();
  for (const member of members) hub.close(member);
  write(5);
  expect(events.counts.executed).toBe(1);
});

test('a few replays read at once, the others wait their turn', async () => {
  const { hub, write, journal } = hubOnMemory();
  write(3);
  let reading = 0;
  let most = 0;
  journal.beforePage = async () => {
    most = Math.max(most, ++reading);
    await new Promise((resolve) => setImmediate(resolve));
    reading--;
  };
  const all = Array.from({ length: 50 }, () => outlet());
  for (const to of all) hub.open(to, binding('a'), from(1));
  for (const to of all) await expect.poll(() => to.got).toEqual(['2', '3', '4']);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThan(10);
});
