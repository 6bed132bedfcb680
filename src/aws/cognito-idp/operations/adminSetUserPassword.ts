import type { AdminUsers } from '../../../user-pools/admin-users.ts';
import { password, username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { flag, optional } from '../validate.ts';

export const adminSetUserPassword = (users: AdminUsers) =>
  signedOperation(
    'AdminSetUserPassword',
    { UserPoolId: userPoolId, Username: username, Password: password, Permanent: optional(flag()) },
    async (input) => {
      const named = { poolId: input.UserPoolId, username: input.Username };
      await users.setPassword(named, input.Password, { permanent: input.Permanent ?? false });
      return {};
    },
  );
