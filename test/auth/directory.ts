import { manualClock } from '../../src/base/clock.ts';
import type { EmbeddedPools, Standing } from '../../src/auth/embedded-pools.ts';
import { createTokenVerifier } from '../../src/auth/tokens.ts';
import type { TrustedPool } from '../../src/auth/trusted-pools.ts';
import { accessClaims, idClaims, makeKey, sign, type Claims } from './issuer.ts';

export const POOL = 'us-east-1_Rockpool1';
export const CLIENT = 'rockpoolclient0000000000001';
export const ADDRESS = 'http://localhost:4000';
export const ISSUER = `${ADDRESS}/${POOL}`;
export const SUB = '7b1f6a52-0c1d-4a8e-9a53-5d1c6a0b8e11';

/** A second embedded pool, not accepted unless it is listed. */
export const OTHER_POOL = 'us-east-1_Other0001';
export const OTHER_CLIENT = 'otherclient000000000000001';

// Keys cost a second a dozen: made once a file.
export const [idKey, accessKey, otherKey, foreignKey] = [makeKey(), makeKey(), makeKey(), makeKey()];

/** A verifier over a directory in memory, with counters. */
export function testDirectory(
  options: { readonly trusted?: readonly TrustedPool[]; readonly remember?: number } = {},
) {
  const clock = manualClock(Date.parse('2026-03-01T12:00:00Z'));
  const standings = new Map<string, Standing>([
    [`${POOL}/${SUB}`, standing()],
    [`${OTHER_POOL}/${SUB}`, standing({ username: 'other' })],
  ]);
  const asked = { issuers: 0, jwks: 0, clients: 0, standings: 0 };
  const embedded: EmbeddedPools = {
    async isIssuer(issuer) {
      asked.issuers += 1;
      const poolId = issuer.slice(ADDRESS.length + 1);
      return issuer.startsWith(`${ADDRESS}/`) ? { poolId } : undefined;
    },
    async jwks(poolId) {
      asked.jwks += 1;
      return { keys: (poolId === POOL ? [idKey, accessKey] : [otherKey]).map(({ jwk }) => jwk) };
    },
    async clients(poolId) {
      asked.clients += 1;
      return poolId === POOL
        ? [CLIENT, 'second']
        : poolId === OTHER_POOL
          ? [OTHER_CLIENT, 'unlisted']
          : undefined;
    },
    async standing(poolId, sub) {
      asked.standings += 1;
      return standings.get(`${poolId}/${sub}`);
    },
  };
  const create = (overrides: Partial<EmbeddedPools> = {}) =>
    createTokenVerifier({
      embedded: { ...embedded, ...overrides },
      defaultPoolId: POOL,
      trusted: options.trusted ?? [],
      clock,
      ...(options.remember === undefined ? {} : { remember: options.remember }),
    });
  const now = () => Math.floor(clock.now() / 1000);
  const shape = () => ({ issuer: ISSUER, clientId: CLIENT, sub: SUB, now: now() });
  return {
    clock,
    now,
    standings,
    asked,
    embedded,
    create,
    verifier: create(),
    access: (changes: Claims = {}) => sign(accessKey, accessClaims(shape(), changes)),
    id: (changes: Claims = {}) => sign(idKey, idClaims(shape(), changes)),
    accessClaims: (changes: Claims = {}) => accessClaims(shape(), changes),
    idClaims: (changes: Claims = {}) => idClaims(shape(), changes),
  };
}

export function standing(changes: Partial<Standing> = {}): Standing {
  return {
    username: 'jane',
    enabled: true,
    groups: [],
    tokensValidFrom: 0,
    revokedOrigins: new Set(),
    ...changes,
  };
}
