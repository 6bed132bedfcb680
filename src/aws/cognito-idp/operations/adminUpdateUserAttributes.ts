import type { AdminAccounts } from '../../../user-pools/admin-accounts.ts';
import { attributes, clientMetadata, username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { attributesOf } from '../views.ts';

export const adminUpdateUserAttributes = (accounts: AdminAccounts) =>
  signedOperation(
    'AdminUpdateUserAttributes',
    {
      UserPoolId: userPoolId,
      Username: username,
      UserAttributes: attributes,
      ClientMetadata: clientMetadata,
    },
    async (input) => {
      const named = { poolId: input.UserPoolId, username: input.Username };
      await accounts.updateAttributes(named, attributesOf(input.UserAttributes));
      return {};
    },
  );
