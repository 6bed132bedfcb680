import { badInput } from '../../base/errors.ts';
import type { AuthOutcome, TokenSet } from '../../user-pools/grants.ts';
import type { CodeDelivery } from '../../user-pools/masking.ts';
import type { Page } from '../../user-pools/pages.ts';
import type { Group } from '../../user-pools/store/groups.ts';
import type { ListedUser } from '../../user-pools/store/user-list.ts';

/* How the directory's values look on this wire. */

/** Timestamps are epoch seconds with a fraction. */
export const timestamp = (date: Date): number => date.getTime() / 1000;

export function attributeList(
  attributes: Readonly<Record<string, string>>,
): readonly { readonly Name: string; readonly Value: string }[] {
  return Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
}

/** The other way round. A missing value is an empty one; a name given twice would leave open which one counts. */
export function attributesOf(
  list: readonly { readonly Name: string; readonly Value?: string }[] | undefined,
): Readonly<Record<string, string>> {
  const attributes = new Map<string, string>();
  for (const { Name, Value } of list ?? []) {
    if (attributes.has(Name)) throw badInput('UserAttributes', `Attribute ${Name} is given more than once.`);
    attributes.set(Name, Value ?? '');
  }
  return Object.fromEntries(attributes);
}

export function deliveryDetails({ destination, medium, attribute }: CodeDelivery) {
  return { Destination: destination, DeliveryMedium: medium, AttributeName: attribute };
}

export function authenticationResult({ accessToken, idToken, expiresIn, refreshToken }: TokenSet) {
  return {
    AccessToken: accessToken,
    ExpiresIn: expiresIn,
    TokenType: 'Bearer',
    ...(refreshToken === undefined ? {} : { RefreshToken: refreshToken }),
    IdToken: idToken,
  };
}

export function authOutcome(outcome: AuthOutcome): object {
  if (outcome.kind === 'tokens') {
    return { ChallengeParameters: {}, AuthenticationResult: authenticationResult(outcome.tokens) };
  }
  return { ChallengeName: outcome.name, Session: outcome.session, ChallengeParameters: outcome.parameters };
}

/** A user as administrators see one: every attribute, `sub` first, or those that are asked for. */
export function userType(user: Omit<ListedUser, 'usernameKey'>, only?: readonly string[]) {
  const all = attributeList({ sub: user.sub, ...user.attributes });
  return {
    Username: user.username,
    Attributes: only === undefined ? all : all.filter(({ Name }) => only.includes(Name)),
    UserCreateDate: timestamp(user.createdAt),
    UserLastModifiedDate: timestamp(user.lastModifiedAt),
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}

export function groupType(group: Group) {
  return {
    GroupName: group.name,
    UserPoolId: group.poolId,
    ...(group.description === null ? {} : { Description: group.description }),
    ...(group.roleArn === null ? {} : { RoleArn: group.roleArn }),
    ...(group.precedence === null ? {} : { Precedence: group.precedence }),
    LastModifiedDate: timestamp(group.lastModifiedAt),
    CreationDate: timestamp(group.createdAt),
  };
}

/** Where the next page begins, under the name that the operation has for it; nothing on the last. */
export function nextPage<N extends string>(
  { nextToken }: Page<unknown>,
  name: N,
): { readonly [K in N]?: string } {
  return (nextToken === undefined ? {} : { [name]: nextToken }) as { readonly [K in N]?: string };
}
