import type { PoolAdmin } from '../../../user-pools/pool-admin.ts';
import { userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { mfaConfig } from '../pool-view.ts';

export const getUserPoolMfaConfig = (pools: PoolAdmin) =>
  signedOperation('GetUserPoolMfaConfig', { UserPoolId: userPoolId }, async (input) => {
    const { pool } = await pools.get(input.UserPoolId);
    return mfaConfig(pool.settings);
  });
