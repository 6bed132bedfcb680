import type { Profiles } from '../../../user-pools/profile.ts';
import { attributes, clientMetadata, token } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { attributesOf, deliveryDetails } from '../views.ts';

export const updateUserAttributes = (profiles: Profiles) =>
  publicOperation(
    'UpdateUserAttributes',
    { UserAttributes: attributes, AccessToken: token, ClientMetadata: clientMetadata },
    async (input) => {
      const deliveries = await profiles.update(input.AccessToken, attributesOf(input.UserAttributes));
      return { CodeDeliveryDetailsList: deliveries.map(deliveryDetails) };
    },
  );
