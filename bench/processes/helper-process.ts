import type { Server } from 'node:http';

/** The other end of `startHelper`: serves on a free port, says so, and tells its CPU time when asked. */
export function serveAsHelper(server: Server, onMessage: (message: unknown) => void = () => undefined): void {
  process.on('message', (message) => {
    if (message !== 'cpu') return onMessage(message);
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1e6);
    return undefined;
  });
  process.on('disconnect', () => process.exit());
  process.on('SIGTERM', () => process.exit());
  server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    process.stdout.write(`ready ${port}\n`);
  });
}
