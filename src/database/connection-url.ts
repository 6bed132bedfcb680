/** What a connection URL says that the driver wants as options, and the URL without it. */
export interface ConnectionTarget {
  readonly url: string;
  readonly options: {
    /** Host, or the folder of a Unix socket. */
    readonly host?: string;
    readonly port?: number;
    readonly username?: string;
    readonly password?: string;
    readonly database?: string;
  };
}

/** Words of libpq that name no setting of the server: it would refuse them. The driver has no use for them either. */
const IGNORED = [
  'channel_binding',
  'gssencmode',
  'pgbouncer',
  'sslcert',
  'sslkey',
  'keepalives',
  'krbsrvname',
];

/**
 * Takes the forms of libpq that the driver does not know: a host without name before the path
 * (`postgres://user@/db?host=/folder`), and `host`, `port`, `user`, `password` and `dbname` behind the question mark.
 */
export function parseConnectionUrl(text: string): ConnectionTarget {
  const [base = '', query = ''] = text.split(/\?(.*)/s);
  const words = new URLSearchParams(query);
  const take = (name: string): string | undefined => {
    const value = words.get(name) ?? undefined;
    words.delete(name);
    return value === '' ? undefined : value;
  };
  for (const name of IGNORED) words.delete(name);
  const host = take('host');
  const port = take('port');
  const username = take('user');
  const password = take('password');
  const database = take('dbname');
  // The driver parses what stands before the question mark, and cannot where a user stands before no host.
  const address = base.replace(/@(?=\/|$)/, '@localhost');
  return {
    url: words.size === 0 ? address : `${address}?${words.toString()}`,
    options: {
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(database === undefined ? {} : { database }),
    },
  };
}
