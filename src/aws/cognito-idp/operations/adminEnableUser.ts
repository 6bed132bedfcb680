import type { AdminUsers } from '../../../user-pools/admin-users.ts';
import { username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const adminEnableUser = (users: AdminUsers) =>
  signedOperation('AdminEnableUser', { UserPoolId: userPoolId, Username: username }, async (input) => {
    await users.enable({ poolId: input.UserPoolId, username: input.Username });
    return {};
  });
