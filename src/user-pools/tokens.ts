import { randomUUID, sign, type KeyObject } from 'node:crypto';
import type { Json } from '../base/json.ts';
import type { SigningKey, SigningKeys } from './signing-keys.ts';
import { poolNotFound } from './errors.ts';
import { validitySeconds } from './settings.ts';
import type { ClientOfPool } from './store/pools.ts';
import type { GroupOfUser, User } from './store/users.ts';

/** Scope of every token that the API issues, and what its own operations ask for. */
export const API_SCOPE = 'aws.cognito.signin.user.admin';

export interface IssuedTokens {
  readonly accessToken: string;
  readonly idToken: string;
  /** Seconds that the access token lives. */
  readonly expiresIn: number;
}

/** One issue of tokens: who, through which client, from which sign-in. */
export interface Grant extends ClientOfPool {
  readonly user: User;
  readonly originJti: string;
  /** Seconds since the epoch: when the user proved who they are. Kept on refresh. */
  readonly authTime: number;
  /** Milliseconds. */
  readonly now: number;
}

export interface TokenIssuer {
  issue(grant: Grant): Promise<IssuedTokens>;
}

export function createTokenIssuer({
  keys,
  issuerOf,
}: {
  readonly keys: SigningKeys;
  /** The `iss` of a pool's tokens on this node. */
  readonly issuerOf: (poolId: string) => string;
}): TokenIssuer {
  return {
    async issue(grant) {
      const { client, pool } = grant;
      const poolKeys = await keys.ofPool(pool);
      if (poolKeys === undefined) throw poolNotFound(pool.id);
      const common = commonClaims(grant, issuerOf(pool.id));
      const expiresIn = validitySeconds(client.settings.accessTokenValidity);
      const idExpiresIn = validitySeconds(client.settings.idTokenValidity);
      const [accessToken, idToken] = await Promise.all([
        signToken(poolKeys.access, { ...accessClaims(grant), ...common, exp: common.iat + expiresIn }),
        signToken(poolKeys.id, { ...idClaims(grant), ...common, exp: common.iat + idExpiresIn }),
      ]);
      return { accessToken, idToken, expiresIn };
    },
  };
}

function commonClaims({ client, user, originJti, authTime, now }: Grant, iss: string) {
  const iat = Math.floor(now / 1000);
  const ids = client.settings.tokenRevocation ? { origin_jti: originJti } : {};
  return { sub: user.sub, iss, ...ids, event_id: randomUUID(), auth_time: authTime, iat };
}

const tokenId = ({ client }: Grant) => (client.settings.tokenRevocation ? { jti: randomUUID() } : {});

function accessClaims(grant: Grant): Record<string, Json> {
  const { client, user } = grant;
  return {
    ...groupsClaim(user.groups),
    client_id: client.id,
    token_use: 'access',
    scope: API_SCOPE,
    username: user.username,
    ...tokenId(grant),
  };
}

function idClaims(grant: Grant): Record<string, Json> {
  const { client, user } = grant;
  return {
    ...attributeClaims(user.attributes, client.settings.readAttributes),
    ...groupsClaim(user.groups),
    ...roleClaims(user.groups),
    'cognito:username': user.username,
    aud: client.id,
    token_use: 'id',
    ...tokenId(grant),
  };
}

/** Names of claims that an attribute must never lay itself over: they are set after it. */
function attributeClaims(
  attributes: Readonly<Record<string, string>>,
  readable: readonly string[] | null,
): Record<string, Json> {
  const claims: Record<string, Json> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (readable !== null && !readable.includes(name)) continue;
    claims[name] = claimOf(name, value);
  }
  return claims;
}

function claimOf(name: string, value: string): Json {
  switch (name) {
    case 'email_verified':
    case 'phone_number_verified':
      return value === 'true';
    case 'updated_at':
      return Number(value);
    case 'address':
      return { formatted: value };
    default:
      return value;
  }
}

function groupsClaim(groups: readonly GroupOfUser[]): Record<string, Json> {
  return groups.length === 0 ? {} : { 'cognito:groups': groups.map((group) => group.name) };
}

/** The preferred role is the best group's; two equally good groups with different roles leave it open. */
function roleClaims(groups: readonly GroupOfUser[]): Record<string, Json> {
  const withRole = groups.flatMap(({ roleArn, precedence }) =>
    roleArn === null ? [] : [{ roleArn, precedence }],
  );
  const [best] = withRole;
  if (best === undefined) return {};
  const rivals = withRole.filter((group) => group.precedence === best.precedence);
  const settled = rivals.every((group) => group.roleArn === best.roleArn);
  return {
    'cognito:roles': [...new Set(withRole.map((group) => group.roleArn))],
    ...(settled ? { 'cognito:preferred_role': best.roleArn } : {}),
  };
}

/** RS256 with a header of exactly `kid` and `alg`; the signature is made on a thread of the pool. */
async function signToken(key: SigningKey, claims: Readonly<Record<string, Json>>): Promise<string> {
  const header = encode({ kid: key.kid, alg: 'RS256' });
  const head = `${header}.${encode(claims)}`;
  return `${head}.${(await rsaSha256(head, key.privateKey)).toString('base64url')}`;
}

function rsaSha256(text: string, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('RSA-SHA256', Buffer.from(text), key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

const encode = (value: Readonly<Record<string, Json>>) =>
  Buffer.from(JSON.stringify(value)).toString('base64url');
