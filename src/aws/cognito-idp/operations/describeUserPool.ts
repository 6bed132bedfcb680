import type { PoolAdmin } from '../../../user-pools/pool-admin.ts';
import { userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { userPoolType } from '../pool-view.ts';

export const describeUserPool = (pools: PoolAdmin, accountId: string) =>
  signedOperation('DescribeUserPool', { UserPoolId: userPoolId }, async (input) => ({
    UserPool: userPoolType(await pools.get(input.UserPoolId), accountId),
  }));
