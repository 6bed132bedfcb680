import type { Authentication } from '../../../user-pools/authentication.ts';
import { challengeName, clientId, clientMetadata, parameters, session, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { authOutcome } from '../views.ts';

export const adminRespondToAuthChallenge = (authentication: Authentication) =>
  signedOperation(
    'AdminRespondToAuthChallenge',
    {
      UserPoolId: userPoolId,
      ClientId: clientId,
      ChallengeName: challengeName,
      ChallengeResponses: parameters,
      Session: session,
      ClientMetadata: clientMetadata,
    },
    async (input) =>
      authOutcome(
        await authentication.respond({
          clientId: input.ClientId,
          challenge: input.ChallengeName,
          session: input.Session,
          adminOf: input.UserPoolId,
          responses: input.ChallengeResponses ?? new Map(),
        }),
      ),
  );
