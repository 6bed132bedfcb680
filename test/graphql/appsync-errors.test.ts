import { describe, expect, it } from 'vitest';
import { toAppSyncError } from '../../src/graphql/appsync-errors.ts';

describe("AppSync's error objects", () => {
  it('carry the stored row of a conflict as data, with the text that clients match', () => {
    const current = { id: '1', _version: 7 };
    const error = toAppSyncError({
      message: 'stale',
      path: ['updateNote'],
      locations: [{ line: 2, column: 3 }],
      extensions: { code: 'CONFLICT', current },
    });
    expect(error).toEqual({
      path: ['updateNote'],
      data: current,
      errorType: 'ConflictUnhandled',
      errorInfo: null,
      locations: [{ line: 2, column: 3, sourceName: null }],
      message: 'Conflict resolver rejects mutation.',
    });
  });

  it.each([
    ['CONDITION_FAILED', 'ConditionalCheckFailedException', 'as it was'],
    ['FORBIDDEN', 'Unauthorized', 'as it was'],
    ['UNAVAILABLE', 'InternalFailure', 'Network Error'],
  ])('translate %s', (code, errorType, message) => {
    expect(toAppSyncError({ message: 'as it was', extensions: { code } })).toMatchObject({
      errorType,
      message,
      data: null,
    });
  });

  it.each([
    [
      'Cannot query field "x" on type "Query". Did you mean "y"?',
      "Validation error of type FieldUndefined: Field 'x' in type 'Query' is undefined @ 'x'",
    ],
    [
      'Unknown argument "a" on field "Query.getNote".',
      "Validation error of type UnknownArgument: Unknown field argument a @ 'getNote'",
    ],
    ['Something else.', 'Validation error: Something else.'],
  ])('word the validation error %s as AppSync does', (message, expected) => {
    const error = toAppSyncError({ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    expect(error).toMatchObject({ message: expected, errorType: null });
  });
});
