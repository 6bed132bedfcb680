import type { Memberships } from '../../../user-pools/memberships.ts';
import { pageSize, pageToken, username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { optional } from '../validate.ts';
import { groupType, nextPage } from '../views.ts';

export const adminListGroupsForUser = (memberships: Memberships) =>
  signedOperation(
    'AdminListGroupsForUser',
    { Username: username, UserPoolId: userPoolId, Limit: optional(pageSize), NextToken: pageToken },
    async (input) => {
      const page = await memberships.groupsOf(
        { poolId: input.UserPoolId, username: input.Username },
        { limit: input.Limit, token: input.NextToken },
      );
      return { Groups: page.items.map(groupType), ...nextPage(page, 'NextToken') };
    },
  );
