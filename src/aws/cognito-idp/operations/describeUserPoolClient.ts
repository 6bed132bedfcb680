import type { ClientAdmin } from '../../../user-pools/client-admin.ts';
import { userPoolClientType } from '../client-view.ts';
import { clientId, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';

export const describeUserPoolClient = (clients: ClientAdmin) =>
  signedOperation('DescribeUserPoolClient', { UserPoolId: userPoolId, ClientId: clientId }, async (input) => {
    const found = await clients.get({ poolId: input.UserPoolId, clientId: input.ClientId });
    return { UserPoolClient: userPoolClientType(found) };
  });
