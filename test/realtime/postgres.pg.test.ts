import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Transaction } from '../../src/database/connection.ts';
import { silentLog } from '../../src/base/log.ts';
import { createMemoryBus } from '../../src/feed/bus/memory.ts';
import { checkEpoch, newEpoch } from '../../src/feed/epoch.ts';
import { createJudge } from '../../src/feed/judge.ts';
import { topics } from '../../src/feed/journal.ts';
import { encodePosition } from '../../src/feed/position.ts';
import { createFeedReader } from '../../src/feed/reader.ts';
import { headOf, readEntries } from '../../src/feed/replay.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { user } from './support/callers.ts';
import { listen, subscribed } from './support/listen.ts';
import { item } from './support/memory-journal.ts';
import { testNode, type TestNode } from './support/node.ts';

const NOTES = 'subscription ($p: String) { onChangeNote(after: $p) { kind id item { _version } } }';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ connections: 24 });
  await checkEpoch(db);
});

/** A node over the real journal, with a reader of its own. */
async function nodeOnPostgres(pollMs = 20): Promise<TestNode> {
  const bus = createMemoryBus();
  const feed = createFeedReader({ database: db, bus, log: silentLog, pollMs });
  await feed.start();
  const node = await testNode({
    feed,
    readPage: (page) => readEntries(db.sql, page),
    judge: createJudge(db, feed),
  });
  onTestFinished(async () => {
    await feed.stop();
    await bus.close();
  });
  node.tokens.set('ana', user('ana')).set('bob', user('bob'));
  return node;
}

/** One version of a note, as the engine writes it: its entry under the lock of its row. */
async function write(sql: Transaction, id: number, version: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(7, ${id})`;
  await sql`select rockpool.journal_append(${topics.model('Note')}, ${`${id}`}, ${version},
    ${version === 1 ? 'create' : 'update'}, null, ${sql.json(item(`${id}`, version, { title: 't' }) as never)}, null, null)`;
}

const MANY = { writers: 8, versions: 25 };

/** Writers that commit late and out of order, and some that roll back. */
async function writers(base: number): Promise<void> {
  await Promise.all(
    Array.from({ length: MANY.writers }, async (_, writer) => {
      for (let version = 1; version <= MANY.versions; version++) {
        await db.transaction(async (sql) => {
          await write(sql, base + writer, version);
          if ((version * 7 + writer) % 5 === 0) await sql`select pg_sleep(0.01)`;
        });
        if ((version + writer) % 6 === 0) {
          await db
            .transaction(async (sql) => {
              await write(sql, base + writer, 1000 + version);
              throw new Error('changed my mind');
            })
            .catch(() => undefined);
        }
      }
    }),
  );
}

/** Every version of every note once, each note's in order. */
function expectWhole(seen: readonly (readonly [id: string, version: number])[], base: number): void {
  expect(seen.length).toBe(MANY.writers * MANY.versions);
  for (let writer = 0; writer < MANY.writers; writer++) {
    const versions = seen.filter(([id]) => id === `${base + writer}`).map(([, version]) => version);
    expect(versions).toEqual(Array.from({ length: MANY.versions }, (_, at) => at + 1));
  }
}

test('under writers that commit in any order, nodes that are live and devices that come and go miss nothing', async () => {
  const nodes = [await nodeOnPostgres(), await nodeOnPostgres()];
  const start = encodePosition({ epoch: (await checkEpoch(db)).epoch, horizon: await headOf(db.sql) });
  const live = nodes.map((node) => listen(node.client('bob'), NOTES, { p: start }));
  const versionsOf = (listening: (typeof live)[number]) =>
    listening
      .values()
      .map(({ id, item: row }) => [String(id), (row as { _version: number })._version] as const);

  let writing = true;
  const wandering = (async () => {
    const seen: (readonly [string, number])[] = [];
    let position = start;
    for (let round = 0; seen.length < MANY.writers * MANY.versions; round++) {
      const node = nodes[round % nodes.length];
      if (node === undefined) throw new Error('no node');
      const client = node.client('ana');
      const listening = listen(client, NOTES, {}, { after: position });
      // While there is writing it leaves after a few events, wherever they came from.
      await expect
        .poll(
          () =>
            listening.results.length >= (writing ? 3 : 1) ||
            seen.length + listening.results.length >= MANY.writers * MANY.versions,
          {
            timeout: 20_000,
            interval: 2,
          },
        )
        .toBe(true);
      seen.push(...versionsOf(listening));
      position = listening.results.at(-1)?.extensions?.position ?? position;
      client.terminate();
      await client.dispose();
    }
    return seen;
  })();
  await writers(100);
  writing = false;
  for (const listening of live) {
    await listening.received(MANY.writers * MANY.versions);
    expectWhole(versionsOf(listening), 100);
  }
  expectWhole(await wandering, 100);
}, 60_000);

test('a position of another node that is ahead is good, one above the sequence is not', async () => {
  const behind = await nodeOnPostgres(60_000);
  await db.transaction(async (sql) => write(sql, 500, 1));
  const head = await headOf(db.sql);
  const { epoch } = await checkEpoch(db);
  const ahead = listen(behind.client('ana'), NOTES, { p: encodePosition({ epoch, horizon: head }) });
  const above = listen(behind.client('bob'), NOTES, { p: encodePosition({ epoch, horizon: head + 1 }) });
  await above.received(1);
  await subscribed(behind, 2);
  expect(above.values()[0]).toMatchObject({ kind: 'RESYNC' });
  expect(ahead.results).toEqual([]);
});

test('retention that passes a position, and a new epoch, are told', async () => {
  const node = await nodeOnPostgres();
  const horizon = await headOf(db.sql);
  const { epoch } = await checkEpoch(db);
  await db.transaction(async (sql) => {
    for (let id = 600; id < 610; id++) await write(sql, id, 1);
  });
  const open = listen(node.client('ana'), NOTES, { p: encodePosition({ epoch, horizon }) });
  await open.received(10);
  await db.sql`update rockpool.feed_state set floor = ${horizon + 5}`;
  const late = listen(node.client('bob'), NOTES, { p: encodePosition({ epoch, horizon }) });
  await late.received(1);
  expect(late.values()[0]).toMatchObject({ kind: 'RESYNC', id: null });

  const next = await newEpoch(db);
  await open.received(11);
  await late.received(2);
  expect(open.values()[10]).toMatchObject({ kind: 'RESYNC' });
  expect(open.results[10]?.extensions?.position).toBe(encodePosition({ epoch: next, horizon: horizon + 10 }));
  await db.transaction(async (sql) => write(sql, 620, 1));
  await open.received(12);
  expect(open.values()[11]).toMatchObject({ kind: 'CREATED', id: '620' });
});
