import type { Memberships } from '../../../user-pools/memberships.ts';
import { groupName, pageSize, pageToken, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { optional } from '../validate.ts';
import { nextPage, userType } from '../views.ts';

export const listUsersInGroup = (memberships: Memberships) =>
  signedOperation(
    'ListUsersInGroup',
    { UserPoolId: userPoolId, GroupName: groupName, Limit: optional(pageSize), NextToken: pageToken },
    async (input) => {
      const page = await memberships.members(
        { poolId: input.UserPoolId, name: input.GroupName },
        { limit: input.Limit, token: input.NextToken },
      );
      return { Users: page.items.map((user) => userType(user)), ...nextPage(page, 'NextToken') };
    },
  );
