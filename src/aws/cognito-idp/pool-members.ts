import { arn } from './members.ts';
import { flag, integer, list, map, oneOf, optional, structure, text } from './validate.ts';

/*
 * Members of CreateUserPool and UpdateUserPool, with the bounds of the public API model. The patterns of message
 * bodies are shorter than the model's: those take too long over a text that does not fit.
 */

const smsMessage = optional(text({ min: 6, max: 140, pattern: '.*\\{####\\}.*' }));
const emailMessage = optional(text({ min: 6, max: 20_000, pattern: '.*\\{####\\}.*' }));
const emailSubject = optional(text({ min: 1, max: 140, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s]+' }));
const verifiable = list(oneOf(['phone_number', 'email']));
const bound = optional(text({ max: 131_072 }));
const functionArn = optional(arn);
const versioned = <const V extends string>(versions: readonly V[]) =>
  optional(structure({ LambdaVersion: oneOf(versions), LambdaArn: arn }));

/** An attribute of a schema. Names are bounded without their prefix. */
export const schemaAttribute = structure({
  Name: text({ min: 1, max: 20, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+' }),
  AttributeDataType: optional(oneOf(['String', 'Number', 'DateTime', 'Boolean'])),
  DeveloperOnlyAttribute: optional(flag()),
  Mutable: optional(flag()),
  Required: optional(flag()),
  NumberAttributeConstraints: optional(structure({ MinValue: bound, MaxValue: bound })),
  StringAttributeConstraints: optional(structure({ MinLength: bound, MaxLength: bound })),
});

/** What may be chosen at any time. */
export const poolMembers = {
  Policies: optional(
    structure({
      PasswordPolicy: optional(
        structure({
          MinimumLength: optional(integer({ min: 6, max: 99 })),
          RequireUppercase: optional(flag()),
          RequireLowercase: optional(flag()),
          RequireNumbers: optional(flag()),
          RequireSymbols: optional(flag()),
          PasswordHistorySize: optional(integer({ min: 0, max: 24 })),
          TemporaryPasswordValidityDays: optional(integer({ min: 0, max: 365 })),
        }),
      ),
      SignInPolicy: optional(
        structure({
          AllowedFirstAuthFactors: optional(
            list(oneOf(['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN']), { min: 1, max: 5 }),
          ),
        }),
      ),
    }),
  ),
  DeletionProtection: optional(oneOf(['ACTIVE', 'INACTIVE'])),
  LambdaConfig: optional(
    structure({
      PreSignUp: functionArn,
      CustomMessage: functionArn,
      PostConfirmation: functionArn,
      PreAuthentication: functionArn,
      PostAuthentication: functionArn,
      DefineAuthChallenge: functionArn,
      CreateAuthChallenge: functionArn,
      VerifyAuthChallengeResponse: functionArn,
      PreTokenGeneration: functionArn,
      UserMigration: functionArn,
      PreTokenGenerationConfig: versioned(['V1_0', 'V2_0', 'V3_0']),
      CustomSMSSender: versioned(['V1_0']),
      CustomEmailSender: versioned(['V1_0']),
      KMSKeyID: functionArn,
    }),
  ),
  AutoVerifiedAttributes: optional(verifiable),
  SmsVerificationMessage: smsMessage,
  EmailVerificationMessage: emailMessage,
  EmailVerificationSubject: emailSubject,
  VerificationMessageTemplate: optional(
    structure({
      SmsMessage: smsMessage,
      EmailMessage: emailMessage,
      EmailSubject: emailSubject,
      EmailMessageByLink: optional(text({ min: 6, max: 20_000, pattern: '.*\\{##[^{]*##\\}.*' })),
      EmailSubjectByLink: emailSubject,
      DefaultEmailOption: optional(oneOf(['CONFIRM_WITH_LINK', 'CONFIRM_WITH_CODE'])),
    }),
  ),
  SmsAuthenticationMessage: smsMessage,
  MfaConfiguration: optional(oneOf(['OFF', 'ON', 'OPTIONAL'])),
  UserAttributeUpdateSettings: optional(
    structure({ AttributesRequireVerificationBeforeUpdate: optional(verifiable) }),
  ),
  DeviceConfiguration: optional(
    structure({
      ChallengeRequiredOnNewDevice: optional(flag()),
      DeviceOnlyRememberedOnUserPrompt: optional(flag()),
    }),
  ),
  EmailConfiguration: optional(
    structure({
      SourceArn: functionArn,
      ReplyToEmailAddress: optional(text({ max: 131_072, pattern: '[^\\s@]+@[^\\s@]+' })),
      EmailSendingAccount: optional(oneOf(['COGNITO_DEFAULT', 'DEVELOPER'])),
      From: optional(text({ max: 131_072 })),
      ConfigurationSet: optional(text({ min: 1, max: 64, pattern: '[a-zA-Z0-9_-]+' })),
    }),
  ),
  SmsConfiguration: optional(
    structure({
      SnsCallerArn: functionArn,
      ExternalId: optional(text({ max: 131_072 })),
      SnsRegion: optional(text({ min: 5, max: 32 })),
    }),
  ),
  UserPoolTags: optional(map(text({ max: 256 }), { max: 50, key: text({ min: 1, max: 128 }) })),
  AdminCreateUserConfig: optional(
    structure({
      AllowAdminCreateUserOnly: optional(flag()),
      UnusedAccountValidityDays: optional(integer({ min: 0, max: 365 })),
      InviteMessageTemplate: optional(
        structure({ SMSMessage: smsMessage, EmailMessage: emailMessage, EmailSubject: emailSubject }),
      ),
    }),
  ),
  UserPoolAddOns: optional(
    structure({
      AdvancedSecurityMode: oneOf(['OFF', 'AUDIT', 'ENFORCED']),
      AdvancedSecurityAdditionalFlows: optional(
        structure({ CustomAuthMode: optional(oneOf(['AUDIT', 'ENFORCED'])) }),
      ),
    }),
  ),
  AccountRecoverySetting: optional(
    structure({
      RecoveryMechanisms: optional(
        list(
          structure({
            Priority: integer({ min: 1, max: 2 }),
            Name: oneOf(['verified_email', 'verified_phone_number', 'admin_only']),
          }),
          { min: 1, max: 2 },
        ),
      ),
    }),
  ),
  UserPoolTier: optional(oneOf(['LITE', 'ESSENTIALS', 'PLUS'])),
  KeyConfiguration: optional(
    structure({
      KeyType: optional(oneOf(['AWS_OWNED_KEY', 'CUSTOMER_MANAGED_KEY'])),
      KmsKeyArn: functionArn,
    }),
  ),
  IssuerConfiguration: optional(structure({ Type: optional(oneOf(['ORIGINAL', 'UPDATED'])) })),
} as const;

/** What is fixed once the pool is made. */
export const fixedPoolMembers = {
  AliasAttributes: optional(list(oneOf(['phone_number', 'email', 'preferred_username']))),
  UsernameAttributes: optional(verifiable),
  Schema: optional(list(schemaAttribute, { min: 1, max: 50 })),
  UsernameConfiguration: optional(structure({ CaseSensitive: flag() })),
} as const;
