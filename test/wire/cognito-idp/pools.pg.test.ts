import * as aws from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { addUser, POOL_ID, testDirectory, type Directory } from '../../user-pools/support.ts';
import { ACCOUNT_ID, errorOf, sdk, serve } from './support.ts';

let directory: Directory;
let client: aws.CognitoIdentityProviderClient;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});
beforeEach(async () => {
  const { url } = await serve(directory);
  client = sdk(url);
});

const create = async (given: Partial<aws.CreateUserPoolCommandInput> = {}) => {
  const { UserPool } = await client.send(new aws.CreateUserPoolCommand({ PoolName: 'Shop', ...given }));
  if (UserPool === undefined) throw new Error('no pool');
  return UserPool;
};
const refusal = (given: object) =>
  errorOf(client.send(new aws.CreateUserPoolCommand({ PoolName: 'Shop', ...given })));
const describePool = async (UserPoolId: string | undefined) =>
  (await client.send(new aws.DescribeUserPoolCommand({ UserPoolId }))).UserPool;

const ARN = `arn:aws:lambda:us-east-1:${ACCOUNT_ID}:function:hook`;
/** Settings that change nothing yet. */
const SHOWN = {
  LambdaConfig: {
    PreSignUp: ARN,
    PreTokenGenerationConfig: { LambdaVersion: 'V2_0', LambdaArn: ARN },
  },
  SmsVerificationMessage: 'Your code is {####}',
  EmailVerificationMessage: 'Your code is {####}.\nBye',
  EmailVerificationSubject: 'Your code',
  VerificationMessageTemplate: {
    EmailMessageByLink: 'Press {##here##}',
    DefaultEmailOption: 'CONFIRM_WITH_LINK',
  },
  SmsAuthenticationMessage: 'Your code is {####}',
  MfaConfiguration: 'OPTIONAL',
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false },
  EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', From: 'Shop <shop@example.com>' },
  SmsConfiguration: { SnsCallerArn: `arn:aws:iam::${ACCOUNT_ID}:role/sms`, ExternalId: 'x' },
  UserPoolTags: { team: 'blue', empty: '' },
  UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' },
  UserPoolTier: 'PLUS',
  IssuerConfiguration: { Type: 'ORIGINAL' },
} as const;

