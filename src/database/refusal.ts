/**
 * The database cannot be used as it is, and trying again will not help: too old, of another version, in use, not
 * installable here. The message is for the person who starts the server: what is wrong and what to do.
 */
export class DatabaseRefusal extends Error {
  override readonly name = 'DatabaseRefusal';
}
