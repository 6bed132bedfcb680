import type { Caller } from '../auth/caller.ts';

/** What every resolver gets: one per request. */
export interface Context {
  readonly caller: Caller;
  /** Identity that the default identity pool has for the caller; FORBIDDEN for callers without one. */
  identity(): Promise<string>;
  /** Names the request in the log and in the answer to an error of ours. */
  readonly requestId: string;
  /** True for requests of an Amplify client: errors take AppSync's form. */
  readonly amplify: boolean;
  /** Encoded position of this node's reader before the first read. */
  readonly position: string;
  /** Response keys of syncs that had to read the base although `lastSync` was given; filled by resolvers. */
  readonly baseReads: string[];
}
