import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createRoutes } from '../../src/app/http/routes.ts';
import type { AwsRequest } from '../../src/aws/http.ts';
import { silentLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';

/** A server whose doors for AWS tell what came in. */
async function serve(): Promise<{ url: string; seen: AwsRequest[] }> {
  const seen: AwsRequest[] = [];
  const { app, listener } = await createRoutes({
    graphql: async (_request, response) => void response.end(),
    async aws(request) {
      seen.push(request);
      return { status: 200, headers: {}, body: '{}' };
    },
    jwks: async () => undefined,
    discovery: async () => undefined,
    outbox: undefined,
    ready: async () => undefined,
    metrics: createMetrics(),
    log: silentLog,
  });
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await app.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

it.each([
  ['/', { path: '/', query: '' }],
  ['/?', { path: '/', query: '' }],
  ['/?a=1', { path: '/', query: 'a=1' }],
  ['/?a=1?b=2&c=?', { path: '/', query: 'a=1?b=2&c=?' }],
  ['/?a=%3F%2f', { path: '/', query: 'a=%3F%2f' }],
])('hands the query of POST %s to AWS wires as it came', async (address, expected) => {
  const { url, seen } = await serve();
  const response = await fetch(`${url}${address}`, { method: 'POST', body: 'bytes' });
  expect(response.status).toBe(200);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ method: 'POST', ...expected, body: Buffer.from('bytes') });
});
