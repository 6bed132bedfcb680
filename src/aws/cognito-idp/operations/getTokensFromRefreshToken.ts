import type { Authentication } from '../../../user-pools/authentication.ts';
import { clientId, clientMetadata, clientSecret, deviceKey, token } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { optional } from '../validate.ts';
import { authenticationResult } from '../views.ts';

export const getTokensFromRefreshToken = (authentication: Authentication) =>
  publicOperation(
    'GetTokensFromRefreshToken',
    {
      RefreshToken: token,
      ClientId: clientId,
      ClientSecret: optional(clientSecret),
      DeviceKey: deviceKey,
      ClientMetadata: clientMetadata,
    },
    async (input) => {
      const tokens = await authentication.refresh({
        clientId: input.ClientId,
        clientSecret: input.ClientSecret,
        refreshToken: input.RefreshToken,
      });
      return { AuthenticationResult: authenticationResult(tokens) };
    },
  );
