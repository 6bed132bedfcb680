import type { AdminUsers } from '../../../user-pools/admin-users.ts';
import { OWNER } from '../../../user-pools/rights.ts';
import type { Revocation } from '../../../user-pools/revocation.ts';
import { username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const adminUserGlobalSignOut = (users: AdminUsers, revocation: Revocation) =>
  signedOperation('AdminUserGlobalSignOut', { UserPoolId: userPoolId, Username: username }, async (input) => {
    const user = await users.get({ poolId: input.UserPoolId, username: input.Username });
    await revocation.signOutEverywhere(user, OWNER);
    return {};
  });
