import type { Profiles } from '../../../user-pools/profile.ts';
import { attributeNames, token } from '../members.ts';
import { publicOperation } from '../operation.ts';

export const deleteUserAttributes = (profiles: Profiles) =>
  publicOperation(
    'DeleteUserAttributes',
    { UserAttributeNames: attributeNames, AccessToken: token },
    async (input) => {
      await profiles.removeAttributes(input.AccessToken, input.UserAttributeNames);
      return {};
    },
  );
