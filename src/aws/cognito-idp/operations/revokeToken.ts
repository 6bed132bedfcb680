import type { Revocation } from '../../../user-pools/revocation.ts';
import { clientId, clientSecret, token } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { optional } from '../validate.ts';

export const revokeToken = (revocation: Revocation) =>
  publicOperation(
    'RevokeToken',
    { Token: token, ClientId: clientId, ClientSecret: optional(clientSecret) },
    async (input) => {
      await revocation.revoke({
        token: input.Token,
        clientId: input.ClientId,
        clientSecret: input.ClientSecret,
      });
      return {};
    },
  );
