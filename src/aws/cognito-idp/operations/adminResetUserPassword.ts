import type { AdminAccounts } from '../../../user-pools/admin-accounts.ts';
import { clientMetadata, username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const adminResetUserPassword = (accounts: AdminAccounts) =>
  signedOperation(
    'AdminResetUserPassword',
    { UserPoolId: userPoolId, Username: username, ClientMetadata: clientMetadata },
    async (input) => {
      await accounts.resetPassword({ poolId: input.UserPoolId, username: input.Username });
      return {};
    },
  );
