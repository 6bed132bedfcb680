import type { Memberships } from '../../../user-pools/memberships.ts';
import { groupName, username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const adminRemoveUserFromGroup = (memberships: Memberships) =>
  signedOperation(
    'AdminRemoveUserFromGroup',
    { UserPoolId: userPoolId, Username: username, GroupName: groupName },
    async (input) => {
      await memberships.remove({ poolId: input.UserPoolId, username: input.Username }, input.GroupName);
      return {};
    },
  );
