import type { AdminUsers } from '../../../user-pools/admin-users.ts';
import { username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const adminDisableUser = (users: AdminUsers) =>
  signedOperation('AdminDisableUser', { UserPoolId: userPoolId, Username: username }, async (input) => {
    await users.disable({ poolId: input.UserPoolId, username: input.Username });
    return {};
  });
