/** Words on the command line that are not what the verb takes. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
