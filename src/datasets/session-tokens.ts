import type { Sealer } from '../auth/sealing.ts';
import type { Clock } from '../base/clock.ts';
import { RockpoolError } from '../base/errors.ts';
import { randomToken } from '../base/ids.ts';
import { isObject } from '../base/json.ts';
import { identityHash } from '../feed/position.ts';

/** A session token that holds for a push. */
export interface Session {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Tokens of sync sessions: signed, and remembered only when they are spent (by `push_dataset`). */
export interface SessionTokens {
  issue(identity: string, dataset: string): string;
  /** INVALID_SESSION_TOKEN for one that is altered, expired, or of another dataset or identity. */
  check(token: string, identity: string, dataset: string): Session;
}

const PURPOSE = 'sync-session';

export function createSessionTokens({
  sealer,
  clock,
  minutes,
}: {
  readonly sealer: Pick<Sealer, 'signToken' | 'openToken'>;
  readonly clock: Clock;
  /** Life of a token. */
  readonly minutes: number;
}): SessionTokens {
  return {
    issue(identity, dataset) {
      const e = clock.now() + minutes * 60_000;
      return sealer.signToken({ i: identityHash(identity), d: dataset, s: randomToken(12), e }, PURPOSE);
    },
    check(token, identity, dataset) {
      const payload = sealer.openToken(token, PURPOSE);
      if (
        !isObject(payload) ||
        payload['i'] !== identityHash(identity) ||
        payload['d'] !== dataset ||
        typeof payload['s'] !== 'string' ||
        Number(payload['e']) <= clock.now()
      ) {
        throw invalidSession();
      }
      return { id: payload['s'], expiresAt: Number(payload['e']) };
    },
  };
}

/** The text is Cognito Sync's. */
export function invalidSession(): RockpoolError {
  return new RockpoolError('INVALID_SESSION_TOKEN', 'SyncSessionToken not valid for these inputs');
}
