import type { AdminAccounts } from '../../../user-pools/admin-accounts.ts';
import { attributeNames, username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const adminDeleteUserAttributes = (accounts: AdminAccounts) =>
  signedOperation(
    'AdminDeleteUserAttributes',
    { UserPoolId: userPoolId, Username: username, UserAttributeNames: attributeNames },
    async (input) => {
      const named = { poolId: input.UserPoolId, username: input.Username };
      await accounts.removeAttributes(named, input.UserAttributeNames);
      return {};
    },
  );