describe('CreateUserPool', () => {
  test('with a name alone has the defaults of the service', async () => {
    const pool = await create();
    expect(pool).toEqual({
      Id: expect.stringMatching(/^us-east-1_[0-9A-Za-z]{9}$/) as unknown,
      Name: 'Shop',
      Arn: `arn:aws:cognito-idp:us-east-1:${ACCOUNT_ID}:userpool/${pool.Id}`,
      Policies: {
        PasswordPolicy: {
          MinimumLength: 8,
          RequireUppercase: true,
          RequireLowercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
          TemporaryPasswordValidityDays: 7,
        },
        SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] },
      },
      DeletionProtection: 'INACTIVE',
      LambdaConfig: {},
      SchemaAttributes: expect.any(Array),
      VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE' },
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: [] },
      MfaConfiguration: 'OFF',
      EstimatedNumberOfUsers: 0,
      EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
      UserPoolTags: {},
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 7 },
      UsernameConfiguration: { CaseSensitive: false },
      AccountRecoverySetting: {
        RecoveryMechanisms: [
          { Priority: 1, Name: 'verified_phone_number' },
          { Priority: 2, Name: 'verified_email' },
        ],
      },
      UserPoolTier: 'ESSENTIALS',
      CreationDate: expect.any(Date),
      LastModifiedDate: expect.any(Date),
    });
    // Every standard attribute is listed.
    expect(pool.SchemaAttributes?.map(({ Name }) => Name)).toEqual(
      `sub name given_name family_name middle_name nickname preferred_username profile picture website email
      email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at
      identities`.split(/\s+/),
    );
    expect(pool.SchemaAttributes).toEqual(
      expect.arrayContaining([
        {
          Name: 'birthdate',
          AttributeDataType: 'String',
          DeveloperOnlyAttribute: false,
          Mutable: true,
          Required: false,
          StringAttributeConstraints: { MinLength: '10', MaxLength: '10' },
        },
        {
          Name: 'updated_at',
          AttributeDataType: 'Number',
          DeveloperOnlyAttribute: false,
          Mutable: true,
          Required: false,
          NumberAttributeConstraints: { MinValue: '0' },
        },
      ]),
    );
    expect(await describePool(pool.Id)).toEqual(pool);
  });

  test('keeps and shows all that is given', async () => {
    const given = {
      ...SHOWN,
      Policies: {
        PasswordPolicy: {
          MinimumLength: 12,
          RequireUppercase: false,
          RequireLowercase: true,
          RequireNumbers: false,
          RequireSymbols: false,
          PasswordHistorySize: 3,
          TemporaryPasswordValidityDays: 2,
        },
        SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] as aws.AuthFactorType[] },
      },
      DeletionProtection: 'ACTIVE' as const,
      AutoVerifiedAttributes: ['email' as const],
      AliasAttributes: ['email' as const, 'preferred_username' as const],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email' as const] },
      AdminCreateUserConfig: {
        AllowAdminCreateUserOnly: true,
        UnusedAccountValidityDays: 2,
        InviteMessageTemplate: { EmailSubject: 'Welcome' },
      },
      UsernameConfiguration: { CaseSensitive: true },
      AccountRecoverySetting: {
        RecoveryMechanisms: [
          { Priority: 2, Name: 'verified_phone_number' as const },
          { Priority: 1, Name: 'verified_email' as const },
        ],
      },
    };
    const pool = await create({
      ...given,
      Schema: [
        { Name: 'email', Required: true, Mutable: true },
        {
          Name: 'level',
          AttributeDataType: 'Number',
          NumberAttributeConstraints: { MinValue: '1', MaxValue: '9' },
        },
        { Name: 'plan', AttributeDataType: 'String', DeveloperOnlyAttribute: true, Mutable: false },
      ],
    });
    const shown = {
      ...given,
      AccountRecoverySetting: {
        RecoveryMechanisms: [
          { Priority: 1, Name: 'verified_email' },
          { Priority: 2, Name: 'verified_phone_number' },
        ],
      },
    };
    expect(pool).toMatchObject(shown);
    expect(pool.SchemaAttributes?.find(({ Name }) => Name === 'email')).toMatchObject({ Required: true });
    expect(pool.SchemaAttributes?.slice(-2)).toEqual([
      {
        Name: 'custom:level',
        AttributeDataType: 'Number',
        DeveloperOnlyAttribute: false,
        Mutable: true,
        Required: false,
        NumberAttributeConstraints: { MinValue: '1', MaxValue: '9' },
      },
      {
        Name: 'dev:plan',
        AttributeDataType: 'String',
        DeveloperOnlyAttribute: true,
        Mutable: false,
        Required: false,
        StringAttributeConstraints: {},
      },
    ]);
    expect(await describePool(pool.Id)).toEqual(pool);
  });

  test('takes a rule of a policy that is left out as off, and 0 days as the default', async () => {
    const pool = await create({
      Policies: { PasswordPolicy: { RequireNumbers: true, TemporaryPasswordValidityDays: 0 } },
    });
    expect(pool.Policies?.PasswordPolicy).toEqual({
      MinimumLength: 8,
      RequireUppercase: false,
      RequireLowercase: false,
      RequireNumbers: true,
      RequireSymbols: false,
      TemporaryPasswordValidityDays: 7,
    });
  });

  test('refuses in the words of the service', async () => {
    expect(await refusal({ AliasAttributes: ['email'], UsernameAttributes: ['email'] })).toBe(
      'InvalidParameterException: Only one of the aliasAttributes or usernameAttributes can be set in a user pool.',
    );
    expect(await refusal({ Policies: { PasswordPolicy: { MinimumLength: 5 } } })).toBe(
      "InvalidParameterException: 1 validation error detected: Value '5' at 'policies.passwordPolicy.minimumLength' " +
        'failed to satisfy constraint: Member must have value greater than or equal to 6',
    );
    expect(await refusal({ Schema: [{ Name: 'a', AttributeDataType: 'String', Required: true }] })).toBe(
      'InvalidParameterException: Required custom attributes are not supported currently.',
    );
    expect(await refusal({ Schema: [{ Name: 'x'.repeat(21), AttributeDataType: 'String' }] })).toMatch(
      /at 'schema\.1\.member\.name' failed to satisfy constraint: Member must have length less than or equal to 20$/,
    );
    expect(await refusal({ UserPoolTags: { ['k'.repeat(129)]: 'v' } })).toMatch(/^InvalidParameterException/);
    expect(await refusal({ EmailVerificationMessage: 'no code here' })).toMatch(
      /at 'emailVerificationMessage' failed/,
    );
    // Nobody could fulfil it, and letting everybody in without would be worse.
    expect(await refusal({ MfaConfiguration: 'ON' })).toBe(
      'InvalidParameterException: MfaConfiguration ON is not supported yet: OFF and OPTIONAL are.',
    );
    expect(await refusal({ PoolName: undefined })).toMatch(/Value null at 'poolName'/);
  });

  // Before the time-out of the test: the model's own patterns would take minutes.
  test('answers where a message goes on and on', async () => {
    const long = `${'{##x'.repeat(4999)}\u0001`;
    expect(
      await refusal({ VerificationMessageTemplate: { EmailMessageByLink: long, EmailMessage: long } }),
    ).toMatch(/^InvalidParameterException: 2 validation errors detected/);
  });
});

