import type { Groups } from '../../../user-pools/groups.ts';
import { groupName, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const deleteGroup = (groups: Groups) =>
  signedOperation('DeleteGroup', { GroupName: groupName, UserPoolId: userPoolId }, async (input) => {
    await groups.remove({ poolId: input.UserPoolId, name: input.GroupName });
    return {};
  });
