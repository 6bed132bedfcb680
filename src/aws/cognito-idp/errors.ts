import { randomUUID } from 'node:crypto';
import type { Log } from '../../base/log.ts';
import { RockpoolError } from '../../base/errors.ts';
import { DirectoryError, type DirectoryErrorCode } from '../../user-pools/errors.ts';
import { CORS_HEADERS } from '../cors.ts';
import type { AwsResponse } from '../http.ts';

/** An error in the words of the wire, from the wire itself: bad shape, bad JSON, no such operation, bad signature. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** The one map from the directory's codes to the names that AWS clients branch on. */
const TYPES: Record<DirectoryErrorCode, string> = {
  INVALID_PARAMETER: 'InvalidParameterException',
  NOT_AUTHORIZED: 'NotAuthorizedException',
  NOT_FOUND: 'ResourceNotFoundException',
  USER_NOT_FOUND: 'UserNotFoundException',
  USERNAME_EXISTS: 'UsernameExistsException',
  ALIAS_EXISTS: 'AliasExistsException',
  USER_NOT_CONFIRMED: 'UserNotConfirmedException',
  PASSWORD_RESET_REQUIRED: 'PasswordResetRequiredException',
  INVALID_PASSWORD: 'InvalidPasswordException',
  CODE_MISMATCH: 'CodeMismatchException',
  CODE_EXPIRED: 'ExpiredCodeException',
  TOO_MANY_FAILED_ATTEMPTS: 'TooManyFailedAttemptsException',
  LIMIT_EXCEEDED: 'LimitExceededException',
  GROUP_EXISTS: 'GroupExistsException',
  UNSUPPORTED_USER_STATE: 'UnsupportedUserStateException',
  UNSUPPORTED_TOKEN_TYPE: 'UnsupportedTokenTypeException',
  UNSUPPORTED_OPERATION: 'UnsupportedOperationException',
  WRONG_CLIENT: 'UnauthorizedException',
  REFRESH_TOKEN_REUSED: 'RefreshTokenReuseException',
  INVALID_CONFIGURATION: 'InvalidUserPoolConfigurationException',
  SCOPE_NOT_FOUND: 'ScopeDoesNotExistException',
  INVALID_OAUTH_FLOW: 'InvalidOAuthFlowException',
};

/** What went wrong, on the wire. Only faults of ours are logged, and they show nothing but the request's id. */
export function errorResponse(error: unknown, log: Log, operation: string): AwsResponse {
  if (error instanceof WireError) return failure(400, error.type, error.message);
  if (error instanceof DirectoryError) return failure(400, TYPES[error.code], error.message);
  const requestId = randomUUID();
  if (error instanceof RockpoolError && error.code === 'UNAVAILABLE') {
    log.warn({ operation, requestId, cause: error.cause }, error.message);
    return failure(500, 'InternalErrorException', 'Temporarily unavailable, please try again.', requestId);
  }
  if (error instanceof RockpoolError && error.code === 'BAD_USER_INPUT') {
    return failure(400, 'InvalidParameterException', error.message);
  }
  log.error({ operation, requestId, err: error }, 'an operation failed');
  return failure(500, 'InternalErrorException', `Internal error, request ${requestId}.`, requestId);
}

/** A success: 200 with a JSON object, `{}` where the operation has no output. */
export function successResponse(output: object): AwsResponse {
  return respond(200, output, {}, randomUUID());
}

function failure(
  status: number,
  type: string,
  message: string,
  requestId: string = randomUUID(),
): AwsResponse {
  const headers = { 'x-amzn-errortype': `${type}:`, 'x-amzn-errormessage': headerText(message) };
  return respond(status, { __type: type, message }, headers, requestId);
}

function respond(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>>,
  requestId: string,
): AwsResponse {
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': requestId,
      'cache-control': 'no-store',
      ...CORS_HEADERS,
      ...headers,
    },
    body: JSON.stringify(body),
  };
}

/** A header holds printable ASCII on one line; messages may quote what the caller sent. */
function headerText(message: string): string {
  return message
    .replaceAll(/[^\u0020-\u007e]+/g, ' ')
    .trim()
    .slice(0, 1000);
}
