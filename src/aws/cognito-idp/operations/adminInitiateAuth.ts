import type { Authentication } from '../../../user-pools/authentication.ts';
import { authFlow, clientId, clientMetadata, parameters, session, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { authOutcome } from '../views.ts';

export const adminInitiateAuth = (authentication: Authentication) =>
  signedOperation(
    'AdminInitiateAuth',
    {
      UserPoolId: userPoolId,
      ClientId: clientId,
      AuthFlow: authFlow,
      AuthParameters: parameters,
      ClientMetadata: clientMetadata,
      Session: session,
    },
    async (input) =>
      authOutcome(
        await authentication.initiate({
          clientId: input.ClientId,
          flow: input.AuthFlow,
          parameters: input.AuthParameters ?? new Map(),
          adminOf: input.UserPoolId,
        }),
      ),
  );
