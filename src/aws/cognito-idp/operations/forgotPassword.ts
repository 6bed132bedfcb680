import type { Recovery } from '../../../user-pools/recovery.ts';
import { clientId, clientMetadata, secretHash, username } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { deliveryDetails } from '../views.ts';

export const forgotPassword = (recovery: Recovery) =>
  publicOperation(
    'ForgotPassword',
    { ClientId: clientId, SecretHash: secretHash, Username: username, ClientMetadata: clientMetadata },
    async (input) => {
      const delivery = await recovery.forgot({
        clientId: input.ClientId,
        secretHash: input.SecretHash,
        username: input.Username,
      });
      return { CodeDeliveryDetails: deliveryDetails(delivery) };
    },
  );
