import type { Caller } from '../auth/caller.ts';
import { decodePosition, type Position } from '../feed/position.ts';
import type { Binding } from '../graphql/live/binder.ts';
import type { Start } from './hub.ts';
import type { ReadPage } from './replay.ts';
import { changesView, rightsTopic } from './rights.ts';

export interface ResumptionParts {
  readonly feed: { readonly horizon: number };
  readonly readPage: ReadPage;
  /** Whether the feed can go on from a position: the judge of the feed. */
  readonly judge: (position: Position) => Promise<'ok' | 'resync'>;
}

const PAGE = { limit: 100, bytes: 1024 * 1024 };

/** Where a subscription goes on. Throws BAD_USER_INPUT for a text that is no position, UNAVAILABLE. */
export async function startOf(binding: Binding, caller: Caller, parts: ResumptionParts): Promise<Start> {
  if (binding.after === undefined) return 'now';
  const position = decodePosition(binding.after);
  if ((await parts.judge(position)) === 'resync') return 'resync';
  if (await rightsChangedSince(position, caller, parts)) return 'resync';
  return { after: binding.source.startOf(position), epoch: position.epoch };
}

/** What lies above this node's cursor comes to the socket by itself. */
async function rightsChangedSince(
  position: Position,
  caller: Caller,
  parts: ResumptionParts,
): Promise<boolean> {
  const topic = rightsTopic(caller);
  const upTo = parts.feed.horizon;
  if (topic === undefined) return false;
  for (let after = position.horizon; after < upTo;) {
    const { entries, through } = await parts.readPage({ topic: { equals: [topic] }, after, upTo, ...PAGE });
    if (entries.some(({ operation }) => changesView(operation))) return true;
    after = through;
  }
  return false;
}
