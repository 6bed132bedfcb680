import { asUnavailable } from '../database/errors.ts';

/**
 * The same part, whose asynchronous methods reject with UNAVAILABLE where Postgres was away: at the edge of the room,
 * so that nothing inside needs to think of it.
 */
export function guarded<T extends object>(part: T): T {
  const entries = Object.entries(part).map(([name, member]: [string, unknown]) => [
    name,
    typeof member === 'function' ? guardedMethod(member as (...args: unknown[]) => unknown) : member,
  ]);
  return Object.fromEntries(entries) as T;
}

function guardedMethod(method: (...args: unknown[]) => unknown) {
  return (...args: unknown[]): unknown => {
    const result = method(...args);
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw asUnavailable(error);
    });
  };
}
