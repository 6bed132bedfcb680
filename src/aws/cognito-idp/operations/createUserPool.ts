import type { PoolAdmin } from '../../../user-pools/pool-admin.ts';
import { displayName } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { fixedPoolMembers, poolMembers } from '../pool-members.ts';
import { attributeRequests, poolChoices, unique } from '../pool-settings.ts';
import { userPoolType } from '../pool-view.ts';

export const createUserPool = (pools: PoolAdmin, accountId: string) =>
  signedOperation(
    'CreateUserPool',
    { PoolName: displayName, ...poolMembers, ...fixedPoolMembers },
    async (input) => {
      const made = await pools.create({
        ...poolChoices(input),
        name: input.PoolName,
        attributes: attributeRequests(input.Schema),
        aliasAttributes: unique(input.AliasAttributes),
        usernameAttributes: unique(input.UsernameAttributes),
        caseSensitive: input.UsernameConfiguration?.CaseSensitive ?? false,
      });
      return { UserPool: userPoolType(made, accountId) };
    },
  );
