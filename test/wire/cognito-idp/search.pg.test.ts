import * as aws from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
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
import { errorOf, sdk, serve } from './support.ts';

let directory: Directory;
let client: aws.CognitoIdentityProviderClient;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
  for (const name of ['anna', 'ben', 'carl']) await addUser(directory, name);
});
beforeEach(async () => {
  const { url } = await serve(directory);
  client = sdk(url);
});

const of = (Username: string) => ({ UserPoolId: POOL_ID, Username });
const list = (given: Partial<aws.ListUsersCommandInput> = {}) =>
  client.send(new aws.ListUsersCommand({ UserPoolId: POOL_ID, ...given }));

describe('ListUsers', () => {
  test('shows users with their attributes, sub first, or with those that are asked for', async () => {
    const { Users } = await list({ Filter: 'email = "anna@example.com"' });
    expect(Users).toEqual([
      {
        Username: 'anna',
        Attributes: [
          { Name: 'sub', Value: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown },
          { Name: 'email', Value: 'anna@example.com' },
          { Name: 'email_verified', Value: 'true' },
        ],
        UserCreateDate: expect.any(Date),
        UserLastModifiedDate: expect.any(Date),
        Enabled: true,
        UserStatus: 'CONFIRMED',
      },
    ]);
    const attributes = async (...AttributesToGet: string[]) =>
      (await list({ Filter: 'username = "anna"', AttributesToGet })).Users?.[0]?.Attributes;
    expect(await attributes('email', 'name')).toEqual([{ Name: 'email', Value: 'anna@example.com' }]);
    expect((await attributes('sub'))?.map(({ Name }) => Name)).toEqual(['sub']);
    expect(await attributes()).toEqual([]);
  });

  test('goes through the paginator', async () => {
    const names: (string | undefined)[] = [];
    for await (const page of aws.paginateListUsers(
      { client, pageSize: 2 },
      { UserPoolId: POOL_ID, Limit: 2 },
    )) {
      names.push(...(page.Users ?? []).map(({ Username }) => Username));
    }
    expect(names).toEqual(['anna', 'ben', 'carl']);
  });

  test('refuses in the words of the service', async () => {
    expect(await errorOf(list({ Filter: 'email is "x"' }))).toBe(
      'InvalidParameterException: Error while parsing filter',
    );
    expect(await errorOf(list({ Filter: 'custom:foo = "x"' }))).toBe(
      'InvalidParameterException: Invalid search attribute: custom:foo',
    );
    expect(await errorOf(list({ AttributesToGet: ['custom:foo'] }))).toBe(
      'InvalidParameterException: One or more requested attributes do not exist.',
    );
    expect(await errorOf(list({ Filter: `name = "${'x'.repeat(256)}"` }))).toMatch(
      /at 'filter' failed to satisfy constraint: Member must have length less than or equal to 256$/,
    );
    const { PaginationToken } = await list({ Limit: 1 });
    for (const token of [`${PaginationToken}x`, 'forged', PaginationToken?.replace(/.$/, '') ?? '']) {
      expect(await errorOf(list({ PaginationToken: token }))).toBe(
        'InvalidParameterException: Invalid pagination token given.',
      );
    }
  });
});

describe('the owner', () => {
  test('confirms a sign-up, writes attributes and removes them', async () => {
    await client.send(new aws.SignUpCommand({ ClientId: CLIENT_ID, Username: 'dora', Password: PASSWORD }));
    await client.send(new aws.AdminConfirmSignUpCommand(of('dora')));
    expect(await errorOf(client.send(new aws.AdminConfirmSignUpCommand(of('dora'))))).toBe(
      'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
    );
    await client.send(
      new aws.AdminUpdateUserAttributesCommand({
        ...of('dora'),
        UserAttributes: [
          { Name: 'email', Value: 'dora@example.com' },
          { Name: 'email_verified', Value: 'true' },
          { Name: 'nickname', Value: 'D' },
        ],
      }),
    );
    await client.send(
      new aws.AdminDeleteUserAttributesCommand({ ...of('dora'), UserAttributeNames: ['nickname'] }),
    );
    const { UserAttributes } = await client.send(new aws.AdminGetUserCommand(of('dora@example.com')));
    expect(UserAttributes?.slice(1)).toEqual([
      { Name: 'email', Value: 'dora@example.com' },
      { Name: 'email_verified', Value: 'true' },
    ]);
  });

  test('resets a password, which the user sets again with the code', async () => {
    await client.send(new aws.AdminResetUserPasswordCommand(of('ben')));
    const signIn = (Password: string) =>
      client.send(
        new aws.InitiateAuthCommand({
          ClientId: CLIENT_ID,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'ben', PASSWORD: Password },
        }),
      );
    expect(await errorOf(signIn(PASSWORD))).toMatch(/^PasswordResetRequiredException: /);
    await client.send(
      new aws.ConfirmForgotPasswordCommand({
        ClientId: CLIENT_ID,
        Username: 'ben',
        ConfirmationCode: await codeTo(directory, 'ben@example.com'),
        Password: 'Battery-staple-2',
      }),
    );
    expect((await signIn('Battery-staple-2')).AuthenticationResult).toBeDefined();
  });

  test('answers the challenge of an invited user', async () => {
    await client.send(
      new aws.AdminCreateUserCommand({
        ...of('emil'),
        TemporaryPassword: PASSWORD,
        MessageAction: 'SUPPRESS',
      }),
    );
    const through = { UserPoolId: POOL_ID, ClientId: CLIENT_ID };
    const asked = await client.send(
      new aws.AdminInitiateAuthCommand({
        ...through,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'emil', PASSWORD },
      }),
    );
    const { AuthenticationResult } = await client.send(
      new aws.AdminRespondToAuthChallengeCommand({
        ...through,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session: asked.Session,
        ChallengeResponses: { USERNAME: 'emil', NEW_PASSWORD: 'Battery-staple-2' },
      }),
    );
    expect(AuthenticationResult).toMatchObject({ TokenType: 'Bearer', ExpiresIn: 3600 });
  });
});
