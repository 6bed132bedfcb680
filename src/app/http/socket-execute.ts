import type { ApolloServer } from '@apollo/server';
import type { Caller } from '../../auth/caller.ts';
import type { Context } from '../../graphql/context.ts';
import type { Execute } from '../../realtime/graphql-transport-ws/operations.ts';

/** Queries and mutations that come over a socket: through the same Apollo as those over HTTP. */
export function executeOverSocket(
  apollo: ApolloServer<Context>,
  contextOf: (caller: Caller) => Context,
): Execute {
  return async ({ query, operationName, variables, extensions }, caller) => {
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
