import type { SignUps } from '../../../user-pools/sign-up.ts';
import { clientId, clientMetadata, secretHash, username } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { deliveryDetails } from '../views.ts';

export const resendConfirmationCode = (signUps: SignUps) =>
  publicOperation(
    'ResendConfirmationCode',
    { ClientId: clientId, SecretHash: secretHash, Username: username, ClientMetadata: clientMetadata },
    async (input) => {
      const delivery = await signUps.resend({
        clientId: input.ClientId,
        secretHash: input.SecretHash,
        username: input.Username,
      });
      return { CodeDeliveryDetails: deliveryDetails(delivery) };
    },
  );
