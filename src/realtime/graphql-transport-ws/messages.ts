/**
 * graphql-transport-ws, the messages. PROTOCOL.md of the graphql-ws library is the document.
 *
 *   client → server: connection_init · ping · pong · subscribe · complete
 *   server → client: connection_ack · ping · pong · next · error · complete
 */
import type { GraphQLFormattedError } from 'graphql';
import { validateMessage } from 'graphql-ws';
import { isObject, parseJson } from '../../base/json.ts';
import { CLOSE as COMMON } from '../close-codes.ts';

export { GRAPHQL_TRANSPORT_WS_PROTOCOL as SUBPROTOCOL } from 'graphql-ws';

export const CLOSE = {
  ...COMMON,
  malformed: 4400,
  /** No credentials, or such as never held; any message but an init before the acknowledgement. */
  unauthorized: 4401,
  /** Credentials that held once: clients come back with fresh ones. */
  forbidden: 4403,
  subprotocol: 4406,
  initialisationTimeout: 4408,
  subscriberExists: 4409,
  secondInitialisation: 4429,
} as const;

export type ClientMessage =
  | { readonly type: 'connection_init'; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly type: 'ping'; readonly payload: Readonly<Record<string, unknown>> | undefined }
  | { readonly type: 'pong' }
  | { readonly type: 'subscribe'; readonly id: string; readonly payload: SubscribePayload }
  | { readonly type: 'complete'; readonly id: string };

export interface SubscribePayload {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** An id stands before every event of its subscription. */
const LONGEST_ID = 256;

/** A message of a client, or undefined where it is none of the protocol's. */
export function parseMessage(text: string): ClientMessage | undefined {
  const value = parseJson(text);
  // A message that was to be acknowledged by the server itself is no message for a server.
  if (!isObject(value) || !isValid(value)) return undefined;
  const payload = isObject(value['payload']) ? value['payload'] : undefined;
  const id = typeof value['id'] === 'string' ? value['id'] : '';
  switch (value['type']) {
    case 'connection_init':
      return { type: 'connection_init', payload: payload ?? {} };
    case 'ping':
      return { type: 'ping', payload };
    case 'pong':
      return { type: 'pong' };
    case 'complete':
      return { type: 'complete', id };
    case 'subscribe':
      return id.length > LONGEST_ID || payload === undefined
        ? undefined
        : { type: 'subscribe', id, payload: subscribePayload(payload) };
    default:
      return undefined;
  }
}

function isValid(value: unknown): boolean {
  try {
    validateMessage(value);
    return true;
  } catch {
    return false;
  }
}

function subscribePayload(payload: Readonly<Record<string, unknown>>): SubscribePayload {
  const { query, operationName, variables, extensions } = payload;
  return {
    query: typeof query === 'string' ? query : '',
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
    variables: isObject(variables) ? variables : {},
    extensions: isObject(extensions) ? extensions : {},
  };
}

/** What the server says, as text. */
export const messages = {
  acknowledge: '{"type":"connection_ack"}',
  pong: (payload: Readonly<Record<string, unknown>> | undefined) =>
    JSON.stringify(payload === undefined ? { type: 'pong' } : { type: 'pong', payload }),
  next: (id: string, payload: unknown) => JSON.stringify({ id, type: 'next', payload }),
  error: (id: string, errors: readonly GraphQLFormattedError[]) =>
    JSON.stringify({ id, type: 'error', payload: errors }),
  complete: (id: string) => JSON.stringify({ id, type: 'complete' }),
  /** A `next` message up to its payload. */
  nextPrefix: (id: string) => `{"id":${JSON.stringify(id)},"type":"next","payload":`,
} as const;
