import type { Standing } from '../auth/embedded-pools.ts';
import type { Passwords } from '../auth/password.ts';
import type { Sealer } from '../auth/sealing.ts';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../database/connection.ts';
import { createAccess } from './access.ts';
import { createAdminAccounts, type AdminAccounts } from './admin-accounts.ts';
import { createAdminUsers, type AdminUsers } from './admin-users.ts';
import { createAuthSessions } from './auth-sessions.ts';
import { createAuthentication, type Authentication } from './authentication.ts';
import { createPasswordChange, type PasswordChange } from './change-password.ts';
import { createClientAdmin, type ClientAdmin } from './client-admin.ts';
import { createClients, type Clients } from './clients.ts';
import { createCodes } from './codes.ts';
import { createCredentials } from './credentials.ts';
import { discoveryDocument } from './discovery.ts';
import { ensureDefaults } from './defaults.ts';
import { createGroups, type Groups } from './groups.ts';
import { guarded } from './guarded.ts';
import { createPoolIssuers, type PoolIssuers } from './issuers.ts';
import { createUnknownUserLockout } from './lockout.ts';
import { createMemberships, type Memberships } from './memberships.ts';
import { createNewPasswordChallenge } from './new-password.ts';
import { createOperatorTokens, type OperatorTokens } from './operator-tokens.ts';
import type { CodeSender } from './outbox.ts';
import { createPages } from './pages.ts';
import { createPoolAdmin, type PoolAdmin } from './pool-admin.ts';
import { createProfiles, type Profiles } from './profile.ts';
import { createRecovery, type Recovery } from './recovery.ts';
import { createRefresh } from './refresh.ts';
import { createRevocation, type Revocation } from './revocation.ts';
import { selfActor } from './rights.ts';
import { createPasswordSignIn } from './sign-in.ts';
import { createSignUps, type SignUps } from './sign-up.ts';
import { createSigningKeys, type Jwks } from './signing-keys.ts';
import { readStanding, standingOf } from './standing.ts';
import { readPool } from './store/pools.ts';
import { sweepDirectory } from './sweep.ts';
import { createTokenIssuer } from './tokens.ts';
import { createUserSearch, type UserSearch } from './user-search.ts';
import { createVerification, type Verification } from './verification.ts';

export interface UserPoolsOptions {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly passwords: Passwords;
  readonly clock: Clock;
  /** Takes codes and invitations: the outbox where nothing else delivers them. */
  readonly sender: CodeSender;
  /** Called after a commit that changed somebody's rights. */
  readonly ring: () => void;
  /** How clients reach this node. */
  readonly publicUrl: string;
  readonly region: string;
}

/** The directory: users, their sign-in and tokens, and what other rooms ask of it. */
export interface UserPools {
  readonly signUps: SignUps;
  readonly authentication: Authentication;
  readonly recovery: Recovery;
  readonly passwordChange: PasswordChange;
  readonly profiles: Profiles;
  readonly verification: Verification;
  readonly revocation: Revocation;
  /** Ends every token of the bearer. */
  signOut(accessToken: string): Promise<void>;
  readonly adminUsers: AdminUsers;
  readonly adminAccounts: AdminAccounts;
  readonly userSearch: UserSearch;
  readonly groups: Groups;
  readonly memberships: Memberships;
  readonly poolAdmin: PoolAdmin;
  readonly clientAdmin: ClientAdmin;
  readonly operatorTokens: OperatorTokens;
  readonly clients: Clients;
  readonly issuers: PoolIssuers;
  /** Default pool and client, made on an empty database. */
  ensureDefaults(): Promise<{ readonly poolId: string; readonly clientId: string }>;
  /** Undefined for a user that is not there. */
  standing(poolId: string, sub: string): Promise<Standing | undefined>;
  /** Ids of the pool's app clients; undefined where there is no such pool. */
  clientIds(poolId: string): Promise<readonly string[] | undefined>;
  /** Undefined where there is no such pool. */
  jwks(poolId: string): Promise<Jwks | undefined>;
  /** The discovery document; undefined where there is no such pool. */
  discovery(poolId: string): Promise<ReturnType<typeof discoveryDocument> | undefined>;
  /** Removes what has expired. For a timer. */
  sweep(): Promise<void>;
}

