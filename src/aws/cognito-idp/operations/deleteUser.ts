import type { Profiles } from '../../../user-pools/profile.ts';
import { token } from '../members.ts';
import { publicOperation } from '../operation.ts';

export const deleteUser = (profiles: Profiles) =>
  publicOperation('DeleteUser', { AccessToken: token }, async (input) => {
    await profiles.deleteUser(input.AccessToken);
    return {};
  });
