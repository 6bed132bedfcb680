import type { Groups } from '../../../user-pools/groups.ts';
import { pageSize, pageToken, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { optional } from '../validate.ts';
import { groupType, nextPage } from '../views.ts';

export const listGroups = (groups: Groups) =>
  signedOperation(
    'ListGroups',
    { UserPoolId: userPoolId, Limit: optional(pageSize), NextToken: pageToken },
    async (input) => {
      const page = await groups.list(input.UserPoolId, { limit: input.Limit, token: input.NextToken });
      return { Groups: page.items.map(groupType), ...nextPage(page, 'NextToken') };
    },
  );
