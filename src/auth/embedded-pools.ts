import type { KeySet } from './jwks.ts';

/** What the directory says of a user now, whatever the token says. */
export interface Standing {
  readonly username: string;
  readonly enabled: boolean;
  readonly groups: readonly string[];
  /** Seconds since the epoch: tokens of sign-ins before it are no longer good. 0 for none. */
  readonly tokensValidFrom: number;
  /** Revoked sign-ins, by `origin_jti`. */
  readonly revokedOrigins: ReadonlySet<string>;
}

/** The user pools of this server, as the token verifier needs them. Each function may reject while the database is away. */
export interface EmbeddedPools {
  /** The pool that an `iss` names, when some node serves under its address (see `createIssuers`). */
  isIssuer(issuer: string): Promise<{ readonly poolId: string } | undefined>;
  jwks(poolId: string): Promise<KeySet>;
  /** Ids of the pool's app clients; undefined when this server has no such pool. */
  clients(poolId: string): Promise<readonly string[] | undefined>;
  /** Undefined for a user that is not there (any more). */
  standing(poolId: string, sub: string): Promise<Standing | undefined>;
}
