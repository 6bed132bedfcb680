import type { Memberships } from '../../../user-pools/memberships.ts';
import { groupName, username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const adminAddUserToGroup = (memberships: Memberships) =>
  signedOperation(
    'AdminAddUserToGroup',
    { UserPoolId: userPoolId, Username: username, GroupName: groupName },
    async (input) => {
      await memberships.add({ poolId: input.UserPoolId, username: input.Username }, input.GroupName);
      return {};
    },
  );
