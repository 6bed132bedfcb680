import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LOWER_ALNUM, randomText } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import { createMemoryBus } from '../../src/feed/bus/memory.ts';
import { checkEpoch, endEpoch, newEpoch } from '../../src/feed/epoch.ts';
import { createJudge } from '../../src/feed/judge.ts';
import { createMarks } from '../../src/feed/marks.ts';
import { createFeedReader } from '../../src/feed/reader.ts';
import { administer, testDatabase, type TestDatabase } from '../support/database.ts';
import { append, appendMany, collect, keptLog } from './support.ts';

const soon = { timeout: 10_000, interval: 5 };

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
});

async function origin(): Promise<string[]> {
  const [row] = await db.sql<{ origin: string }[]>`select origin from rockpool.feed_state`;
  return (row?.origin ?? '').split('/');
}

/** As a restore or a failover would: the stored origin is not that of this server. */
async function pretend(part: number, value: string): Promise<void> {
  const parts = await origin();
  parts[part] = value;
  await db.sql`update rockpool.feed_state set origin = ${parts.join('/')}`;
}

async function openReader(log = silentLog) {
  const bus = createMemoryBus();
  const reader = createFeedReader({ database: db, bus, log, pollMs: 20 });
  onTestFinished(() => reader.stop());
  await reader.start();
  return { reader, bus, entries: collect(reader) };
}

