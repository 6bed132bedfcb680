import type { AttributeRequest } from '../../user-pools/attribute-definitions.ts';
import { invalidParameter } from '../../user-pools/errors.ts';
import type { PoolChoices } from '../../user-pools/pool-checks.ts';
import {
  DEFAULT_PASSWORD_POLICY,
  defaultPoolSettings,
  type PasswordPolicy,
  type PoolSettings,
  type RecoveryOption,
} from '../../user-pools/settings.ts';
import type { poolMembers, schemaAttribute } from './pool-members.ts';
import type { InputOf, Member } from './validate.ts';

type PoolInput = InputOf<typeof poolMembers>;
type SchemaAttribute = typeof schemaAttribute extends Member<infer T> ? T : never;

/** Members that change nothing yet, and are shown as they were given. */
const SHOWN = [
  'LambdaConfig',
  'SmsVerificationMessage',
  'EmailVerificationMessage',
  'EmailVerificationSubject',
  'VerificationMessageTemplate',
  'SmsAuthenticationMessage',
  'MfaConfiguration',
  'DeviceConfiguration',
  'EmailConfiguration',
  'SmsConfiguration',
  'UserPoolAddOns',
  'UserPoolTier',
  'KeyConfiguration',
  'IssuerConfiguration',
] as const satisfies readonly (keyof PoolInput)[];

/** Choices for a pool. What is left out has its default, in an update too, as on AWS. */
export function poolChoices(input: PoolInput): PoolChoices {
  if (input.MfaConfiguration === 'ON') {
    throw invalidParameter('MfaConfiguration ON is not supported yet: OFF and OPTIONAL are.');
  }
  return {
    passwordPolicy: passwordPolicy(input),
    autoVerifiedAttributes: unique(input.AutoVerifiedAttributes),
    verifyBeforeUpdate: unique(input.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate),
    adminCreateUserOnly: input.AdminCreateUserConfig?.AllowAdminCreateUserOnly ?? false,
    recovery: recovery(input.AccountRecoverySetting),
    deletionProtection: input.DeletionProtection === 'ACTIVE',
    shown: shown(input),
  };
}

/** Attributes as the directory takes them. */
export function attributeRequests(
  attributes: readonly SchemaAttribute[] | undefined,
): readonly AttributeRequest[] {
  return (attributes ?? []).map((attribute) => {
    const { NumberAttributeConstraints: numbers, StringAttributeConstraints: strings } = attribute;
    const [min, max] =
      attribute.AttributeDataType === 'Number' || (strings === undefined && numbers !== undefined)
        ? [numbers?.MinValue, numbers?.MaxValue]
        : [strings?.MinLength, strings?.MaxLength];
    return {
      name: attribute.Name,
      type: attribute.AttributeDataType,
      mutable: attribute.Mutable,
      required: attribute.Required,
      developerOnly: attribute.DeveloperOnlyAttribute,
      min,
      max,
    };
  });
}

export const unique = <T>(list: readonly T[] | undefined): readonly T[] => [...new Set(list)];

/** Within a policy that is given, a rule that is left out is off. 0 days stand for the default. */
function passwordPolicy({ Policies, AdminCreateUserConfig }: PoolInput): PasswordPolicy {
  const given = Policies?.PasswordPolicy;
  const days = given?.TemporaryPasswordValidityDays;
  // The older name of the same setting.
  const olderDays = AdminCreateUserConfig?.UnusedAccountValidityDays;
  if (days && olderDays && days !== olderDays) {
    throw invalidParameter(
      'Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays',
    );
  }
  const temporaryPasswordValidityDays =
    days || olderDays || DEFAULT_PASSWORD_POLICY.temporaryPasswordValidityDays;
  if (given === undefined) return { ...DEFAULT_PASSWORD_POLICY, temporaryPasswordValidityDays };
  return {
    minimumLength: given.MinimumLength ?? DEFAULT_PASSWORD_POLICY.minimumLength,
    requireUppercase: given.RequireUppercase ?? false,
    requireLowercase: given.RequireLowercase ?? false,
    requireNumbers: given.RequireNumbers ?? false,
    requireSymbols: given.RequireSymbols ?? false,
    temporaryPasswordValidityDays,
  };
}

function recovery(setting: PoolInput['AccountRecoverySetting']): readonly RecoveryOption[] {
  const mechanisms = setting?.RecoveryMechanisms;
  if (mechanisms === undefined) return defaultPoolSettings().recovery;
  if (new Set(mechanisms.map(({ Priority }) => Priority)).size < mechanisms.length) {
    throw invalidParameter('Account Recovery Setting has two recovery mechanisms of the same priority.');
  }
  return [...mechanisms].sort((a, b) => a.Priority - b.Priority).map(({ Name }) => Name);
}

function shown(input: PoolInput): PoolSettings['shown'] {
  const kept: Record<string, unknown> = {};
  for (const name of SHOWN) if (input[name] !== undefined) kept[name] = input[name];
  if (input.UserPoolTags !== undefined) kept['UserPoolTags'] = Object.fromEntries(input.UserPoolTags);
  const invitation = input.AdminCreateUserConfig?.InviteMessageTemplate;
  if (invitation !== undefined) kept['InviteMessageTemplate'] = invitation;
  const factors = input.Policies?.SignInPolicy;
  if (factors !== undefined) kept['SignInPolicy'] = factors;
  const history = input.Policies?.PasswordPolicy?.PasswordHistorySize;
  if (history !== undefined) kept['PasswordHistorySize'] = history;
  return kept;
}
