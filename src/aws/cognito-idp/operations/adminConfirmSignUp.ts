import type { AdminAccounts } from '../../../user-pools/admin-accounts.ts';
import { clientMetadata, username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const adminConfirmSignUp = (accounts: AdminAccounts) =>
  signedOperation(
    'AdminConfirmSignUp',
    { UserPoolId: userPoolId, Username: username, ClientMetadata: clientMetadata },
    async (input) => {
      await accounts.confirm({ poolId: input.UserPoolId, username: input.Username });
      return {};
    },
  );
