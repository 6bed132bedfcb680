import type { AttributeDefinition } from '../../user-pools/attribute-schema.ts';
import type { PoolWithSize } from '../../user-pools/pool-admin.ts';
import type { PoolSettings } from '../../user-pools/settings.ts';
import type { Pool } from '../../user-pools/store/pools.ts';
import { timestamp } from './views.ts';

/** What is shown for a setting that was never given. */
const DEFAULTS = {
  LambdaConfig: {},
  VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE' },
  MfaConfiguration: 'OFF',
  EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
  UserPoolTags: {},
  UserPoolTier: 'ESSENTIALS',
};

/** Kept under these names as parts of something else. */
const PARTS = new Set(['InviteMessageTemplate', 'SignInPolicy', 'PasswordHistorySize']);

/** A pool as Describe shows it. `accountId` is of the ARN. */
export function userPoolType({ pool, users }: PoolWithSize, accountId: string) {
  const { settings } = pool;
  const region = pool.id.slice(0, pool.id.indexOf('_'));
  const given = Object.entries(settings.shown).filter(([name]) => !PARTS.has(name));
  return {
    ...DEFAULTS,
    ...Object.fromEntries(given),
    Id: pool.id,
    Name: pool.name,
    Arn: `arn:aws:cognito-idp:${region}:${accountId}:userpool/${pool.id}`,
    Policies: policies(settings),
    DeletionProtection: settings.deletionProtection ? 'ACTIVE' : 'INACTIVE',
    SchemaAttributes: settings.schema.map(schemaAttributeType),
    ...someOf('AutoVerifiedAttributes', settings.autoVerifiedAttributes),
    ...someOf('AliasAttributes', settings.aliasAttributes),
    ...someOf('UsernameAttributes', settings.usernameAttributes),
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: settings.verifyBeforeUpdate },
    AdminCreateUserConfig: {
      AllowAdminCreateUserOnly: settings.adminCreateUserOnly,
      UnusedAccountValidityDays: settings.passwordPolicy.temporaryPasswordValidityDays,
      ...partOf(settings, 'InviteMessageTemplate'),
    },
    UsernameConfiguration: { CaseSensitive: settings.caseSensitive },
    AccountRecoverySetting: {
      RecoveryMechanisms: settings.recovery.map((Name, index) => ({ Priority: index + 1, Name })),
    },
    EstimatedNumberOfUsers: users,
    CreationDate: timestamp(pool.createdAt),
    LastModifiedDate: timestamp(pool.lastModifiedAt),
  };
}

/** A pool as it is listed. */
export function userPoolDescription(pool: Pool) {
  return {
    Id: pool.id,
    Name: pool.name,
    LambdaConfig: pool.settings.shown['LambdaConfig'] ?? DEFAULTS.LambdaConfig,
    LastModifiedDate: timestamp(pool.lastModifiedAt),
    CreationDate: timestamp(pool.createdAt),
  };
}

/** What GetUserPoolMfaConfig shows: no second factor is built, whatever the pool asks for. */
export function mfaConfig({ shown }: PoolSettings) {
  const { SmsAuthenticationMessage, SmsConfiguration } = shown;
  return {
    ...(SmsConfiguration === undefined
      ? {}
      : { SmsMfaConfiguration: { SmsAuthenticationMessage, SmsConfiguration } }),
    SoftwareTokenMfaConfiguration: { Enabled: false },
    MfaConfiguration: shown['MfaConfiguration'] ?? DEFAULTS.MfaConfiguration,
  };
}

function policies(settings: PoolSettings) {
  const { passwordPolicy: policy, shown } = settings;
  return {
    PasswordPolicy: {
      MinimumLength: policy.minimumLength,
      RequireUppercase: policy.requireUppercase,
      RequireLowercase: policy.requireLowercase,
      RequireNumbers: policy.requireNumbers,
      RequireSymbols: policy.requireSymbols,
      ...partOf(settings, 'PasswordHistorySize'),
      TemporaryPasswordValidityDays: policy.temporaryPasswordValidityDays,
    },
    SignInPolicy: shown['SignInPolicy'] ?? { AllowedFirstAuthFactors: ['PASSWORD'] },
  };
}

function schemaAttributeType(definition: AttributeDefinition) {
  const { name, type, mutable, required, developerOnly } = definition;
  return {
    Name: name,
    AttributeDataType: type,
    DeveloperOnlyAttribute: developerOnly,
    Mutable: mutable,
    Required: required,
    ...constraints(definition),
  };
}

/** Bounds are text on this wire. */
function constraints({ type, min, max }: AttributeDefinition) {
  const text = <N extends string>(name: N, value: number | undefined) =>
    value === undefined ? {} : { [name]: String(value) };
  switch (type) {
    case 'String':
      return { StringAttributeConstraints: { ...text('MinLength', min), ...text('MaxLength', max) } };
    case 'Number':
      return { NumberAttributeConstraints: { ...text('MinValue', min), ...text('MaxValue', max) } };
    case 'Boolean':
    case 'DateTime':
      return {};
  }
}

const someOf = (name: string, values: readonly string[]) => (values.length === 0 ? {} : { [name]: values });

const partOf = ({ shown }: PoolSettings, name: string) =>
  shown[name] === undefined ? {} : { [name]: shown[name] };
