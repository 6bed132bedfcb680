import type { Client } from 'graphql-ws';
import { expect, vi } from 'vitest';
import type { TestNode } from './node.ts';

type Data = Record<string, Record<string, unknown> | null>;

/** One subscription of a real client, and what came. */
export interface Listening {
  readonly results: {
    data?: Data | null;
    errors?: readonly { extensions?: object }[];
    extensions?: { position: string };
  }[];
  readonly errors: unknown[];
  readonly completed: () => boolean;
  /** Value of the one field of each event. */
  values(): Record<string, unknown>[];
  /** Waits until so many events are there. */
  received(count: number): Promise<void>;
  readonly stop: () => void;
}

export function listen(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
  extensions?: Record<string, unknown>,
): Listening {
  const results: Listening['results'] = [];
  const errors: unknown[] = [];
  let completed = false;
  const stop = client.subscribe(
    { query, variables, ...(extensions === undefined ? {} : { extensions }) },
    {
      next: (result) => void results.push(result as Listening['results'][number]),
      error: (error) => void errors.push(error),
      complete: () => void (completed = true),
    },
  );
  return {
    results,
    errors,
    stop,
    completed: () => completed,
    values: () => results.map(({ data }) => Object.values(data ?? {})[0] ?? {}),
    received: (count) =>
      vi.waitFor(() => expect(results.length).toBeGreaterThanOrEqual(count), {
        timeout: 10_000,
        interval: 5,
      }),
  };
}

/** Waits until the node has so many subscriptions: there is no acknowledgement on the wire. */
export async function subscribed(node: TestNode, count: number): Promise<void> {
  await vi.waitFor(() => expect(node.realtime.counts.subscriptions).toBe(count), {
    timeout: 10_000,
    interval: 5,
  });
}
