import type { AdminUsers } from '../../../user-pools/admin-users.ts';
import { username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { userType } from '../views.ts';

export const adminGetUser = (users: AdminUsers) =>
  signedOperation('AdminGetUser', { UserPoolId: userPoolId, Username: username }, async (input) => {
    const user = await users.get({ poolId: input.UserPoolId, username: input.Username });
    // Here, and only here, the list has another name.
    const { Attributes, ...rest } = userType(user);
    return { ...rest, UserAttributes: Attributes };
  });
