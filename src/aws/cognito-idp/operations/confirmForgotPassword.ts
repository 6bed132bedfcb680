import type { Recovery } from '../../../user-pools/recovery.ts';
import { clientId, clientMetadata, confirmationCode, password, secretHash, username } from '../members.ts';
import { publicOperation } from '../operation.ts';

export const confirmForgotPassword = (recovery: Recovery) =>
  publicOperation(
    'ConfirmForgotPassword',
    {
      ClientId: clientId,
      SecretHash: secretHash,
      Username: username,
      ConfirmationCode: confirmationCode,
      Password: password,
      ClientMetadata: clientMetadata,
    },
    async (input) => {
      await recovery.confirm({
        clientId: input.ClientId,
        secretHash: input.SecretHash,
        username: input.Username,
        code: input.ConfirmationCode,
        password: input.Password,
      });
      return {};
    },
  );
