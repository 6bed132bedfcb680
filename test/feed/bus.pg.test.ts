import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { createPostgresBus, type PostgresBusOptions } from '../../src/feed/bus/postgres.ts';
import { busContract } from '../contract/bus.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { keptLog, killBackends, strangers } from './support.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

function openBus(options: Partial<PostgresBusOptions> = {}) {
  return createPostgresBus({ database: db, log: silentLog, ...options });
}

function openBusForTest(options: Partial<PostgresBusOptions> = {}) {
  const bus = openBus(options);
  onTestFinished(() => bus.close());
  return bus;
}

const hearing = { timeout: 10_000, interval: 5 };

busContract('Postgres', async () => {
  const nodes = { here: openBus(), there: openBus() };
  await expect.poll(() => nodes.here.polling || nodes.there.polling, hearing).toBe(false);
  return nodes;
});

describe('the Postgres bus', () => {
  it('gathers rings: few notifications for many rings', async () => {
    const bus = openBusForTest({ spacingMs: 20 });
    const stranger = strangers(db, 'stranger', 1);
    onTestFinished(() => stranger.end());
    let notified = 0;
    await stranger.listen('rockpool', (payload) => {
      if (!payload.startsWith('?')) notified++;
    });
    const began = performance.now();
    for (let i = 0; i < 300; i++) {
      bus.ring();
      if (i % 30 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await expect.poll(() => notified, hearing).toBeGreaterThan(0);
    await bus.close();
    await stranger.notify('rockpool', '?last');
    expect(notified).toBeLessThan(3 + (performance.now() - began) / 20);
  });

  it('rings after its session was killed, since rings may have been lost, and hears again', async () => {
    const here = openBusForTest();
    const there = openBusForTest();
    await expect.poll(() => here.polling || there.polling, hearing).toBe(false);
    const heard = vi.fn();
    there.onRing(heard);
    await killBackends(db, 'rockpool');
    await expect.poll(() => heard.mock.calls.length, hearing).toBeGreaterThan(0);
    heard.mockClear();
    await expect
      .poll(() => {
        here.ring();
        return heard.mock.calls.length;
      }, hearing)
      .toBeGreaterThan(0);
  });

  it('polls while nothing comes back, says so once, and stops to poll when something does', async () => {
    const { log, lines } = keptLog();
    // As behind a transaction pooler: LISTEN is accepted and nothing is ever delivered.
    let deaf = true;
    const database = {
      sql: db.sql,
      session: () => {
        const session = db.session();
        const listen = session.listen.bind(session);
        session.listen = (channel, heard, listening) => listen(deaf ? 'another' : channel, heard, listening);
        return session;
      },
    };
    const bus = openBusForTest({ database, log, echoMs: 30, proveMs: 50 });
    const warnings = () => lines.filter(({ level }) => level === 40).length;
    await expect.poll(warnings, hearing).toBe(1);
    expect(bus.polling).toBe(true);
    deaf = false;
    await expect.poll(() => bus.polling, hearing).toBe(false);
    expect(warnings()).toBe(1);
  });

  it('does not mistake a Postgres that is away for one that cannot LISTEN', async () => {
    const { log, lines } = keptLog();
    let attempts = 0;
    const session = () => {
      attempts++;
      const broken = db.session();
      broken.listen = () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
      return broken;
    };
    const bus = openBusForTest({ database: { sql: db.sql, session }, log });
    await expect.poll(() => attempts, hearing).toBeGreaterThan(2);
    expect(bus.polling).toBe(true);
    expect(lines).toEqual([]);
  });

  it('closes at once, whatever it is doing', async () => {
    const bus = openBus();
    bus.ring();
    await bus.close();
    const later = openBus();
    await expect.poll(() => later.polling, hearing).toBe(false);
    await later.close();
  });
});
