// What stands between us and Postgres: balancers, poolers, networks that fail without a word.
import { createServer, createConnection, type AddressInfo, type Server, type Socket } from 'node:net';
import { inject, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase, type Database } from '../../src/database/connection.ts';
import { parseConnectionUrl } from '../../src/database/connection-url.ts';
import { codeOf, isTransient } from '../../src/database/errors.ts';
import { testDatabase } from '../support/database.ts';

/** Listens on a port of the loopback; everything is closed with the test. */
async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Where the Postgres of the run listens. */
function connectToPostgres(): Socket {
  const { url, options } = parseConnectionUrl(inject('adminUrl'));
  if (options.host !== undefined) return createConnection(`${options.host}/.s.PGSQL.5432`);
  const { hostname, port } = new URL(url);
  return createConnection(Number(port === '' ? 5432 : port), hostname);
}

/** A way to Postgres whose connections can be cut without a word, and that can refuse new ones. */
async function proxy(): Promise<{ port: number; cut(): void; refuse(on: boolean): void }> {
  let cuts = 0;
  let closed = false;
  const port = await listen((socket) => {
    if (closed) {
      socket.end();
      return;
    }
    const made = cuts;
    const postgres = connectToPostgres().on('error', () => socket.destroy());
    const forward = (from: Socket, to: Socket): void => {
      from.on('data', (bytes) => void (cuts > made || to.write(bytes)));
      from.on('close', () => to.destroy());
    };
    forward(socket, postgres);
    forward(postgres, socket);
  });
  return {
    port,
    cut() {
      cuts++;
    },
    refuse(on) {
      closed = on;
    },
  };
}

function open(hosts: string, url: string, silenceSeconds?: number): Database {
  const { url: base, options } = parseConnectionUrl(url);
  const user = options.username ?? new URL(base).username;
  const name = new URL(base).pathname;
  const database = openDatabase({
    url: `postgres://${user}@${hosts}${name}`,
    log: silentLog,
    connections: 4,
    ...(silenceSeconds === undefined ? {} : { silenceSeconds }),
  });
  onTestFinished(() => database.close());
  return database;
}

/** Runs many at once; all must fail as transient. Answers how long the last took, and the codes. */
async function allFail(
  database: Database,
  count: number,
): Promise<{ ms: number; codes: Set<string | undefined> }> {
  const started = Date.now();
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, (_, n) => database.sql`select ${n}::integer`),
  );
  const ms = Date.now() - started;
  const errors = outcomes.map((outcome): unknown =>
    outcome.status === 'rejected' ? outcome.reason : undefined,
  );
  expect(errors.filter((error) => !isTransient(error))).toEqual([]);
  return { ms, codes: new Set(errors.map(codeOf)) };
}

test('a server that accepts and says nothing fails every call within seconds', async () => {
  const port = await listen(() => undefined);
  const database = open(`127.0.0.1:${port}`, 'postgres://me@h/none');
  const { ms, codes } = await allFail(database, 100);
  expect(ms).toBeLessThan(8000);
  expect(codes).toContain('CONNECT_TIMEOUT');
});

test('a server that hangs up at once fails every call, without a storm of attempts', async () => {
  let attempts = 0;
  const port = await listen((socket) => {
    attempts++;
    socket.end();
  });
  const database = open(`127.0.0.1:${port}`, 'postgres://me@h/none');
  const { ms } = await allFail(database, 100);
  expect(ms).toBeLessThan(5000);
  expect(attempts).toBeLessThan(50);
});

test('a peer that vanished without a word is given up, and the pool goes on with new connections', async () => {
  const { url } = await testDatabase();
  const first = await proxy();
  const database = open(`127.0.0.1:${first.port}`, url, 2);
  expect(await database.sql`select 1 as one`).toMatchObject([{ one: 1 }]);
  first.cut();
  const { ms, codes } = await allFail(database, 1);
  expect(codes).toEqual(new Set(['CONNECTION_CLOSED']));
  expect(ms).toBeGreaterThan(1500);
  expect(ms).toBeLessThan(8000);
  expect(await database.sql`select 2 as two`).toMatchObject([{ two: 2 }]);
});

test('a statement that takes long, and a transaction that pauses, are no silence', async () => {
  const { url } = await testDatabase();
  const way = await proxy();
  const database = open(`127.0.0.1:${way.port}`, url, 3);
  await database.sql`select pg_sleep(1.5)`;
  const rows = await database.transaction(async (sql) => {
    await sql`select 1`;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return sql`select 2 as two`;
  });
  expect(rows).toMatchObject([{ two: 2 }]);
});

test('of several hosts the next one is tried, and when all are away the calls fail', async () => {
  const { url } = await testDatabase();
  const dead = await listen((socket) => socket.destroy());
  const way = await proxy();
  const database = open(`127.0.0.1:${dead},127.0.0.1:${way.port}`, url);
  expect(await database.sql`select 1 as one`).toMatchObject([{ one: 1 }]);

  const alone = open(`127.0.0.1:${dead},127.0.0.1:${dead}`, url);
  const { ms } = await allFail(alone, 20);
  expect(ms).toBeLessThan(5000);
});

test('after a time of refusal the pool works again by itself', async () => {
  const { url } = await testDatabase();
  const way = await proxy();
  const database = open(`127.0.0.1:${way.port}`, url);
  way.refuse(true);
  for (let turn = 0; turn < 5; turn++) await allFail(database, 10);
  way.refuse(false);
  const started = Date.now();
  expect(await database.sql`select 1 as one`).toMatchObject([{ one: 1 }]);
  expect(Date.now() - started).toBeLessThan(2000);
});
