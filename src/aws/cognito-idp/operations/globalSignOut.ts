import type { UserPools } from '../../../user-pools/user-pools.ts';
import { token } from '../members.ts';
import { publicOperation } from '../operation.ts';

export const globalSignOut = ({ signOut }: Pick<UserPools, 'signOut'>) =>
  publicOperation('GlobalSignOut', { AccessToken: token }, async (input) => {
    await signOut(input.AccessToken);
    return {};
  });
