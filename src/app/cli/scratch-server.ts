import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../base/log.ts';
import { resolveConfig } from '../config/config.ts';
import { packageRoot } from '../paths.ts';
import { createServer, type RockpoolServer } from '../server.ts';

/** A server of its own on a free port, with a database that goes when it stops: for the demo and the comparison. */
export async function startScratchServer(): Promise<RockpoolServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rockpool-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const config = resolveConfig(
    { PORT: '0', DATA_DIR: folder, SCHEMA: join(packageRoot(), 'schema', 'models') },
    false,
  );
  try {
    const server = await createServer(config, { log: silentLog });
    return {
      ...server,
      async stop() {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
