/**
 * What can go wrong, as a closed list. The rooms throw these; each wire translates them once
 * (`graphql/errors.ts`, `aws/errors.ts`, the close codes of `realtime`). docs/errors.md has a paragraph for each.
 */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'LIMIT_EXCEEDED',
  'INVALID_SESSION_TOKEN',
  'UNKNOWN_SYNC_COUNT',
  'INVALID_PAGE_TOKEN',
  'CONFLICT',
  'CONDITION_FAILED',
  'RESYNC',
  'UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a wire may show beside code and message. */
export interface ErrorDetails {
  /** BAD_USER_INPUT: path of the value, such as `input.patches.3.key`. */
  readonly argument?: string;
  /** CONFLICT and CONDITION_FAILED: the stored row, only where the caller may read it. */
  readonly current?: unknown;
}

/** An error of ours: `message` is written for the caller, `cause` never leaves the server. */
export class RockpoolError extends Error {
  override readonly name = 'RockpoolError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** A value outside what is allowed; `argument` is its path in the request. */
export function badInput(argument: string, message: string): RockpoolError {
  return new RockpoolError('BAD_USER_INPUT', message, { details: { argument } });
}

/** Something that is away for now: safe to try again. */
export function unavailable(message: string, cause?: unknown): RockpoolError {
  return new RockpoolError('UNAVAILABLE', message, { cause });
}

/** The message of anything that was thrown, for logs. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
