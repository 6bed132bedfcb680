import { createHmac } from 'node:crypto';
import * as aws from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import {
  addUser,
  CLIENT_ID,
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
  await addUser(directory, 'anna');
});
beforeEach(async () => {
  const { url } = await serve(directory);
  client = sdk(url);
});

type Settings = Partial<aws.CreateUserPoolClientCommandInput>;
const send = (given: Settings) =>
  client.send(new aws.CreateUserPoolClientCommand({ UserPoolId: POOL_ID, ClientName: 'App', ...given }));
const create = async (given: Settings = {}) => {
  const { UserPoolClient } = await send(given);
  if (UserPoolClient === undefined) throw new Error('no client');
  return UserPoolClient;
};
const named = (ClientId: string | undefined) => ({ UserPoolId: POOL_ID, ClientId });
const describeClient = async (ClientId: string | undefined) =>
  (await client.send(new aws.DescribeUserPoolClientCommand(named(ClientId)))).UserPoolClient;

const DEFAULTS = {
  RefreshTokenValidity: 30,
  AccessTokenValidity: 60,
  IdTokenValidity: 60,
  TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'days' },
  ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_CUSTOM_AUTH'],
  AllowedOAuthFlowsUserPoolClient: false,
  PreventUserExistenceErrors: 'LEGACY',
  EnableTokenRevocation: true,
  EnablePropagateAdditionalUserContextData: false,
  AuthSessionValidity: 3,
};

describe('CreateUserPoolClient', () => {
  test('with a name alone has the defaults of the service', async () => {
    const made = await create();
    const { ExplicitAuthFlows, ...rest } = made;
    expect(rest).toEqual({
      UserPoolId: POOL_ID,
      ClientName: 'App',
      ClientId: expect.stringMatching(/^[a-z0-9]{26}$/) as unknown,
      CreationDate: expect.any(Date),
      LastModifiedDate: expect.any(Date),
      ...DEFAULTS,
      ExplicitAuthFlows: undefined,
    });
    expect([...(ExplicitAuthFlows ?? [])].sort()).toEqual([...DEFAULTS.ExplicitAuthFlows].sort());
    expect(await describeClient(made.ClientId)).toEqual(made);
  });

  test('keeps and shows all that is given', async () => {
    const given = {
      RefreshTokenValidity: 12,
      AccessTokenValidity: 2,
      IdTokenValidity: 900,
      TokenValidityUnits: { IdToken: 'seconds', RefreshToken: 'hours' },
      ReadAttributes: ['email', 'name'],
      WriteAttributes: ['name'],
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH'],
      SupportedIdentityProviders: ['COGNITO'],
      CallbackURLs: ['https://app.example/back', 'http://localhost:3000/'],
      LogoutURLs: ['https://app.example/bye'],
      DefaultRedirectURI: 'https://app.example/back',
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email'],
      AllowedOAuthFlowsUserPoolClient: true,
      AnalyticsConfiguration: { ApplicationId: 'abcdef0123', UserDataShared: false },
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: false,
      EnablePropagateAdditionalUserContextData: true,
      AuthSessionValidity: 15,
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 30 },
    } satisfies Settings;
    const made = await create(given);
    expect(made).toMatchObject({
      ...given,
      TokenValidityUnits: { AccessToken: 'hours', IdToken: 'seconds', RefreshToken: 'hours' },
    });
    expect(await describeClient(made.ClientId)).toEqual(made);
  });

  test('takes the older names of flows, and shows them again', async () => {
    const made = await create({ ExplicitAuthFlows: ['ADMIN_NO_SRP_AUTH'] });
    expect(made.ExplicitAuthFlows).toEqual(['ADMIN_NO_SRP_AUTH']);
    const signIn = (AuthFlow: aws.AuthFlowType) =>
      client.send(
        new aws.AdminInitiateAuthCommand({
          ...named(made.ClientId),
          AuthFlow,
          AuthParameters: { USERNAME: 'anna', PASSWORD },
        }),
      );
    expect((await signIn('ADMIN_NO_SRP_AUTH')).AuthenticationResult).toBeDefined();
    expect(await errorOf(signIn('USER_PASSWORD_AUTH'))).toMatch(/^NotAuthorizedException/);
    expect(await errorOf(send({ ExplicitAuthFlows: ['ADMIN_NO_SRP_AUTH', 'ALLOW_USER_SRP_AUTH'] }))).toBe(
      'InvalidParameterException: ExplicitAuthFlows cannot mix values that begin with ALLOW_ with older ones.',
    );
  });

  test('makes a secret that sign-ins through the client need', async () => {
    const { ClientId, ClientSecret = '' } = await create({
      GenerateSecret: true,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    expect(ClientSecret).toMatch(/^[a-z0-9]{52}$/);
    expect((await describeClient(ClientId))?.ClientSecret).toBe(ClientSecret);
    const signIn = (extra: Record<string, string>) =>
      client.send(
        new aws.InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'anna', PASSWORD, ...extra },
        }),
      );
    expect(await errorOf(signIn({}))).toMatch(/^NotAuthorizedException: .*SECRET_HASH was not received$/);
    const SECRET_HASH = createHmac('sha256', ClientSecret).update(`anna${ClientId}`).digest('base64');
    expect((await signIn({ SECRET_HASH })).AuthenticationResult).toBeDefined();
  });

  test('takes 0 days for the default, told in the unit that is asked for', async () => {
    const made = await create({
      RefreshTokenValidity: 0,
      TokenValidityUnits: { AccessToken: 'seconds', IdToken: 'days', RefreshToken: 'hours' },
    });
    expect(made).toMatchObject({
      RefreshTokenValidity: 720,
      AccessTokenValidity: 3600,
      IdTokenValidity: 60,
      TokenValidityUnits: { AccessToken: 'seconds', IdToken: 'minutes', RefreshToken: 'hours' },
    });
  });

  test('refuses in the words of the service', async () => {
    expect(await errorOf(send({ AccessTokenValidity: 25 }))).toBe(
      'InvalidParameterException: Invalid range for token validity.',
    );
    expect(await errorOf(send({ AllowedOAuthScopes: ['shop/read'] }))).toBe(
      'ScopeDoesNotExistException: Invalid scope requested: shop/read',
    );
    expect(await errorOf(send({ AllowedOAuthFlows: ['client_credentials'] }))).toMatch(
      /^InvalidOAuthFlowException: /,
    );
    expect(await errorOf(send({ GenerateSecret: true, ClientSecret: 'a'.repeat(24) }))).toBe(
      'InvalidParameterException: ClientSecret and GenerateSecret cannot be used together.',
    );
    expect(await errorOf(send({ ClientSecret: 'short-secret' }))).not.toContain('short-secret');
    expect(await errorOf(send({ AuthSessionValidity: 2 }))).toMatch(/at 'authSessionValidity'/);
    expect(await errorOf(send({ ClientName: 'a/b' }))).toMatch(/at 'clientName'/);
    expect(await errorOf(send({ UserPoolId: 'us-east-1_Missing' }))).toBe(
      'ResourceNotFoundException: User pool us-east-1_Missing does not exist.',
    );
  });
});

