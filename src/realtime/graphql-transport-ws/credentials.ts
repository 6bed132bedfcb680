/** What a socket says of itself, once, in `connection_init`. */
export interface SocketCredentials {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
}

/** Header names are written in any case, and so are these. */
export function credentialsOf(connectionParams: Readonly<Record<string, unknown>>): SocketCredentials {
  let authorization: string | undefined;
  let apiKey: string | undefined;
  for (const [name, value] of Object.entries(connectionParams)) {
    if (typeof value !== 'string') continue;
    const lower = name.toLowerCase();
    if (lower === 'authorization') authorization = value;
    else if (lower === 'x-api-key') apiKey = value;
  }
  return { authorization, apiKey };
}
