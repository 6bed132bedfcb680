import * as aws from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { CLIENT_ID, codeTo, PASSWORD, testDirectory, type Directory } from '../../user-pools/support.ts';
import { errorOf, sdk, serve } from './support.ts';

const NEW_PASSWORD = 'Battery-staple-2';

let directory: Directory;
let client: aws.CognitoIdentityProviderClient;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});
beforeEach(async () => {
  client = sdk((await serve(directory)).url);
});

const signUp = (Username: string) =>
  client.send(
    new aws.SignUpCommand({
      ClientId: CLIENT_ID,
      Username,
      Password: PASSWORD,
      UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
    }),
  );
const confirm = (Username: string, ConfirmationCode: string) =>
  client.send(new aws.ConfirmSignUpCommand({ ClientId: CLIENT_ID, Username, ConfirmationCode }));
const signIn = (USERNAME: string, Password = PASSWORD) =>
  client.send(
    new aws.InitiateAuthCommand({
      ClientId: CLIENT_ID,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD: Password },
    }),
  );

async function user(name: string) {
  await signUp(name);
  await confirm(name, await codeTo(directory, `${name}@example.com`));
  const { AuthenticationResult: tokens } = await signIn(name);
  return { AccessToken: tokens?.AccessToken ?? '', RefreshToken: tokens?.RefreshToken ?? '', tokens };
}

