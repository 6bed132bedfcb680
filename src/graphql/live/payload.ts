import type { Answer } from './documents.ts';

/** An event as every subscriber of a group gets it: text, made once. */
export function eventPayload(answer: Answer, position: string): string {
  return JSON.stringify({ ...answer, extensions: { position } });
}

/** RESYNC where the field's type cannot say it: no data, one error, and the stream goes on. */
export function resyncPayload(responseKey: string, position: string): string {
  const error = {
    message: 'The position asked for can no longer be resumed from: read again, the stream goes on live.',
    path: [responseKey],
    extensions: { code: 'RESYNC' },
  };
  return JSON.stringify({ data: null, errors: [error], extensions: { position } });
}

/** A fault of ours in running a selection: the stream goes on, the log knows the rest by this id. */
export function failurePayload(requestId: string, position: string): string {
  const error = {
    message: 'Internal server error.',
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  };
  return JSON.stringify({ data: null, errors: [error], extensions: { position } });
}
