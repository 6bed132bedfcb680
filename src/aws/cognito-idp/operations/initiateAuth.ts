import type { Authentication } from '../../../user-pools/authentication.ts';
import { authFlow, clientId, clientMetadata, parameters, session } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { authOutcome } from '../views.ts';

export const initiateAuth = (authentication: Authentication) =>
  publicOperation(
    'InitiateAuth',
    {
      AuthFlow: authFlow,
      AuthParameters: parameters,
      ClientMetadata: clientMetadata,
      ClientId: clientId,
      Session: session,
    },
    async (input) =>
      authOutcome(
        await authentication.initiate({
          clientId: input.ClientId,
          flow: input.AuthFlow,
          parameters: input.AuthParameters ?? new Map(),
          adminOf: undefined,
        }),
      ),
  );
