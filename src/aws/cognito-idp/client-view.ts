import type { OpenedClient } from '../../user-pools/client-admin.ts';
import type { ClientSettings } from '../../user-pools/settings.ts';
import type { Client } from '../../user-pools/store/pools.ts';
import { timestamp } from './views.ts';

/** A client as Describe shows it, its secret among the rest. */
export function userPoolClientType({ client, secret }: OpenedClient) {
  const { settings } = client;
  const { accessTokenValidity: access, idTokenValidity: id, refreshTokenValidity: refresh } = settings;
  const rotation = settings.refreshTokenRotation;
  return {
    ...userPoolClientDescription(client),
    ...(secret === null ? {} : { ClientSecret: secret }),
    LastModifiedDate: timestamp(client.lastModifiedAt),
    CreationDate: timestamp(client.createdAt),
    RefreshTokenValidity: refresh.value,
    AccessTokenValidity: access.value,
    IdTokenValidity: id.value,
    TokenValidityUnits: { AccessToken: access.unit, IdToken: id.unit, RefreshToken: refresh.unit },
    ...(settings.readAttributes === null ? {} : { ReadAttributes: settings.readAttributes }),
    ...(settings.writeAttributes === null ? {} : { WriteAttributes: settings.writeAttributes }),
    ExplicitAuthFlows: settings.authFlows.map((flow) => `ALLOW_${flow}`),
    ...oauthType(settings),
    PreventUserExistenceErrors: settings.hideUserExistence ? 'ENABLED' : 'LEGACY',
    EnableTokenRevocation: settings.tokenRevocation,
    AuthSessionValidity: settings.authSessionMinutes,
    ...(rotation === null
      ? {}
      : {
          RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: rotation.retryGraceSeconds },
        }),
    ...settings.shown,
  };
}

/** A client as it is listed. */
export function userPoolClientDescription(client: Client) {
  return { ClientId: client.id, UserPoolId: client.poolId, ClientName: client.name };
}

function oauthType({ oauth, identityProviders }: ClientSettings) {
  const { flows, scopes, callbackUrls, logoutUrls, defaultRedirectUri } = oauth;
  return {
    ...someOf('SupportedIdentityProviders', identityProviders),
    ...someOf('CallbackURLs', callbackUrls),
    ...someOf('LogoutURLs', logoutUrls),
    ...(defaultRedirectUri === null ? {} : { DefaultRedirectURI: defaultRedirectUri }),
    ...someOf('AllowedOAuthFlows', flows),
    ...someOf('AllowedOAuthScopes', scopes),
    AllowedOAuthFlowsUserPoolClient: oauth.enabled,
  };
}

const someOf = (name: string, values: readonly string[]) => (values.length === 0 ? {} : { [name]: values });
