import type { Groups } from '../../../user-pools/groups.ts';
import { groupName, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { groupType } from '../views.ts';

export const getGroup = (groups: Groups) =>
  signedOperation('GetGroup', { GroupName: groupName, UserPoolId: userPoolId }, async (input) => ({
    Group: groupType(await groups.get({ poolId: input.UserPoolId, name: input.GroupName })),
  }));
