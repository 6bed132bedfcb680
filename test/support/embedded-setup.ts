import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded/start.ts';
import { provideTemplate, type Project, type TestPostgres } from './template.ts';

/** One embedded Postgres a run, in a temporary folder. */
export default async function setup(project: Project): Promise<() => Promise<void>> {
  return provideTemplate(project, await startTemporary());
}

async function startTemporary(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-test-'));
  const embedded = await startEmbeddedPostgres({
    dataDir: folder,
    log: silentLog,
    durable: false,
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '400', autovacuum_naptime: '10s' },
  });
  return {
    url: embedded.url,
    async stop() {
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
