import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { AwsRequest, AwsResponse } from '../../src/aws/http.ts';

/** A bare server for one AWS door, for tests of its wire with real clients. It goes with the test. */
export async function awsServer(
  handle: (request: AwsRequest) => Promise<AwsResponse>,
): Promise<{ url: string }> {
  const server = createServer((request, response) => {
    void readRequest(request)
      .then(handle)
      .then((answer) => response.writeHead(answer.status, { ...answer.headers }).end(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}` };
}

async function readRequest(request: IncomingMessage): Promise<AwsRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [, path = '/', query = ''] = /^([^?]*)\??(.*)$/s.exec(request.url ?? '/') ?? [];
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  );
  return { method: request.method ?? 'POST', path, query, headers, body: Buffer.concat(chunks) };
}
