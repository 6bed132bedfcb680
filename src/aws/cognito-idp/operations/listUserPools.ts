import type { PoolAdmin } from '../../../user-pools/pool-admin.ts';
import { pageSize, pageToken } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { userPoolDescription } from '../pool-view.ts';
import { nextPage } from '../views.ts';

export const listUserPools = (pools: PoolAdmin) =>
  signedOperation('ListUserPools', { NextToken: pageToken, MaxResults: pageSize }, async (input) => {
    const page = await pools.list({ limit: input.MaxResults, token: input.NextToken });
    return { UserPools: page.items.map(userPoolDescription), ...nextPage(page, 'NextToken') };
  });
