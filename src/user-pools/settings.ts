import { standardSchema, type AttributeDefinition } from './attribute-schema.ts';

/** Attributes that may stand in for a username, or be one. */
export const ALIAS_KINDS = ['email', 'phone_number', 'preferred_username'] as const;
export type AliasKind = (typeof ALIAS_KINDS)[number];

/** Attributes that a code can be sent to. */
export type VerifiableAttribute = 'email' | 'phone_number';

export type RecoveryOption = 'verified_email' | 'verified_phone_number' | 'admin_only';

export interface PasswordPolicy {
  /** 6 to 99. */
  readonly minimumLength: number;
  readonly requireUppercase: boolean;
  readonly requireLowercase: boolean;
  readonly requireNumbers: boolean;
  readonly requireSymbols: boolean;
  readonly temporaryPasswordValidityDays: number;
}

/** Settings of a pool as its row keeps them. Those marked fixed never change after creation. */
export interface PoolSettings {
  readonly passwordPolicy: PasswordPolicy;
  /** Every attribute that a user of the pool may have: all standard ones and the custom ones. */
  readonly schema: readonly AttributeDefinition[];
  /** Fixed. Attributes that find a user beside the username, once verified. */
  readonly aliasAttributes: readonly AliasKind[];
  /** Fixed. Attributes that users sign up with in place of a username; excludes aliases. */
  readonly usernameAttributes: readonly VerifiableAttribute[];
  /** Fixed. */
  readonly caseSensitive: boolean;
  readonly autoVerifiedAttributes: readonly VerifiableAttribute[];
  /** Keep the old value until the new one is verified. */
  readonly verifyBeforeUpdate: readonly VerifiableAttribute[];
  /** No self sign-up. */
  readonly adminCreateUserOnly: boolean;
  /** Best first. */
  readonly recovery: readonly RecoveryOption[];
  /** The pool cannot be deleted while this is set. */
  readonly deletionProtection: boolean;
  /** What was given and is only shown again: messages, tags, triggers … in AWS's form. */
  readonly shown: Readonly<Record<string, unknown>>;
}

/** What `ExplicitAuthFlows` permits, without the prefix `ALLOW_`. */
export const AUTH_FLOWS = [
  'USER_SRP_AUTH',
  'USER_PASSWORD_AUTH',
  'ADMIN_USER_PASSWORD_AUTH',
  'REFRESH_TOKEN_AUTH',
  'CUSTOM_AUTH',
  'USER_AUTH',
] as const;
export type AuthFlow = (typeof AUTH_FLOWS)[number];

export type TimeUnit = 'seconds' | 'minutes' | 'hours' | 'days';
export interface Validity {
  readonly value: number;
  readonly unit: TimeUnit;
}

/** What the hosted sign-in allows the client. Kept and checked; the pages come with a later issue. */
export interface OAuthSettings {
  readonly enabled: boolean;
  readonly flows: readonly OAuthFlow[];
  readonly scopes: readonly string[];
  readonly callbackUrls: readonly string[];
  readonly logoutUrls: readonly string[];
  /** One of the callback URLs. */
  readonly defaultRedirectUri: string | null;
}

export const OAUTH_FLOWS = ['code', 'implicit', 'client_credentials'] as const;
export type OAuthFlow = (typeof OAUTH_FLOWS)[number];

export interface ClientSettings {
  readonly authFlows: readonly AuthFlow[];
  /** True hides who has an account (ENABLED), false tells (LEGACY). */
  readonly hideUserExistence: boolean;
  /** Tokens carry `jti` and `origin_jti` and can be revoked. */
  readonly tokenRevocation: boolean;
  readonly accessTokenValidity: Validity;
  readonly idTokenValidity: Validity;
  readonly refreshTokenValidity: Validity;
  /** Null: refresh tokens are not rotated. */
  readonly refreshTokenRotation: { readonly retryGraceSeconds: number } | null;
  /** Minutes that a `Session` of a challenge lives, 3 to 15. */
  readonly authSessionMinutes: number;
  /** Null: every attribute. */
  readonly readAttributes: readonly string[] | null;
  readonly writeAttributes: readonly string[] | null;
  readonly oauth: OAuthSettings;
  /** Who may vouch for users of the client: `COGNITO` is the directory itself. */
  readonly identityProviders: readonly string[];
  /** What was given and is only shown again, in AWS's form. */
  readonly shown: Readonly<Record<string, unknown>>;
}

const UNIT_SECONDS: Record<TimeUnit, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

export function validitySeconds({ value, unit }: Validity): number {
  return value * UNIT_SECONDS[unit];
}

export const DEFAULT_PASSWORD_POLICY: PasswordPolicy = {
  minimumLength: 8,
  requireUppercase: true,
  requireLowercase: true,
  requireNumbers: true,
  requireSymbols: true,
  temporaryPasswordValidityDays: 7,
};

/** A new pool for which nothing was said. */
export function defaultPoolSettings(): PoolSettings {
  return {
    passwordPolicy: DEFAULT_PASSWORD_POLICY,
    schema: standardSchema(),
    aliasAttributes: [],
    usernameAttributes: [],
    caseSensitive: false,
    autoVerifiedAttributes: [],
    verifyBeforeUpdate: [],
    adminCreateUserOnly: false,
    // As Cognito does where nothing was set: the phone comes before the e-mail address.
    recovery: ['verified_phone_number', 'verified_email'],
    deletionProtection: false,
    shown: {},
  };
}

/** A new client for which nothing was said. */
export function defaultClientSettings(): ClientSettings {
  return {
    authFlows: ['REFRESH_TOKEN_AUTH', 'USER_SRP_AUTH', 'CUSTOM_AUTH'],
    hideUserExistence: false,
    tokenRevocation: true,
    accessTokenValidity: { value: 60, unit: 'minutes' },
    idTokenValidity: { value: 60, unit: 'minutes' },
    refreshTokenValidity: { value: 30, unit: 'days' },
    refreshTokenRotation: null,
    authSessionMinutes: 3,
    readAttributes: null,
    writeAttributes: null,
    oauth: {
      enabled: false,
      flows: [],
      scopes: [],
      callbackUrls: [],
      logoutUrls: [],
      defaultRedirectUri: null,
    },
    identityProviders: [],
    shown: {},
  };
}
