import type { Clients } from './clients.ts';
import { invalidParameter } from './errors.ts';
import { notEnabled, permittedFlow, requiredParameter, type FlowName } from './flows.ts';
import type { AuthOutcome, TokenSet } from './grants.ts';
import type { NewPasswordChallenge } from './new-password.ts';
import type { Refresh } from './refresh.ts';
import type { PasswordSignIn } from './sign-in.ts';
import type { ClientOfPool } from './store/pools.ts';

export interface InitiateRequest {
  readonly clientId: string;
  readonly flow: FlowName;
  readonly parameters: ReadonlyMap<string, string>;
  /** Set for the owner's form of the call, which has flows of its own. */
  readonly adminOf: string | undefined;
}

export interface RespondRequest {
  readonly clientId: string;
  readonly challenge: string;
  readonly session: string | undefined;
  /** Set for the owner's form of the call. */
  readonly adminOf: string | undefined;
  readonly responses: ReadonlyMap<string, string>;
}

/** The doors to the sign-in engine. */
export interface Authentication {
  initiate(request: InitiateRequest): Promise<AuthOutcome>;
  respond(request: RespondRequest): Promise<AuthOutcome>;
  /** The other door to a refresh, the only one when refresh tokens are rotated. Takes the plain secret. */
  refresh(request: {
    readonly clientId: string;
    readonly clientSecret: string | undefined;
    readonly refreshToken: string;
  }): Promise<TokenSet>;
}

interface Parts {
  readonly clients: Clients;
  readonly passwordSignIn: PasswordSignIn;
  readonly newPassword: NewPasswordChallenge;
  readonly refresh: Refresh;
}

export function createAuthentication({
  clients,
  passwordSignIn,
  newPassword,
  refresh,
}: Parts): Authentication {
  async function byPassword(
    through: ClientOfPool,
    parameters: ReadonlyMap<string, string>,
  ): Promise<AuthOutcome> {
    const username = requiredParameter(parameters, 'USERNAME');
    clients.checkSecretHash(through.client, username, parameters.get('SECRET_HASH'));
    return passwordSignIn.signIn(through, username, requiredParameter(parameters, 'PASSWORD'));
  }

  async function byRefreshToken(
    through: ClientOfPool,
    parameters: ReadonlyMap<string, string>,
  ): Promise<AuthOutcome> {
    const opened = await refresh.open(through, requiredParameter(parameters, 'REFRESH_TOKEN'));
    // Nobody types a name here: the hash covers the internal one.
    clients.checkSecretHash(through.client, opened.user.username, parameters.get('SECRET_HASH'));
    return { kind: 'tokens', tokens: await refresh.exchange(through, opened) };
  }

  return {
    async initiate({ clientId, flow, parameters, adminOf }) {
      const through = await clients.require(clientId, adminOf);
      const permitted = permittedFlow(through.client.settings, flow, { admin: adminOf !== undefined });
      return permitted === 'password' ? byPassword(through, parameters) : byRefreshToken(through, parameters);
    },
    async respond({ clientId, challenge, session, adminOf, responses }) {
      const through = await clients.require(clientId, adminOf);
      const username = requiredParameter(responses, 'USERNAME');
      clients.checkSecretHash(through.client, username, responses.get('SECRET_HASH'));
      // The other challenges belong to flows that nobody can begin yet.
      if (challenge !== 'NEW_PASSWORD_REQUIRED') throw notEnabled(challenge, adminOf !== undefined);
      if (session === undefined) throw invalidParameter('Missing required parameter Session');
      return newPassword.answer(through, session, responses);
    },
    async refresh({ clientId, clientSecret, refreshToken }) {
      const through = await clients.require(clientId);
      clients.checkSecret(through.client, clientSecret);
      return refresh.exchange(through, await refresh.open(through, refreshToken));
    },
  };
}
