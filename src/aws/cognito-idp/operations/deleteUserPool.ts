import type { PoolAdmin } from '../../../user-pools/pool-admin.ts';
import { userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const deleteUserPool = (pools: PoolAdmin) =>
  signedOperation('DeleteUserPool', { UserPoolId: userPoolId }, async (input) => {
    await pools.remove(input.UserPoolId);
    return {};
  });
