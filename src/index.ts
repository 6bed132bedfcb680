/**
 * The public face, for embedding and for tests: a server in your own process.
 *
 *     const server = await startServer({ PORT: '0' });
 *     // … point a client at server.url …
 *     await server.stop();
 */
import { createLog } from './base/log.ts';
import { resolveConfig } from './app/config/config.ts';
import type { Environment } from './app/config/environment.ts';
import { createServer, type RockpoolServer } from './app/server.ts';

export { ConfigError } from './app/config/config.ts';
export { StartError } from './app/start-error.ts';
export type { Environment, RockpoolServer };

/**
 * Starts a server with the variables of the environment as `rockpool start --help` lists them; the process's own
 * environment is not read. Throws ConfigError or StartError in words for whoever starts it.
 */
export async function startServer(environment: Environment = {}): Promise<RockpoolServer> {
  const config = resolveConfig({ LOG_LEVEL: 'warn', ...environment }, false);
  return createServer(config, { log: await createLog(config.log.level, config.log.format) });
}
