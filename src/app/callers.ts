import type { Caller } from '../auth/caller.ts';
import { createPasswords } from '../auth/password.ts';
import { createSignatureVerifier, type SignatureVerifier } from '../auth/sigv4.ts';
import { createTokenVerifier, type TokenVerifier } from '../auth/tokens.ts';
import type { Clock } from '../base/clock.ts';
import { RockpoolError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Entry } from '../feed/journal.ts';
import { ensureDefaultPool } from '../identity-pools/default-pool.ts';
import { createIdentities } from '../identity-pools/identities.ts';
import { createOutbox, type Outbox } from '../user-pools/outbox.ts';
import { createUserPools, type UserPools } from '../user-pools/user-pools.ts';
import { fixedIds, type Config } from './config/config.ts';
import type { Foundation } from './foundation.ts';

/** Who may call, and which identity is theirs. */
export interface Callers {
  readonly userPools: UserPools;
  readonly outbox: Outbox;
  readonly tokens: TokenVerifier;
  readonly signatures: SignatureVerifier;
  /** FORBIDDEN for callers without an identity. */
  identityOf(caller: Caller): Promise<string>;
  /** A right changed: what is remembered of that user is read again. */
  forget(entry: Entry): void;
  /** Changes may have been missed. */
  forgetAll(): void;
}

/** Builds directory, token verifier and identities, and makes the default pools on an empty database. */
export async function createCallers(
  foundation: Foundation,
  config: Config,
  publicUrl: string,
  clock: Clock,
  log: Log,
): Promise<Callers> {
  const { database, sealer, bus } = foundation;
  const { region } = config;
  const ids = fixedIds(region);
  const outbox = createOutbox({ sql: database.sql, clock, log });
  const userPools = createUserPools({
    database,
    sealer,
    passwords: createPasswords(),
    clock,
    sender: outbox,
    ring: () => bus.ring(),
    publicUrl,
    region,
  });
  await userPools.ensureDefaults();
  await Promise.all([
    userPools.issuers.recordNode(),
    ensureDefaultPool({
      database,
      identityPoolId: ids.identityPoolId,
      userPools: [
        { userPoolId: ids.userPoolId, clientIds: [ids.clientId] },
        ...config.trustedPools.map(({ poolId, clientIds }) => ({ userPoolId: poolId, clientIds })),
      ],
    }),
  ]);
  const tokens = createTokenVerifier({
    embedded: {
      isIssuer: (issuer) => userPools.issuers.isIssuer(issuer),
      async jwks(poolId) {
        return (await userPools.jwks(poolId)) ?? { keys: [] };
      },
      clients: (poolId) => userPools.clientIds(poolId),
      standing: (poolId, sub) => userPools.standing(poolId, sub),
    },
    defaultPoolId: ids.userPoolId,
    trusted: config.trustedPools,
    clock,
  });
  const { accessKeyId, secretAccessKey } = config.secrets.root;
  const signatures = createSignatureVerifier({
    region,
    lookup: (id, sessionToken) =>
      id === accessKeyId && sessionToken === undefined ? secretAccessKey : undefined,
    clock,
  });
  const identities = createIdentities({ database, identityPoolId: ids.identityPoolId, region });
  return {
    userPools,
    outbox,
    tokens,
    signatures,
    async identityOf(caller) {
      if (caller.kind === 'user') return identities.ofLogin({ provider: caller.poolId, subject: caller.sub });
      const who = caller.kind === 'root' ? 'the root credentials' : 'an API key';
      throw new RockpoolError(
        'FORBIDDEN',
        `Datasets belong to one user, and a caller by ${who} is none: sign in and send a token.`,
      );
    },
    forget(entry) {
      const [, poolId, sub] = /^caller:([^/]+)\/(.+)$/.exec(entry.topic) ?? [];
      if (poolId === undefined || sub === undefined) return;
      tokens.forget(poolId, sub);
      if (entry.operation === 'identity') identities.forget({ provider: poolId, subject: sub });
    },
    forgetAll() {
      tokens.forgetAll();
      identities.forgetAll();
    },
  };
}
