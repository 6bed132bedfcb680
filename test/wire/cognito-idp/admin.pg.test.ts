import * as aws from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import {
  addUser,
  CLIENT_ID,
  codeTo,
  PASSWORD,
  POOL_ID,
  testDirectory,
  type Directory,
} from '../../user-pools/support.ts';
import { errorOf, post, ROOT, sdk, serve } from './support.ts';

const NEW_PASSWORD = 'Battery-staple-2';

let directory: Directory;
let url: string;
let client: aws.CognitoIdentityProviderClient;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});
beforeEach(async () => {
  ({ url } = await serve(directory));
  client = sdk(url);
});

const of = (Username: string) => ({ UserPoolId: POOL_ID, Username });
const adminSignIn = (USERNAME: string, Password: string) =>
  client.send(
    new aws.AdminInitiateAuthCommand({
      UserPoolId: POOL_ID,
      ClientId: CLIENT_ID,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD: Password },
    }),
  );

test('invites a user, who chooses a password', async () => {
  const { User } = await client.send(
    new aws.AdminCreateUserCommand({
      ...of('anna'),
      UserAttributes: [
        { Name: 'email', Value: 'anna@example.com' },
        { Name: 'email_verified', Value: 'true' },
      ],
      DesiredDeliveryMediums: ['EMAIL'],
    }),
  );
  expect(User).toEqual({
    Username: 'anna',
    Attributes: [
      { Name: 'sub', Value: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      { Name: 'email', Value: 'anna@example.com' },
      { Name: 'email_verified', Value: 'true' },
    ],
    UserCreateDate: expect.any(Date),
    UserLastModifiedDate: expect.any(Date),
    Enabled: true,
    UserStatus: 'FORCE_CHANGE_PASSWORD',
  });
  const asked = await adminSignIn('anna', await codeTo(directory, 'anna@example.com'));
  expect(asked.ChallengeName).toBe('NEW_PASSWORD_REQUIRED');
  expect(asked.ChallengeParameters).toEqual({
    USER_ID_FOR_SRP: 'anna',
    requiredAttributes: '[]',
    userAttributes: '{"email":"anna@example.com","email_verified":"true"}',
  });
  const respond = () =>
    client.send(
      new aws.RespondToAuthChallengeCommand({
        ClientId: CLIENT_ID,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session: asked.Session,
        ChallengeResponses: { USERNAME: 'anna', NEW_PASSWORD },
      }),
    );
  expect((await respond()).AuthenticationResult?.TokenType).toBe('Bearer');
  expect(await errorOf(respond())).toMatch(/^NotAuthorizedException: Invalid session for the user/);
  expect((await adminSignIn('anna', NEW_PASSWORD)).AuthenticationResult?.AccessToken).toBeDefined();
});

test('reads, disables, enables, signs out and deletes a user', async () => {
  await addUser(directory, 'ben');
  const got = await client.send(new aws.AdminGetUserCommand(of('BEN')));
  expect(got).toMatchObject({ Username: 'ben', Enabled: true, UserStatus: 'CONFIRMED' });
  expect(got.UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' });

  await client.send(new aws.AdminDisableUserCommand(of('ben')));
  expect(await errorOf(adminSignIn('ben', PASSWORD))).toBe('NotAuthorizedException: User is disabled.');
  await client.send(new aws.AdminEnableUserCommand(of('ben')));
  await client.send(
    new aws.AdminSetUserPasswordCommand({ ...of('ben'), Password: NEW_PASSWORD, Permanent: true }),
  );
  const { AuthenticationResult: tokens } = await adminSignIn('ben', NEW_PASSWORD);
  await client.send(new aws.AdminUserGlobalSignOutCommand(of('ben')));
  expect(await errorOf(client.send(new aws.GetUserCommand({ AccessToken: tokens?.AccessToken })))).toBe(
    'NotAuthorizedException: Access Token has been revoked',
  );
  await client.send(new aws.AdminDeleteUserCommand(of('ben')));
  expect(await errorOf(client.send(new aws.AdminGetUserCommand(of('ben'))))).toBe(
    'UserNotFoundException: User does not exist.',
  );
});

test('refuses what it cannot do', async () => {
  await addUser(directory, 'carl');
  const create = (input: Partial<aws.AdminCreateUserCommandInput>) =>
    errorOf(client.send(new aws.AdminCreateUserCommand({ ...of('carl'), ...input })));
  expect(await create({})).toBe('UsernameExistsException: User account already exists');
  expect(await create({ MessageAction: 'RESEND' })).toMatch(/^UnsupportedUserStateException/);
  expect(await create({ Username: 'dora', TemporaryPassword: 'tooweak' })).toMatch(
    /^InvalidPasswordException/,
  );
  expect(await create({ UserPoolId: 'us-east-1_Missing' })).toBe(
    'ResourceNotFoundException: User pool us-east-1_Missing does not exist.',
  );
  const repeated = [
    { Name: 'name', Value: 'A' },
    { Name: 'name', Value: 'B' },
  ];
  expect(await create({ Username: 'dora', UserAttributes: repeated })).toBe(
    'InvalidParameterException: Attribute name is given more than once.',
  );
});

test('takes only requests that the owner signed', async () => {
  const get = new aws.AdminGetUserCommand(of('anna'));
  expect(await errorOf(sdk(url, { ...ROOT, accessKeyId: 'somebody' }).send(get))).toBe(
    'UnrecognizedClientException: The security token included in the request is invalid.',
  );
  expect(await errorOf(sdk(url, { ...ROOT, secretAccessKey: 'wrong' }).send(get))).toMatch(
    /^InvalidSignatureException: The request signature we calculated does not match/,
  );
  const unsigned = await post(url, 'AdminGetUser', JSON.stringify(of('anna')));
  expect(unsigned.status).toBe(400);
  expect(unsigned.body).toEqual({
    __type: 'MissingAuthenticationTokenException',
    message: 'Missing Authentication Token',
  });
});