test('sign up, confirm, sign in, read the profile, refresh, sign out', async () => {
  const { UserConfirmed, UserSub, CodeDeliveryDetails } = await signUp('anna');
  expect({ UserConfirmed, UserSub, CodeDeliveryDetails }).toEqual({
    UserConfirmed: false,
    UserSub: expect.stringMatching(/^[0-9a-f-]{36}$/),
    CodeDeliveryDetails: { Destination: 'a***@e***', DeliveryMedium: 'EMAIL', AttributeName: 'email' },
  });
  expect(await errorOf(signUp('anna'))).toBe('UsernameExistsException: User already exists');
  expect(await errorOf(signIn('anna'))).toBe('UserNotConfirmedException: User is not confirmed.');
  const resent = await client.send(
    new aws.ResendConfirmationCodeCommand({ ClientId: CLIENT_ID, Username: 'anna' }),
  );
  expect(resent.CodeDeliveryDetails?.Destination).toBe('a***@e***');
  await confirm('anna', await codeTo(directory, 'anna@example.com'));
  expect(await errorOf(confirm('anna', '123456'))).toBe(
    'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
  );

  const signedIn = await signIn('anna@example.com');
  expect(signedIn.ChallengeName).toBeUndefined();
  expect(signedIn.ChallengeParameters).toEqual({});
  expect(signedIn.AuthenticationResult).toEqual({
    AccessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    IdToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    RefreshToken: expect.stringMatching(/^[A-Za-z0-9-_=.]+$/),
    ExpiresIn: 3600,
    TokenType: 'Bearer',
  });
  const { AccessToken, RefreshToken } = signedIn.AuthenticationResult ?? {};
  const profile = await client.send(new aws.GetUserCommand({ AccessToken }));
  expect(profile.Username).toBe('anna');
  expect(profile.UserAttributes).toEqual([
    { Name: 'sub', Value: UserSub },
    { Name: 'email', Value: 'anna@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);

  const refreshed = await client.send(
    new aws.GetTokensFromRefreshTokenCommand({ ClientId: CLIENT_ID, RefreshToken }),
  );
  expect(Object.keys(refreshed.AuthenticationResult ?? {}).sort()).toEqual([
    'AccessToken',
    'ExpiresIn',
    'IdToken',
    'TokenType',
  ]);
  for (const AuthFlow of ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'] as const) {
    const again = await client.send(
      new aws.InitiateAuthCommand({
        ClientId: CLIENT_ID,
        AuthFlow,
        AuthParameters: { REFRESH_TOKEN: RefreshToken ?? '' },
      }),
    );
    expect(again.AuthenticationResult).not.toHaveProperty('RefreshToken');
  }

  await client.send(new aws.RevokeTokenCommand({ ClientId: CLIENT_ID, Token: RefreshToken }));
  await client.send(new aws.RevokeTokenCommand({ ClientId: CLIENT_ID, Token: RefreshToken }));
  expect(await errorOf(client.send(new aws.GetUserCommand({ AccessToken })))).toBe(
    'NotAuthorizedException: Access Token has been revoked',
  );
  expect(
    await errorOf(
      client.send(new aws.GetTokensFromRefreshTokenCommand({ ClientId: CLIENT_ID, RefreshToken })),
    ),
  ).toBe('NotAuthorizedException: Refresh Token has been revoked');
  expect(
    await errorOf(client.send(new aws.RevokeTokenCommand({ ClientId: CLIENT_ID, Token: AccessToken }))),
  ).toBe('UnsupportedTokenTypeException: Unsupported token type.');
});

test('a forgotten password, and a changed one', async () => {
  const { AccessToken } = await user('ben');
  const { CodeDeliveryDetails } = await client.send(
    new aws.ForgotPasswordCommand({ ClientId: CLIENT_ID, Username: 'ben' }),
  );
  expect(CodeDeliveryDetails).toEqual({
    Destination: 'b***@e***',
    DeliveryMedium: 'EMAIL',
    AttributeName: 'email',
  });
  const ConfirmationCode = await codeTo(directory, 'ben@example.com');
  const reset = (code: string, Password = NEW_PASSWORD) =>
    client.send(
      new aws.ConfirmForgotPasswordCommand({
        ClientId: CLIENT_ID,
        Username: 'ben',
        ConfirmationCode: code,
        Password,
      }),
    );
  expect(await errorOf(reset(ConfirmationCode === '111111' ? '222222' : '111111'))).toBe(
    'CodeMismatchException: Invalid verification code provided, please try again.',
  );
  expect(await errorOf(reset(ConfirmationCode, 'tooweak'))).toBe(
    'InvalidPasswordException: Password did not conform with policy: Password not long enough',
  );
  await reset(ConfirmationCode);
  expect(await errorOf(reset(ConfirmationCode))).toBe(
    'ExpiredCodeException: Invalid code provided, please request a code again.',
  );
  expect(await errorOf(client.send(new aws.GetUserCommand({ AccessToken })))).toMatch(/has been revoked/);

  const later = await signIn('ben', NEW_PASSWORD);
  const change = (PreviousPassword: string) =>
    client.send(
      new aws.ChangePasswordCommand({
        AccessToken: later.AuthenticationResult?.AccessToken,
        PreviousPassword,
        ProposedPassword: PASSWORD,
      }),
    );
  expect(await errorOf(change('Wrong-horse-1'))).toBe(
    'NotAuthorizedException: Incorrect username or password.',
  );
  await change(NEW_PASSWORD);
  await signIn('ben');
});

test('attributes, their codes, and the end of an account', async () => {
  const { AccessToken, RefreshToken } = await user('carl');
  const updated = await client.send(
    new aws.UpdateUserAttributesCommand({
      AccessToken,
      UserAttributes: [
        { Name: 'email', Value: 'new-carl@example.com' },
        { Name: 'name', Value: 'Carl' },
      ],
    }),
  );
  expect(updated.CodeDeliveryDetailsList).toEqual([
    { Destination: 'n***@e***', DeliveryMedium: 'EMAIL', AttributeName: 'email' },
  ]);
  await client.send(new aws.GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: 'email' }));
  const Code = await codeTo(directory, 'new-carl@example.com');
  await client.send(new aws.VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }));
  await client.send(new aws.DeleteUserAttributesCommand({ AccessToken, UserAttributeNames: ['name'] }));
  const { UserAttributes } = await client.send(new aws.GetUserCommand({ AccessToken }));
  expect(UserAttributes?.slice(1)).toEqual([
    { Name: 'email', Value: 'new-carl@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  const unknown = [{ Name: 'custom:foo', Value: 'x' }];
  expect(
    await errorOf(client.send(new aws.UpdateUserAttributesCommand({ AccessToken, UserAttributes: unknown }))),
  ).toBe(
    'InvalidParameterException: Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\n',
  );

  await client.send(new aws.DeleteUserCommand({ AccessToken }));
  await client.send(new aws.RevokeTokenCommand({ ClientId: CLIENT_ID, Token: RefreshToken }));
  expect(await errorOf(client.send(new aws.GetUserCommand({ AccessToken })))).toBe(
    'UserNotFoundException: User does not exist.',
  );
});

test('a sign-out from everywhere', async () => {
  const { AccessToken, RefreshToken } = await user('dora');
  await client.send(new aws.GlobalSignOutCommand({ AccessToken }));
  expect(await errorOf(client.send(new aws.GetUserCommand({ AccessToken })))).toMatch(
    /^NotAuthorizedException/,
  );
  expect(
    await errorOf(
      client.send(new aws.GetTokensFromRefreshTokenCommand({ ClientId: CLIENT_ID, RefreshToken })),
    ),
  ).toMatch(/^NotAuthorizedException/);
  await signIn('dora');
});

test('six wrong passwords', async () => {
  await user('emil');
  for (let i = 0; i < 5; i++) {
    expect(await errorOf(signIn('emil', 'Wrong-horse-1'))).toBe(
      'NotAuthorizedException: Incorrect username or password.',
    );
  }
  expect(await errorOf(signIn('emil'))).toBe('NotAuthorizedException: Password attempts exceeded');
});

test.each(['USER_SRP_AUTH', 'CUSTOM_AUTH', 'USER_AUTH'] as const)(
  'the flow %s is refused as one that is not enabled',
  async (AuthFlow) => {
    const call = client.send(
      new aws.InitiateAuthCommand({
        ClientId: CLIENT_ID,
        AuthFlow,
        AuthParameters: { USERNAME: 'x', SRP_A: 'ff' },
      }),
    );
    expect(await errorOf(call)).toBe(
      `InvalidParameterException: ${AuthFlow} flow not enabled for this client`,
    );
  },
);

test('flows and clients that are not there', async () => {
  const initiate = (ClientId: string, AuthFlow: aws.AuthFlowType, AuthParameters: Record<string, string>) =>
    errorOf(client.send(new aws.InitiateAuthCommand({ ClientId, AuthFlow, AuthParameters })));
  expect(await initiate('nosuchclient', 'USER_PASSWORD_AUTH', { USERNAME: 'x', PASSWORD: 'y' })).toBe(
    'ResourceNotFoundException: User pool client nosuchclient does not exist.',
  );
  expect(await initiate(CLIENT_ID, 'ADMIN_USER_PASSWORD_AUTH', { USERNAME: 'x', PASSWORD: 'y' })).toBe(
    'InvalidParameterException: Initiate Auth method not supported.',
  );
  expect(await initiate(CLIENT_ID, 'USER_PASSWORD_AUTH', { USERNAME: 'x' })).toBe(
    'InvalidParameterException: Missing required parameter PASSWORD',
  );
  expect(await initiate(CLIENT_ID, 'REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: 'nonsense' })).toBe(
    'NotAuthorizedException: Invalid Refresh Token',
  );
});
