import { arn } from './members.ts';
import { flag, integer, list, oneOf, optional, structure, text } from './validate.ts';

/* Members of CreateUserPoolClient and UpdateUserPoolClient, with the bounds of the public API model. */

const timeUnit = optional(oneOf(['seconds', 'minutes', 'hours', 'days']));
const attributeNames = optional(list(text({ min: 1, max: 2048 })));
const redirectUrl = text({ min: 1, max: 1024, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+' });

/** The settings of a client. */
export const clientMembers = {
  RefreshTokenValidity: optional(integer({ min: 0, max: 315_360_000 })),
  AccessTokenValidity: optional(integer({ min: 1, max: 86_400 })),
  IdTokenValidity: optional(integer({ min: 1, max: 86_400 })),
  TokenValidityUnits: optional(
    structure({ AccessToken: timeUnit, IdToken: timeUnit, RefreshToken: timeUnit }),
  ),
  ReadAttributes: attributeNames,
  WriteAttributes: attributeNames,
  ExplicitAuthFlows: optional(
    list(
      oneOf([
        'ADMIN_NO_SRP_AUTH',
        'CUSTOM_AUTH_FLOW_ONLY',
        'USER_PASSWORD_AUTH',
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_CUSTOM_AUTH',
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_USER_SRP_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
        'ALLOW_USER_AUTH',
      ]),
    ),
  ),
  SupportedIdentityProviders: optional(
    list(text({ min: 1, max: 32, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\p{Z}]+' })),
  ),
  CallbackURLs: optional(list(redirectUrl, { max: 100 })),
  LogoutURLs: optional(list(redirectUrl, { max: 100 })),
  DefaultRedirectURI: optional(redirectUrl),
  AllowedOAuthFlows: optional(list(oneOf(['code', 'implicit', 'client_credentials']), { max: 3 })),
  AllowedOAuthScopes: optional(
    list(text({ min: 1, max: 256, pattern: '[\\x21\\x23-\\x5B\\x5D-\\x7E]+' }), { max: 50 }),
  ),
  AllowedOAuthFlowsUserPoolClient: optional(flag()),
  AnalyticsConfiguration: optional(
    structure({
      ApplicationId: optional(text({ pattern: '[0-9a-fA-F]+' })),
      ApplicationArn: optional(arn),
      RoleArn: optional(arn),
      ExternalId: optional(text({ max: 131_072 })),
      UserDataShared: optional(flag()),
    }),
  ),
  PreventUserExistenceErrors: optional(oneOf(['LEGACY', 'ENABLED'])),
  EnableTokenRevocation: optional(flag()),
  EnablePropagateAdditionalUserContextData: optional(flag()),
  AuthSessionValidity: optional(integer({ min: 3, max: 15 })),
  RefreshTokenRotation: optional(
    structure({
      Feature: oneOf(['ENABLED', 'DISABLED']),
      RetryGracePeriodSeconds: optional(integer({ min: 0, max: 60 })),
    }),
  ),
} as const;
