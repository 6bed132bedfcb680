import type { SignatureVerifier } from '../../auth/sigv4.ts';
import type { Log } from '../../base/log.ts';
import type { UserPools } from '../../user-pools/user-pools.ts';
import { createDispatcher, type CognitoIdp } from './dispatch.ts';
import { userPoolOperations } from './operations.ts';
import { createOwnerCheck } from './owner.ts';

export interface CognitoIdpOptions {
  readonly userPools: UserPools;
  /** Knows the root credentials and nobody else's. */
  readonly signatures: SignatureVerifier;
  /** Of the ARNs of pools: 12 digits. */
  readonly accountId: string;
  readonly log: Log;
}

/** Amazon Cognito user pools over their own wire. */
export function createCognitoIdp({ userPools, signatures, accountId, log }: CognitoIdpOptions): CognitoIdp {
  return createDispatcher({
    operations: userPoolOperations(userPools, accountId),
    requireOwner: createOwnerCheck(signatures),
    log,
  });
}
