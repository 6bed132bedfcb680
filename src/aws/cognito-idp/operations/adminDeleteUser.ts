import type { AdminUsers } from '../../../user-pools/admin-users.ts';
import { username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const adminDeleteUser = (users: AdminUsers) =>
  signedOperation('AdminDeleteUser', { UserPoolId: userPoolId, Username: username }, async (input) => {
    await users.remove({ poolId: input.UserPoolId, username: input.Username });
    return {};
  });
