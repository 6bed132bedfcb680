import type { ApolloServer } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { Caller } from '../../auth/caller.ts';
import type { Context } from '../../graphql/context.ts';
import { isNestedTooDeep } from '../../graphql/limits.ts';
import type { Execute } from '../../realtime/graphql-transport-ws/operations.ts';

/** Queries and mutations that come over a socket: through the same Apollo as those over HTTP. */
export function executeOverSocket(
  apollo: ApolloServer<Context>,
  contextOf: (caller: Caller) => Context,
): Execute {
  return async ({ query, operationName, variables, extensions }, caller) => {
    if (isNestedTooDeep(query)) {
      throw new GraphQLError('The document is nested too deep.', {
        extensions: { code: 'GRAPHQL_PARSE_FAILED' },
      });
    }
    const { body } = await apollo.executeOperation(
      {
        query,
        variables: { ...variables },
        extensions: { ...extensions },
        ...(operationName === undefined ? {} : { operationName }),
      },
      { contextValue: contextOf(caller) },
    );
    if (body.kind === 'single') return body.singleResult;
    throw new Error('An answer in several parts cannot be sent over this socket.');
  };
}