describe('an epoch', () => {
  it('gets its name at the first check and keeps it', async () => {
    const first = await checkEpoch(db);
    expect(first).toEqual({ epoch: expect.stringMatching(/^[\w-]{12}$/), ended: '' });
    expect(await checkEpoch(db)).toEqual({ epoch: first.epoch });
    expect(await origin()).toEqual([
      expect.stringMatching(/^\d{10,}$/),
      expect.stringMatching(/^[0-9A-F]{8}$/),
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^\d+$/),
    ]);
  });

  it.each([
    ['the system', 0],
    ['the timeline', 1],
    ['the database', 2],
    ['the sequence', 3],
  ])('ends when %s is another', async (_, part) => {
    const { epoch } = await checkEpoch(db);
    await pretend(part, '1');
    const next = await checkEpoch(db);
    expect(next).toEqual({ epoch: expect.not.stringContaining(epoch), ended: epoch });
    expect(await checkEpoch(db)).toEqual({ epoch: next.epoch });
  });

  it('goes on where a part could not be read before, or cannot now', async () => {
    const { epoch } = await checkEpoch(db);
    await pretend(0, '-');
    expect(await checkEpoch(db)).toEqual({ epoch });
    expect((await origin())[0]).not.toBe('-');
  });

  it('begins once, however many nodes notice at the same time', async () => {
    const { epoch } = await checkEpoch(db);
    await pretend(1, '00000009');
    const checks = await Promise.all(Array.from({ length: 8 }, () => checkEpoch(db)));
    expect(new Set(checks.map((check) => check.epoch)).size).toBe(1);
    expect(checks.filter((check) => check.ended === epoch)).toHaveLength(1);
  });

  it('can be taken by a role without any privilege, and without what a managed Postgres may forbid', async () => {
    const role = `plain_${randomText(8, LOWER_ALNUM)}`;
    await administer((sql) => sql.unsafe(`create role ${role}`));
    onTestFinished(async () => {
      await db.sql.unsafe(`drop owned by ${role}`);
      await administer((sql) => sql.unsafe(`drop role ${role}`));
    });
    await db.sql.unsafe(`grant usage on schema rockpool to ${role}`);
    const asPlain = () =>
      db.sql.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`);
        const [row] = await sql<{ origin: string }[]>`select rockpool.feed_origin() as origin`;
        return (row?.origin ?? '').split('/');
      });
    await checkEpoch(db);
    expect(await asPlain()).toEqual(await origin());
    await db.sql`revoke execute on function pg_control_system() from public`;
    await db.sql`revoke execute on function pg_walfile_name(pg_lsn) from public`;
    expect(await asPlain()).toEqual(['-', '-', ...(await origin()).slice(2)]);
  });
});

describe('a new epoch', () => {
  it('voids all marks and begins above their times, even if the clock went back', async () => {
    const { epoch } = await checkEpoch(db);
    const marks = createMarks({ database: db, epoch: () => epoch });
    await append(db.sql);
    const old = await marks.take();
    const future = Date.now() + 3_600_000;
    await db.sql`insert into rockpool.marks values (${future}, ${old.horizon + 1})`;
    await newEpoch(db);
    expect(await marks.at(old.ms)).toBeUndefined();
    expect(await marks.at(future)).toBeUndefined();
    await append(db.sql);
    const next = await createMarks({ database: db, epoch: () => 'next' }).take();
    expect(next.ms).toBeGreaterThan(future);
    expect(await marks.at(next.ms)).toEqual(next);
  });

  it('is heard by every reader, also when the operator began it', async () => {
    const { log, lines } = keptLog();
    const nodes = [await openReader(log), await openReader(log)];
    const before = nodes[0]?.reader.epoch;
    const seq = await append(db.sql);
    const heard = nodes.map(({ reader }) => {
      const listener = vi.fn();
      reader.onEpoch(listener);
      return listener;
    });
    const position = { epoch: before ?? '', horizon: seq };
    for (const { reader } of nodes) {
      await expect.poll(() => reader.horizon, soon).toBe(seq);
      expect(await createJudge(db, reader)(position)).toBe('ok');
    }
    const epoch = await newEpoch(db);
    for (const { reader } of nodes) {
      await expect.poll(() => reader.epoch, soon).toBe(epoch);
      expect(reader.horizon).toBe(seq);
      expect(await createJudge(db, reader)(position)).toBe('resync');
      expect(await createJudge(db, reader)({ epoch, horizon: seq })).toBe('ok');
    }
    for (const listener of heard) expect(listener).toHaveBeenCalledTimes(1);
    expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
  });

  it('begins at every running reader when a transaction ended the old one, and not before it is committed', async () => {
    const nodes = [await openReader(), await openReader()];
    const before = nodes[0]?.reader.epoch;
    await db.sql.begin(async (sql) => {
      await endEpoch(sql);
      for (const { reader } of nodes) await reader.reached(await append(db.sql));
      expect(nodes.map(({ reader }) => reader.epoch)).toEqual([before, before]);
    });
    await expect.poll(() => nodes[0]?.reader.epoch, soon).not.toBe(before);
    await expect.poll(() => nodes[1]?.reader.epoch, soon).toBe(nodes[0]?.reader.epoch);
    expect(await checkEpoch(db)).toEqual({ epoch: nodes[0]?.reader.epoch });
  });

  it('is noticed on a running connection when the data was put back under it, and the feed follows', async () => {
    const { log, lines } = keptLog();
    const { reader, bus, entries } = await openReader(log);
    const seq = await appendMany(db.sql, 20);
    await expect.poll(() => reader.horizon, soon).toBe(seq);
    const heard = vi.fn();
    reader.onEpoch(heard);
    const waiting = reader.reached(seq + 1_000);
    const epoch = reader.epoch;
    // What a restore of the schema does: another sequence, fewer entries, numbers that are given out again.
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE' }),
      db.sql.begin(async (sql) => {
        await sql`drop sequence rockpool.journal_seq`;
        await sql`delete from rockpool.journal where seq > 10`;
        await sql`create sequence rockpool.journal_seq start 11 cache 1`;
        await sql`select nextval('rockpool.journal_seq')`;
      }),
    ]);
    await expect.poll(() => heard.mock.calls.length, soon).toBe(1);
    expect(reader.epoch).not.toBe(epoch);
    expect(reader.horizon).toBe(10);
    expect(lines.filter(({ level }) => level === 40)).toHaveLength(1);
    entries.length = 0;
    const again = await append(db.sql);
    bus.ring();
    await expect.poll(() => reader.horizon, soon).toBe(again);
    expect(entries.map((entry) => entry.seq)).toEqual([again]);
    expect(again).toBeLessThan(seq);
  });
});
