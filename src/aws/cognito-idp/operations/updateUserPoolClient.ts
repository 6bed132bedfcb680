import type { ClientAdmin } from '../../../user-pools/client-admin.ts';
import { clientMembers } from '../client-members.ts';
import { clientSettings } from '../client-settings.ts';
import { userPoolClientType } from '../client-view.ts';
import { clientId, displayName, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { optional } from '../validate.ts';

export const updateUserPoolClient = (clients: ClientAdmin) =>
  signedOperation(
    'UpdateUserPoolClient',
    { UserPoolId: userPoolId, ClientId: clientId, ClientName: optional(displayName), ...clientMembers },
    async (input) => {
      const named = { poolId: input.UserPoolId, clientId: input.ClientId };
      const changed = await clients.update(named, input.ClientName, clientSettings(input));
      return { UserPoolClient: userPoolClientType(changed) };
    },
  );
