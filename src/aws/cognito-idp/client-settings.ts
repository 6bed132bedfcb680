import { invalidParameter } from '../../user-pools/errors.ts';
import {
  AUTH_FLOWS,
  defaultClientSettings,
  validitySeconds,
  type AuthFlow,
  type ClientSettings,
  type TimeUnit,
  type Validity,
} from '../../user-pools/settings.ts';
import type { clientMembers } from './client-members.ts';
import { unique } from './pool-settings.ts';
import type { InputOf } from './validate.ts';

type ClientInput = InputOf<typeof clientMembers>;

/** Settings of a client. What is left out has its default, in an update too, as on AWS. */
export function clientSettings(input: ClientInput): ClientSettings {
  const defaults = defaultClientSettings();
  const units = input.TokenValidityUnits;
  const { flows, legacy } = authFlows(input.ExplicitAuthFlows ?? []);
  return {
    authFlows: flows.length === 0 ? defaults.authFlows : flows,
    hideUserExistence:
      input.PreventUserExistenceErrors === undefined
        ? defaults.hideUserExistence
        : input.PreventUserExistenceErrors === 'ENABLED',
    tokenRevocation: input.EnableTokenRevocation ?? defaults.tokenRevocation,
    accessTokenValidity: validity(
      input.AccessTokenValidity,
      units?.AccessToken,
      'hours',
      defaults.accessTokenValidity,
    ),
    idTokenValidity: validity(input.IdTokenValidity, units?.IdToken, 'hours', defaults.idTokenValidity),
    refreshTokenValidity: validity(
      input.RefreshTokenValidity,
      units?.RefreshToken,
      'days',
      defaults.refreshTokenValidity,
    ),
    refreshTokenRotation:
      input.RefreshTokenRotation?.Feature === 'ENABLED'
        ? { retryGraceSeconds: input.RefreshTokenRotation.RetryGracePeriodSeconds ?? 0 }
        : null,
    authSessionMinutes: input.AuthSessionValidity ?? defaults.authSessionMinutes,
    readAttributes: input.ReadAttributes === undefined ? null : unique(input.ReadAttributes),
    writeAttributes: input.WriteAttributes === undefined ? null : unique(input.WriteAttributes),
    oauth: {
      enabled: input.AllowedOAuthFlowsUserPoolClient ?? false,
      flows: unique(input.AllowedOAuthFlows),
      scopes: unique(input.AllowedOAuthScopes),
      callbackUrls: unique(input.CallbackURLs),
      logoutUrls: unique(input.LogoutURLs),
      defaultRedirectUri: input.DefaultRedirectURI ?? null,
    },
    identityProviders: unique(input.SupportedIdentityProviders),
    shown: {
      ...(legacy ? { ExplicitAuthFlows: unique(input.ExplicitAuthFlows) } : {}),
      ...(input.AnalyticsConfiguration === undefined
        ? {}
        : { AnalyticsConfiguration: input.AnalyticsConfiguration }),
      EnablePropagateAdditionalUserContextData: input.EnablePropagateAdditionalUserContextData ?? false,
    },
  };
}

const ALLOW = 'ALLOW_';
const LEGACY_BASE: readonly AuthFlow[] = ['REFRESH_TOKEN_AUTH', 'USER_SRP_AUTH', 'CUSTOM_AUTH'];

/** The older names add to what every client could do then, or leave only the custom flow. */
function authFlows(given: NonNullable<ClientInput['ExplicitAuthFlows']>): {
  readonly flows: readonly AuthFlow[];
  readonly legacy: boolean;
} {
  const legacy = given.filter((flow) => !flow.startsWith(ALLOW));
  if (legacy.length === 0) {
    return {
      flows: AUTH_FLOWS.filter((flow) => given.some((each) => each === `${ALLOW}${flow}`)),
      legacy: false,
    };
  }
  if (legacy.length < given.length) {
    throw invalidParameter('ExplicitAuthFlows cannot mix values that begin with ALLOW_ with older ones.');
  }
  const allowed = new Set<AuthFlow>(
    legacy.includes('CUSTOM_AUTH_FLOW_ONLY') ? ['REFRESH_TOKEN_AUTH', 'CUSTOM_AUTH'] : LEGACY_BASE,
  );
  if (legacy.includes('ADMIN_NO_SRP_AUTH')) allowed.add('ADMIN_USER_PASSWORD_AUTH');
  if (legacy.includes('USER_PASSWORD_AUTH')) allowed.add('USER_PASSWORD_AUTH');
  return { flows: AUTH_FLOWS.filter((flow) => allowed.has(flow)), legacy: true };
}

/** 0, or nothing, stands for the default, told in the unit that is asked for where it is a whole number of those. */
function validity(
  value: number | undefined,
  unit: TimeUnit | undefined,
  usual: TimeUnit,
  fallback: Validity,
): Validity {
  if (value !== undefined && value !== 0) return { value, unit: unit ?? usual };
  if (unit === undefined) return fallback;
  const count = validitySeconds(fallback) / validitySeconds({ value: 1, unit });
  return Number.isInteger(count) ? { value: count, unit } : fallback;
}
