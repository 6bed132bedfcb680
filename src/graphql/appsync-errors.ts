import type { GraphQLFormattedError } from 'graphql';
import { isObject } from '../base/json.ts';

/**
 * AppSync's own error objects, for requests that come from an Amplify client (spec/appsync.md 6.2).
 * DataStore branches on `errorType` and message, and merges `data`.
 */
export interface AppSyncError {
  readonly path: readonly (string | number)[] | null;
  readonly data: unknown;
  readonly errorType: string | null;
  readonly errorInfo: unknown;
  readonly locations: readonly { line: number; column: number; sourceName: null }[] | null;
  readonly message: string;
}

const TYPES: Readonly<Record<string, string>> = {
  CONFLICT: 'ConflictUnhandled',
  CONDITION_FAILED: 'ConditionalCheckFailedException',
  FORBIDDEN: 'Unauthorized',
  UNAUTHENTICATED: 'UnauthorizedException',
  UNAVAILABLE: 'InternalFailure',
  INTERNAL_SERVER_ERROR: 'InternalFailure',
  GRAPHQL_PARSE_FAILED: 'MalformedHttpRequestException',
};

const MESSAGES: Readonly<Record<string, string>> = {
  CONFLICT: 'Conflict resolver rejects mutation.',
  // The one message after which DataStore keeps the mutation and tries again.
  UNAVAILABLE: 'Network Error',
};

/** One of our formatted errors in AppSync's form. */
export function toAppSyncError(error: GraphQLFormattedError): AppSyncError {
  const code = typeof error.extensions?.['code'] === 'string' ? error.extensions['code'] : '';
  const current = error.extensions?.['current'];
  return {
    path: error.path ?? null,
    data: isObject(current) ? current : null,
    errorType: TYPES[code] ?? (code === 'GRAPHQL_VALIDATION_FAILED' ? null : code),
    errorInfo: null,
    locations: error.locations?.map(({ line, column }) => ({ line, column, sourceName: null })) ?? null,
    message:
      code === 'GRAPHQL_VALIDATION_FAILED'
        ? validationMessage(error.message)
        : (MESSAGES[code] ?? error.message),
  };
}

/** The wordings that clients match; others keep their text behind AppSync's prefix. */
const VALIDATION: readonly [RegExp, (...found: string[]) => string][] = [
  [
    /^Cannot query field "(.+?)" on type "(.+?)"/,
    (field, type) =>
      `Validation error of type FieldUndefined: Field '${field}' in type '${type}' is undefined @ '${field}'`,
  ],
  [
    /^Unknown argument "(.+?)" on field "(?:.+\.)?(.+?)"/,
    (argument, field) =>
      `Validation error of type UnknownArgument: Unknown field argument ${argument} @ '${field}'`,
  ],
];

function validationMessage(message: string): string {
  for (const [pattern, write] of VALIDATION) {
    const found = pattern.exec(message);
    if (found !== null) return write(...found.slice(1));
  }
  return `Validation error: ${message}`;
}
