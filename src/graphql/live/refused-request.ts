import type { GraphQLError, GraphQLFormattedError } from 'graphql';

/** A request that GraphQL itself refuses: nothing of it is executed. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly errors: readonly GraphQLFormattedError[];

  /** `code` is given to those errors that have none of their own. */
  constructor(errors: readonly GraphQLError[], code: string) {
    super(errors[0]?.message ?? 'The request is refused.');
    this.errors = errors.map((error) => {
      const formatted = error.toJSON();
      return { ...formatted, extensions: { code, ...formatted.extensions } };
    });
  }
}
