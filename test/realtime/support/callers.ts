import type { UserCaller } from '../../../src/auth/caller.ts';

/** Somebody of pool `pool` whose token is good for an hour. */
export function user(sub: string, more: Partial<UserCaller> = {}): UserCaller {
  const now = Math.floor(Date.now() / 1000);
  return {
    kind: 'user',
    poolId: 'pool',
    sub,
    username: `${sub}-name`,
    groups: [],
    tokenUse: 'access',
    clientId: 'client',
    originJti: undefined,
    issuedAt: now,
    expiresAt: now + 3600,
    embedded: true,
    bareUsername: true,
    ...more,
  };
}
