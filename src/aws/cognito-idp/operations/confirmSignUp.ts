import type { SignUps } from '../../../user-pools/sign-up.ts';
import { clientId, clientMetadata, confirmationCode, secretHash, session, username } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { flag, optional } from '../validate.ts';

export const confirmSignUp = (signUps: SignUps) =>
  publicOperation(
    'ConfirmSignUp',
    {
      ClientId: clientId,
      SecretHash: secretHash,
      Username: username,
      ConfirmationCode: confirmationCode,
      ForceAliasCreation: optional(flag()),
      ClientMetadata: clientMetadata,
      Session: session,
    },
    async (input) => {
      await signUps.confirm({
        clientId: input.ClientId,
        secretHash: input.SecretHash,
        username: input.Username,
        code: input.ConfirmationCode,
        forceAliasCreation: input.ForceAliasCreation ?? false,
      });
      return {};
    },
  );
