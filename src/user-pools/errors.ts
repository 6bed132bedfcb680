/**
 * What the directory refuses, as a closed list. `aws/cognito-idp/errors.ts` maps it to AWS's names; the messages
 * are those that clients of user pools know.
 */
export const DIRECTORY_ERROR_CODES = [
  'INVALID_PARAMETER',
  'NOT_AUTHORIZED',
  'NOT_FOUND',
  'USER_NOT_FOUND',
  'USERNAME_EXISTS',
  'ALIAS_EXISTS',
  'USER_NOT_CONFIRMED',
  'PASSWORD_RESET_REQUIRED',
  'INVALID_PASSWORD',
  'CODE_MISMATCH',
  'CODE_EXPIRED',
  'TOO_MANY_FAILED_ATTEMPTS',
  'LIMIT_EXCEEDED',
  'GROUP_EXISTS',
  'UNSUPPORTED_USER_STATE',
  'UNSUPPORTED_TOKEN_TYPE',
  'UNSUPPORTED_OPERATION',
  'WRONG_CLIENT',
  'REFRESH_TOKEN_REUSED',
  'INVALID_CONFIGURATION',
  'SCOPE_NOT_FOUND',
  'INVALID_OAUTH_FLOW',
] as const;

export type DirectoryErrorCode = (typeof DIRECTORY_ERROR_CODES)[number];

/** A refusal of the directory; `message` is written for the caller. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
  readonly code: DirectoryErrorCode;

  constructor(code: DirectoryErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const invalidParameter = (message: string) => new DirectoryError('INVALID_PARAMETER', message);
export const notAuthorized = (message: string) => new DirectoryError('NOT_AUTHORIZED', message);

/** One text for a wrong password and, where existence is hidden, for an unknown user. */
export const wrongCredentials = () => notAuthorized('Incorrect username or password.');
export const userNotFound = () => new DirectoryError('USER_NOT_FOUND', 'User does not exist.');
export const userDisabled = () => notAuthorized('User is disabled.');
export const poolNotFound = (id: string) =>
  new DirectoryError('NOT_FOUND', `User pool ${id} does not exist.`);
export const clientNotFound = (id: string) =>
  new DirectoryError('NOT_FOUND', `User pool client ${id} does not exist.`);
export const groupNotFound = () => new DirectoryError('NOT_FOUND', 'Group not found.');
export const limitExceeded = (message: string) => new DirectoryError('LIMIT_EXCEEDED', message);
export const codeMismatch = () =>
  new DirectoryError('CODE_MISMATCH', 'Invalid verification code provided, please try again.');
export const codeExpired = () =>
  new DirectoryError('CODE_EXPIRED', 'Invalid code provided, please request a code again.');
export const attemptLimitExceeded = () =>
  new DirectoryError('LIMIT_EXCEEDED', 'Attempt limit exceeded, please try after some time.');
