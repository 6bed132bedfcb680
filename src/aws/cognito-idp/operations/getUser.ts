import type { Profiles } from '../../../user-pools/profile.ts';
import { token } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { attributeList } from '../views.ts';

export const getUser = (profiles: Profiles) =>
  publicOperation('GetUser', { AccessToken: token }, async (input) => {
    const { username, attributes } = await profiles.get(input.AccessToken);
    return { Username: username, UserAttributes: attributeList(attributes) };
  });
