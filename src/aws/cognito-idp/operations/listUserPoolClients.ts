import type { ClientAdmin } from '../../../user-pools/client-admin.ts';
import { userPoolClientDescription } from '../client-view.ts';
import { pageSize, pageToken, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { optional } from '../validate.ts';
import { nextPage } from '../views.ts';

export const listUserPoolClients = (clients: ClientAdmin) =>
  signedOperation(
    'ListUserPoolClients',
    { UserPoolId: userPoolId, MaxResults: optional(pageSize), NextToken: pageToken },
    async (input) => {
      const page = await clients.list(input.UserPoolId, { limit: input.MaxResults, token: input.NextToken });
      return { UserPoolClients: page.items.map(userPoolClientDescription), ...nextPage(page, 'NextToken') };
    },
  );
