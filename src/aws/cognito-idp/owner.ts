import { SignatureError, type SignatureFault, type SignatureVerifier } from '../../auth/sigv4.ts';
import type { AwsRequest } from '../http.ts';
import { WireError } from './errors.ts';

const SERVICE = 'cognito-idp';

const TYPES: Record<SignatureFault, string> = {
  missing: 'MissingAuthenticationTokenException',
  incomplete: 'IncompleteSignatureException',
  scope: 'InvalidSignatureException',
  expired: 'InvalidSignatureException',
  'unknown-key': 'UnrecognizedClientException',
  mismatch: 'InvalidSignatureException',
};

/** Texts that clients know; the others tell what was wrong. */
const MESSAGES: Partial<Record<SignatureFault, string>> = {
  missing: 'Missing Authentication Token',
  'unknown-key': 'The security token included in the request is invalid.',
};

/** Lets only requests through that the owner of the server signed. */
export function createOwnerCheck(signatures: SignatureVerifier): (request: AwsRequest) => void {
  return ({ method, path, query, headers, body }) => {
    try {
      signatures.verify({ method, url: query === '' ? path : `${path}?${query}`, headers, body }, SERVICE);
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      throw new WireError(TYPES[error.code], MESSAGES[error.code] ?? error.message);
    }
  };
}
