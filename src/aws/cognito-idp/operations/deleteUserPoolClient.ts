import type { ClientAdmin } from '../../../user-pools/client-admin.ts';
import { clientId, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const deleteUserPoolClient = (clients: ClientAdmin) =>
  signedOperation('DeleteUserPoolClient', { UserPoolId: userPoolId, ClientId: clientId }, async (input) => {
    await clients.remove({ poolId: input.UserPoolId, clientId: input.ClientId });
    return {};
  });
