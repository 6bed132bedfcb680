// A server of its own process for the tests that kill it: starts the embedded Postgres in the folder that is named,
// says so in one line of JSON, and with `write` then inserts rows and prints the number of each one that was committed.
import { writeSync } from 'node:fs';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase } from '../../src/database/connection.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded/start.ts';

const [dataDir = '', mode = 'idle'] = process.argv.slice(2);
const WRITERS = 8;

const postgres = await startEmbeddedPostgres({ dataDir, log: silentLog }).catch((error: unknown) => {
  writeSync(1, `${JSON.stringify({ refused: String(error) })}\n`);
  process.exit(1);
});
const database = openDatabase({ url: postgres.url, log: silentLog });
if (mode === 'write') {
  await database.sql`create table if not exists acknowledged (writer integer, number integer, half integer)`;
}
writeSync(1, `${JSON.stringify({ url: postgres.url, pid: postgres.pid, data: postgres.data })}\n`);

async function write(writer: number): Promise<void> {
  for (let number = 0; ; number++) {
    await database.transaction(async (sql) => {
      await sql`insert into acknowledged values (${writer}, ${number}, 1)`;
      await sql`insert into acknowledged values (${writer}, ${number}, 2)`;
    });
    writeSync(1, `${writer} ${number}\n`);
  }
}

setInterval(() => undefined, 60_000);
if (mode === 'write') {
  // A writer ends when its Postgres is killed; the process waits to be killed too.
  await Promise.allSettled(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
}
