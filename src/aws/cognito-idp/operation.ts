import { readInput, type InputOf, type Members } from './validate.ts';

/** One operation of the service, ready to run. */
export interface Operation {
  readonly name: string;
  /** `public` ones carry no signature; `signed` ones need the root credentials. */
  readonly access: 'public' | 'signed';
  /** Checks the body against the shape and runs. The answer is the JSON of the response. */
  handle(body: unknown): Promise<object>;
}

/** An operation without a signature: what the caller may do hangs on tokens, codes and passwords in the input. */
export function publicOperation<M extends Members>(
  name: string,
  members: M,
  run: (input: InputOf<M>) => Promise<object>,
): Operation {
  return { name, access: 'public', handle: async (body) => run(readInput(members, body)) };
}

/** An operation of the owner, signed with SigV4. */
export function signedOperation<M extends Members>(
  name: string,
  members: M,
  run: (input: InputOf<M>) => Promise<object>,
): Operation {
  return { name, access: 'signed', handle: async (body) => run(readInput(members, body)) };
}
