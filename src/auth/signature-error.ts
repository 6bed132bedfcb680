/**
 * - missing: no signature at all
 * - incomplete: a part is not there or not in its form, or something is not signed that must be
 * - scope: signed for another service, region or day
 * - expired: more than five minutes old, or ahead
 * - unknown-key: no such access key
 * - mismatch: the signature does not hold
 */
export type SignatureFault = 'missing' | 'incomplete' | 'scope' | 'expired' | 'unknown-key' | 'mismatch';

/** Why a signature was refused. The message is written for the caller; each wire has its own name for the code. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly code: SignatureFault;

  constructor(code: SignatureFault, message: string) {
    super(message);
    this.code = code;
  }
}
