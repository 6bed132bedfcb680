import type { Verification } from '../../../user-pools/verification.ts';
import { attributeName, clientMetadata, token } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { deliveryDetails } from '../views.ts';

export const getUserAttributeVerificationCode = (verification: Verification) =>
  publicOperation(
    'GetUserAttributeVerificationCode',
    { AccessToken: token, AttributeName: attributeName, ClientMetadata: clientMetadata },
    async (input) => {
      const delivery = await verification.sendCode(input.AccessToken, input.AttributeName);
      return { CodeDeliveryDetails: deliveryDetails(delivery) };
    },
  );