/** Puts the parts of the directory together. Every call rejects with UNAVAILABLE while Postgres cannot answer. */
export function createUserPools(options: UserPoolsOptions): UserPools {
  const { database, sealer, passwords, clock, sender, ring, publicUrl, region } = options;
  const { sql } = database;
  const issuers = guarded(createPoolIssuers({ sql, publicUrl, clock }));
  const keys = createSigningKeys({ sql, sealer });
  const clients = guarded(createClients({ sql, sealer }));
  const credentials = createCredentials({ passwords, sealer, clock });
  const codes = createCodes({ database, sealer, clock });
  const sessions = createAuthSessions({ sealer, clock });
  const tokens = createTokenIssuer({ keys, issuerOf: (poolId) => issuers.issuerOf(poolId) });
  const access = createAccess({ sql, clock, keys, issuers, clients });
  const unknownUsers = createUnknownUserLockout({ sql, sealer, clock });
  const passwordSignIn = createPasswordSignIn({ sql, clock, credentials, unknownUsers, sessions, tokens });
  const newPassword = createNewPasswordChallenge({ database, sql, clock, credentials, sessions, tokens });
  const refresh = createRefresh({ database, clock, tokens });
  const pages = createPages(sealer);
  const adminUsers = guarded(createAdminUsers({ database, clock, clients, credentials, sender, ring }));
  const groups = guarded(createGroups({ database, clients, pages, ring }));
  const keysOf = async (poolId: string) => {
    const pool = await readPool(sql, poolId);
    return pool === undefined ? undefined : keys.ofPool(pool);
  };
  const revocation = guarded(createRevocation({ database, clock, clients, ring }));
  return {
    signUps: guarded(createSignUps({ database, clock, sealer, clients, credentials, codes, sender })),
    authentication: guarded(createAuthentication({ clients, passwordSignIn, newPassword, refresh })),
    recovery: guarded(createRecovery({ database, clock, sealer, clients, credentials, codes, sender, ring })),
    passwordChange: guarded(createPasswordChange({ database, clock, access, credentials })),
    profiles: guarded(createProfiles({ database, access, codes, sender, ring })),
    verification: guarded(createVerification({ database, clock, access, codes, sender })),
    revocation,
    adminUsers,
    adminAccounts: guarded(createAdminAccounts({ database, clients, users: adminUsers, codes, sender })),
    userSearch: guarded(createUserSearch({ sql, clients, pages })),
    groups,
    memberships: guarded(createMemberships({ database, users: adminUsers, groups, pages, ring })),
    poolAdmin: guarded(createPoolAdmin({ database, sealer, clients, pages, region, ring })),
    clientAdmin: guarded(createClientAdmin({ database, clients, pages })),
    clients,
    issuers,
    ...guarded({
      async signOut(accessToken: string) {
        const { user } = await access.require(accessToken);
        await revocation.signOutEverywhere(user, selfActor(user));
      },
      operatorTokens: createOperatorTokens({ sql, clock, clients, tokens }),
      ensureDefaults: () => ensureDefaults({ database, sealer, region }),
      async standing(poolId: string, sub: string) {
        const standing = await readStanding(sql, clock, poolId, sub);
        return standing === undefined ? undefined : standingOf(standing);
      },
      async clientIds(poolId: string) {
        const [row] = await sql<{ ids: string[] }[]>`
          select array(select id from rockpool.user_pool_clients where pool_id = p.id order by id) as ids
          from rockpool.user_pools p where p.id = ${poolId}`;
        return row?.ids;
      },
      jwks: async (poolId: string) => (await keysOf(poolId))?.jwks,
      async discovery(poolId: string) {
        if ((await readPool(sql, poolId)) === undefined) return undefined;
        return discoveryDocument(issuers.issuerOf(poolId), issuers.address);
      },
      sweep: () => sweepDirectory(sql, clock),
    }),
  };
}
