import type { Caller } from '../../auth/caller.ts';
import { equalSecrets } from '../../auth/equal.ts';
import type { SignedRequest } from '../../auth/signed-request.ts';
import { SignatureError, type SignatureVerifier } from '../../auth/sigv4.ts';
import type { TokenVerifier } from '../../auth/tokens.ts';
import { RockpoolError } from '../../base/errors.ts';

/** What of a request tells who is calling. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  /** For signatures: the request as it came. Undefined on a WebSocket, where signatures are not taken. */
  readonly request?: () => SignedRequest;
}

export interface Authenticator {
  /** UNAUTHENTICATED with none or with credentials that do not hold, UNAVAILABLE where they cannot be checked now. */
  authenticate(credentials: Credentials): Promise<Caller>;
}

/** API key, then signature, then token: the order in which AppSync chooses the mode (spec/appsync.md 6.1). */
export function createAuthenticator(parts: {
  readonly apiKey: string | undefined;
  readonly tokens: TokenVerifier;
  readonly signatures: SignatureVerifier;
}): Authenticator {
  const { apiKey, tokens, signatures } = parts;
  return {
    async authenticate({ authorization, apiKey: given, request }) {
      if (given !== undefined) {
        if (apiKey !== undefined && equalSecrets(given, apiKey)) return { kind: 'apiKey' };
        throw unauthenticated('This API key is not valid.');
      }
      if (authorization === undefined || authorization.trim() === '') {
        throw unauthenticated('Send a token in `authorization`, an `x-api-key`, or a signature.');
      }
      if (!authorization.startsWith('AWS4-')) return tokens.verify(authorization);
      if (request === undefined)
        throw unauthenticated('Signatures are not taken on this socket: send a token or an API key.');
      try {
        signatures.verify(request(), 'appsync');
        return { kind: 'root' };
      } catch (error) {
        if (error instanceof SignatureError) throw unauthenticated(error.message);
        throw error;
      }
    },
  };
}

function unauthenticated(message: string): RockpoolError {
  return new RockpoolError('UNAUTHENTICATED', message);
}
