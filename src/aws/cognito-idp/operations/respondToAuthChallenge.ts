import type { Authentication } from '../../../user-pools/authentication.ts';
import { challengeName, clientId, clientMetadata, parameters, session } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { authOutcome } from '../views.ts';

export const respondToAuthChallenge = (authentication: Authentication) =>
  publicOperation(
    'RespondToAuthChallenge',
    {
      ClientId: clientId,
      ChallengeName: challengeName,
      Session: session,
      ChallengeResponses: parameters,
      ClientMetadata: clientMetadata,
    },
    async (input) =>
      authOutcome(
        await authentication.respond({
          clientId: input.ClientId,
          challenge: input.ChallengeName,
          session: input.Session,
          adminOf: undefined,
          responses: input.ChallengeResponses ?? new Map(),
        }),
      ),
  );
