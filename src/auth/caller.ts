/**
 * Who is calling, as every room sees it. A transport makes it from a token, a key or a signature;
 * rules and identities are decided from it and from nothing else.
 */
export type Caller = UserCaller | ApiKeyCaller | RootCaller;

/** Somebody who signed in to a user pool. */
export interface UserCaller {
  readonly kind: 'user';
  readonly poolId: string;
  readonly sub: string;
  readonly username: string;
  /** Of the directory for embedded pools, of the token for trusted ones. In order, without repetition. */
  readonly groups: readonly string[];
  readonly tokenUse: 'id' | 'access';
  readonly clientId: string;
  /** Names the sign-in that the token comes from; revocation goes by it. */
  readonly originJti: string | undefined;
  /** Seconds since the epoch, of the token. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** True for a pool of this server, whose rights change through the feed. */
  readonly embedded: boolean;
  /** False where several pools are accepted: then a bare username never matches an owner. */
  readonly bareUsername: boolean;
}

export interface ApiKeyCaller {
  readonly kind: 'apiKey';
}

/** The owner of the server, by SigV4 with the root credentials. Passes every model rule. */
export interface RootCaller {
  readonly kind: 'root';
}

/** How the journal names the caller. */
export function actorOf(caller: Caller): string {
  return caller.kind === 'user' ? `user:${caller.poolId}/${caller.sub}` : caller.kind;
}
