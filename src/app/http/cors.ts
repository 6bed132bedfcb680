import type { IncomingMessage, ServerResponse } from 'node:http';

const EXPOSED =
  'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-amz-user-agent,Date,x-amz-schema-version';

/** Names and values in turn, for `writeHead`. */
export const ANY_ORIGIN: readonly string[] = [
  'access-control-allow-origin',
  '*',
  'access-control-expose-headers',
  EXPOSED,
];

/** Any origin, without cookies. */
export function allowAnyOrigin(response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-expose-headers', EXPOSED);
}

/** Answers a preflight: it allows the headers that it asks for. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse, methods: string): void {
  allowAnyOrigin(response);
  response.setHeader('access-control-allow-methods', methods);
  const asked = request.headers['access-control-request-headers'];
  if (asked !== undefined) response.setHeader('access-control-allow-headers', asked);
  response.setHeader('access-control-max-age', '86400');
  response.writeHead(204).end();
}
