import type { UserSearch } from '../../../user-pools/user-search.ts';
import { attributeNames, pageSize, pageToken, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { optional, text } from '../validate.ts';
import { nextPage, userType } from '../views.ts';

export const listUsers = (search: UserSearch) =>
  signedOperation(
    'ListUsers',
    {
      UserPoolId: userPoolId,
      AttributesToGet: optional(attributeNames),
      Limit: optional(pageSize),
      PaginationToken: pageToken,
      Filter: optional(text({ max: 256 })),
    },
    async (input) => {
      const attributes = input.AttributesToGet;
      const page = await search.list(
        { poolId: input.UserPoolId, filter: input.Filter, attributes },
        { limit: input.Limit, token: input.PaginationToken },
      );
      return {
        Users: page.items.map((user) => userType(user, attributes)),
        ...nextPage(page, 'PaginationToken'),
      };
    },
  );
