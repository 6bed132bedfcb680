/** A user pool beside the default one whose tokens are accepted. */
export interface TrustedPool {
  readonly poolId: string;
  /** App clients whose tokens are accepted, one or more. */
  readonly clientIds: readonly string[];
  /** Where its keys are. Undefined: AWS's address for the id, or this server itself where the pool is embedded. */
  readonly jwksUrl: string | undefined;
}

const JWKS_PATH = '/.well-known/jwks.json';
/** Pool ids of AWS, as its own verifier takes them: its addresses are made from the region in front. */
const AWS_POOL_ID = /^(?:eusc-[a-z]{2}|[a-z]{2})-(?:gov-)?[a-z]+-\d_[0-9A-Za-z]+$/;
const POOL_ID = /^[\w-]+_[0-9A-Za-z]+$/;
const CLIENT_ID = /^[\w+]{1,128}$/;

/** The issuers that a pool's tokens may name, each with the address of its keys. */
export function issuersOf(pool: TrustedPool): ReadonlyMap<string, string> {
  const region = pool.poolId.slice(0, pool.poolId.indexOf('_'));
  const issuers = ['cognito-idp', 'issuer-cognito-idp'].map(
    (host) => `https://${host}.${region}.amazonaws.com/${pool.poolId}`,
  );
  const { jwksUrl } = pool;
  if (jwksUrl === undefined) return new Map(issuers.map((issuer) => [issuer, `${issuer}${JWKS_PATH}`]));
  if (jwksUrl.endsWith(JWKS_PATH)) issuers.push(jwksUrl.slice(0, -JWKS_PATH.length));
  return new Map(issuers.map((issuer) => [issuer, jwksUrl]));
}

/**
 * `poolId/clientId[,clientId][@<JWKS URL>]`, separated by blanks. `region` is for the example in the error, which
 * says what is wrong and what is allowed.
 */
export function parseTrustedPools(
  text: string,
  options: { readonly region: string },
): readonly TrustedPool[] {
  const example = `${options.region}_AbCdEfGhI/1h57kf5cpq17m0eml12example`;
  const fail = (entry: string, wrong: string): never => {
    throw new Error(
      `${entry === '' ? 'it' : `"${entry}"`} ${wrong}; poolId/clientId[,clientId][@<JWKS URL>] is allowed, ` +
        `several separated by blanks, such as ${example}.`,
    );
  };
  const entries = text.split(/\s+/).filter((entry) => entry !== '');
  if (entries.length === 0) fail('', 'is empty');
  const pools = entries.map((entry) => parseEntry(entry, fail));
  const seen = new Set<string>();
  for (const [index, pool] of pools.entries()) {
    const names = [pool.poolId, ...issuersOf(pool).keys()];
    if (names.some((name) => seen.has(name)))
      fail(entries[index] ?? '', 'names a pool or a JWKS URL that is there already');
    for (const name of names) seen.add(name);
  }
  return pools;
}

function parseEntry(entry: string, fail: (entry: string, wrong: string) => never): TrustedPool {
  const at = entry.indexOf('@');
  const jwksUrl = at < 0 ? undefined : entry.slice(at + 1);
  const [poolId = '', clients, ...rest] = entry.slice(0, at < 0 ? undefined : at).split('/');
  if (clients === undefined || clients === '') return fail(entry, 'names no app client');
  if (rest.length > 0) return fail(entry, 'has a second slash before the URL');
  if (!POOL_ID.test(poolId) || poolId.length > 55)
    return fail(entry, `has "${poolId}" in place of a user pool id`);
  if (jwksUrl === undefined && !AWS_POOL_ID.test(poolId)) {
    return fail(
      entry,
      'has no JWKS URL, and its pool id does not begin with a region of AWS, where the keys would be',
    );
  }
  const clientIds = [...new Set(clients.split(','))];
  const wrong = clientIds.find((clientId) => !CLIENT_ID.test(clientId));
  if (wrong !== undefined) return fail(entry, `has "${wrong}" in place of an app client id`);
  if (jwksUrl !== undefined && !isAddress(jwksUrl)) {
    return fail(
      entry,
      'has a JWKS URL that is no http:// or https:// address without user name and fragment',
    );
  }
  return { poolId, clientIds, jwksUrl };
}

function isAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.hash === '' && text.includes('://');
}