describe('UpdateUserPool', () => {
  test('sets what is left out to its default, and keeps what is fixed', async () => {
    const pool = await create({
      ...SHOWN,
      AliasAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      Schema: [{ Name: 'level', AttributeDataType: 'Number' }],
      UsernameConfiguration: { CaseSensitive: true },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    });
    await client.send(
      new aws.UpdateUserPoolCommand({
        UserPoolId: pool.Id,
        PoolName: 'Renamed',
        MfaConfiguration: 'OPTIONAL',
      }),
    );
    const plain = await create();
    expect(await describePool(pool.Id)).toEqual({
      ...plain,
      Id: pool.Id,
      Arn: pool.Arn,
      Name: 'Renamed',
      MfaConfiguration: 'OPTIONAL',
      AliasAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: true },
      SchemaAttributes: pool.SchemaAttributes,
      CreationDate: pool.CreationDate,
      LastModifiedDate: expect.any(Date),
    });
  });

  test('takes what Describe shows', async () => {
    const pool = await create({ ...SHOWN, AutoVerifiedAttributes: ['email'] });
    const { Id, Name } = pool;
    await client.send(new aws.UpdateUserPoolCommand({ ...pool, UserPoolId: Id, PoolName: Name }));
    const { LastModifiedDate: _, ...rest } = pool;
    expect(await describePool(Id)).toMatchObject(rest);
  });
});

describe('a pool', () => {
  test('is extended with custom attributes, which its users then have', async () => {
    const pool = await create();
    await client.send(
      new aws.AddCustomAttributesCommand({
        UserPoolId: pool.Id,
        CustomAttributes: [{ Name: 'team', AttributeDataType: 'String' }],
      }),
    );
    const { User } = await client.send(
      new aws.AdminCreateUserCommand({
        UserPoolId: pool.Id,
        Username: 'anna',
        UserAttributes: [{ Name: 'custom:team', Value: 'blue' }],
        MessageAction: 'SUPPRESS',
      }),
    );
    expect(User?.Attributes?.slice(1)).toEqual([{ Name: 'custom:team', Value: 'blue' }]);
    expect((await describePool(pool.Id))?.EstimatedNumberOfUsers).toBe(1);
  });

  test('tells its second factors', async () => {
    const config = await client.send(new aws.GetUserPoolMfaConfigCommand({ UserPoolId: POOL_ID }));
    expect(config).toMatchObject({
      MfaConfiguration: 'OFF',
      SoftwareTokenMfaConfiguration: { Enabled: false },
    });
  });

  test('is listed, and deleted unless it is protected', async () => {
    const pool = await create({ DeletionProtection: 'ACTIVE' });
    const ids: (string | undefined)[] = [];
    for await (const page of aws.paginateListUserPools({ client, pageSize: 2 }, { MaxResults: 2 })) {
      ids.push(...(page.UserPools ?? []).map(({ Id }) => Id));
      expect(page.UserPools?.[0]).toMatchObject({ Name: expect.any(String) as unknown, LambdaConfig: {} });
    }
    expect(ids).toContain(pool.Id);
    expect(ids).toContain(POOL_ID);
    expect(await errorOf(client.send(new aws.ListUserPoolsCommand({ MaxResults: 0 })))).toMatch(
      /^InvalidParameterException/,
    );
    const remove = () => client.send(new aws.DeleteUserPoolCommand({ UserPoolId: pool.Id }));
    expect(await errorOf(remove())).toMatch(/^InvalidParameterException: The user pool cannot be deleted/);
    await client.send(new aws.UpdateUserPoolCommand({ UserPoolId: pool.Id }));
    await remove();
    expect(await errorOf(remove())).toBe(`ResourceNotFoundException: User pool ${pool.Id} does not exist.`);
  });
});

test('the default pool is described as it was made', async () => {
  await addUser(directory, 'ben');
  expect(await describePool(POOL_ID)).toMatchObject({
    Id: POOL_ID,
    Name: 'Rockpool',
    AliasAttributes: ['email'],
    AutoVerifiedAttributes: ['email'],
    EstimatedNumberOfUsers: 1,
  });
});