test('UpdateUserPoolClient sets what is left out to its default, but for name and secret', async () => {
  const made = await create({
    GenerateSecret: true,
    ReadAttributes: ['email'],
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    RefreshTokenRotation: { Feature: 'ENABLED' },
  });
  const { UserPoolClient } = await client.send(
    new aws.UpdateUserPoolClientCommand({ ...named(made.ClientId), AuthSessionValidity: 5 }),
  );
  expect(UserPoolClient).toMatchObject({
    ...DEFAULTS,
    ExplicitAuthFlows: expect.arrayContaining(DEFAULTS.ExplicitAuthFlows) as unknown,
    ClientName: 'App',
    ClientSecret: made.ClientSecret,
    AuthSessionValidity: 5,
  });
  expect(UserPoolClient).not.toHaveProperty('ReadAttributes');
  expect(UserPoolClient).not.toHaveProperty('RefreshTokenRotation');
});

test('clients are listed without their secrets, and deleted', async () => {
  const made = await create({ GenerateSecret: true });
  const list: aws.UserPoolClientDescription[] = [];
  for await (const page of aws.paginateListUserPoolClients(
    { client, pageSize: 2 },
    { UserPoolId: POOL_ID, MaxResults: 2 },
  )) {
    list.push(...(page.UserPoolClients ?? []));
  }
  expect(list).toContainEqual({ ClientId: made.ClientId, UserPoolId: POOL_ID, ClientName: 'App' });
  expect(list).toContainEqual({ ClientId: CLIENT_ID, UserPoolId: POOL_ID, ClientName: 'Rockpool' });
  const remove = () => client.send(new aws.DeleteUserPoolClientCommand(named(made.ClientId)));
  await remove();
  expect(await errorOf(remove())).toBe(
    `ResourceNotFoundException: User pool client ${made.ClientId} does not exist.`,
  );
});
