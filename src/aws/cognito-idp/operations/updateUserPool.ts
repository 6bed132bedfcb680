import type { PoolAdmin } from '../../../user-pools/pool-admin.ts';
import { displayName, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { poolMembers } from '../pool-members.ts';
import { poolChoices } from '../pool-settings.ts';
import { optional } from '../validate.ts';

export const updateUserPool = (pools: PoolAdmin) =>
  signedOperation(
    'UpdateUserPool',
    { UserPoolId: userPoolId, PoolName: optional(displayName), ...poolMembers },
    async (input) => {
      await pools.update(input.UserPoolId, input.PoolName, poolChoices(input));
      return {};
    },
  );
