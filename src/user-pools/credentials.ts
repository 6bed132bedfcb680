import type { Passwords } from '../auth/password.ts';
import type { Sealer } from '../auth/sealing.ts';
import { makeVerifier as makeSrpVerifier } from '../auth/srp-verifier.ts';
import type { Clock } from '../base/clock.ts';
import type { NewPassword, User } from './store/users.ts';

/** What is kept of a password: a slow hash, and for SRP a verifier, which is a fast one and therefore sealed. */
export interface Credentials {
  /** Both, whenever the plain text passes by. */
  make(poolId: string, username: string, password: string): Promise<NewPassword>;
  /** The verifier alone, for a user who came without one. */
  makeVerifier(poolId: string, username: string, password: string): string;
  /** Takes as long for nobody, or for somebody without a password, as for a wrong one. */
  check(user: User | undefined, password: string): Promise<boolean>;
  /** A new hash when the parameters have risen since the old one was made. */
  renewHash(user: User, password: string): Promise<string | null>;
}

const PURPOSE = 'srp-verifier';

export function createCredentials({
  passwords,
  sealer,
  clock,
}: {
  readonly passwords: Passwords;
  readonly sealer: Sealer;
  readonly clock: Clock;
}): Credentials {
  function makeVerifier(poolId: string, username: string, password: string): string {
    const poolName = poolId.slice(poolId.indexOf('_') + 1);
    return sealer.seal(JSON.stringify(makeSrpVerifier({ poolName, username, password })), PURPOSE);
  }
  return {
    async make(poolId, username, password) {
      const passwordHash = await passwords.hash(password);
      return {
        passwordHash,
        srpVerifier: makeVerifier(poolId, username, password),
        setAt: new Date(clock.now()),
      };
    },
    makeVerifier,
    check: (user, password) => passwords.verify(password, user?.passwordHash ?? undefined),
    async renewHash(user, password) {
      if (user.passwordHash === null || !passwords.needsRehash(user.passwordHash)) return null;
      return passwords.hash(password);
    },
  };
}
