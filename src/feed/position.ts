/**
 * A position names a place in the feed. It is opaque outside and good for every subscription of any caller.
 *
 * Text: base64url of `1.<epoch>.<horizon>` or `1.<epoch>.<horizon>.<identity hash>.<its seq>`, numbers in base 36.
 * The leading 1 says "one database"; a form with several would carry an epoch and a horizon for each.
 */

import { createHash } from 'node:crypto';
import { badInput } from '../base/errors.ts';

export interface Position {
  readonly epoch: string;
  /** Everything at or below it has been seen. */
  readonly horizon: number;
  /** From a pull or a push: the `seq` up to which this one identity's changes have been seen. */
  readonly identity?: { readonly hash: string; readonly seq: number };
}

/** What the database holds of the feed now. */
export interface Extent {
  readonly epoch: string;
  readonly floor: number;
  /** The highest number ever drawn. */
  readonly head: number;
}

const HASH_LENGTH = 16;
const LONGEST = 256;
const FORM = /^1\.([\w-]{1,64})\.(0|[1-9a-z][0-9a-z]{0,10})(?:\.([\w-]{16})\.([1-9a-z][0-9a-z]{0,10}))?$/;

/** The identity's part is left out where it does not lie above the horizon. */
export function encodePosition(position: Position): string {
  const { epoch, horizon, identity } = position;
  const own =
    identity !== undefined && identity.seq > horizon ? `.${identity.hash}.${identity.seq.toString(36)}` : '';
  return Buffer.from(`1.${epoch}.${horizon.toString(36)}${own}`, 'latin1').toString('base64url');
}

/** Throws BAD_USER_INPUT where the text is no position. `argument` is its path in the request. */
export function decodePosition(text: string, argument = 'after'): Position {
  const position =
    text.length <= LONGEST ? parse(Buffer.from(text, 'base64url').toString('latin1')) : undefined;
  // Encoded again, so that one position has one text: no padding, no blanks, no identity below the horizon.
  if (position === undefined || encodePosition(position) !== text) {
    throw badInput(argument, `${argument} is not a position: send one that this server gave, unchanged`);
  }
  return position;
}

function parse(text: string): Position | undefined {
  const [, epoch, horizonText, hash, seqText] = FORM.exec(text) ?? [];
  if (epoch === undefined || horizonText === undefined) return undefined;
  const horizon = Number.parseInt(horizonText, 36);
  if (!Number.isSafeInteger(horizon)) return undefined;
  if (hash === undefined || seqText === undefined) return { epoch, horizon };
  const seq = Number.parseInt(seqText, 36);
  return Number.isSafeInteger(seq) ? { epoch, horizon, identity: { hash, seq } } : undefined;
}

/** The name that an identity has in positions: they may be handed around, identity ids may not. */
export function identityHash(identityId: string): string {
  return createHash('sha256').update(identityId).digest('base64url').slice(0, HASH_LENGTH);
}

/** The highest number that a position speaks of. */
export function topOf(position: Position): number {
  return Math.max(position.horizon, position.identity?.seq ?? 0);
}

/**
 * Where a subscription of `identity` (its hash) to its own datasets goes on: after its own number where the position
 * has one, otherwise after the horizon, as all others do.
 */
export function startOf(position: Position, identity?: string): number {
  return identity !== undefined && position.identity?.hash === identity ? topOf(position) : position.horizon;
}

/** Whether the feed can go on from a position. One that equals the floor can: nothing above it is gone. */
export function judgePosition(position: Position, extent: Extent): 'ok' | 'resync' {
  if (position.epoch !== extent.epoch) return 'resync';
  if (position.horizon < extent.floor) return 'resync';
  return topOf(position) > extent.head ? 'resync' : 'ok';
}
