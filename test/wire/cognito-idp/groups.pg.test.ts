import * as aws from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import {
  addUser,
  CLIENT_ID,
  partsOf,
  PASSWORD,
  POOL_ID,
  testDirectory,
  type Directory,
} from '../../user-pools/support.ts';
import { errorOf, sdk, serve } from './support.ts';

const ROLE = 'arn:aws:iam::123456789012:role/editors';

let directory: Directory;
let client: aws.CognitoIdentityProviderClient;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});
beforeEach(async () => {
  const { url } = await serve(directory);
  client = sdk(url);
});

const group = (GroupName: string) => ({ UserPoolId: POOL_ID, GroupName });
const create = (GroupName: string, given: Partial<aws.CreateGroupCommandInput> = {}) =>
  client.send(new aws.CreateGroupCommand({ ...group(GroupName), ...given }));

test('makes, shows, changes and deletes a group', async () => {
  const made = await create('editors', { Description: 'Those who edit', RoleArn: ROLE, Precedence: 0 });
  const whole = {
    GroupName: 'editors',
    UserPoolId: POOL_ID,
    Description: 'Those who edit',
    RoleArn: ROLE,
    Precedence: 0,
    LastModifiedDate: expect.any(Date),
    CreationDate: expect.any(Date),
  };
  expect(made.Group).toEqual(whole);
  const shown = await client.send(new aws.GetGroupCommand(group('editors')));
  expect(shown.Group).toEqual(made.Group);
  const changed = await client.send(new aws.UpdateGroupCommand({ ...group('editors'), Precedence: 5 }));
  expect(changed.Group).toEqual({ ...whole, Precedence: 5 });
  const deleted = await client.send(new aws.DeleteGroupCommand(group('editors')));
  expect(deleted.$metadata.httpStatusCode).toBe(200);
  expect(await errorOf(client.send(new aws.GetGroupCommand(group('editors'))))).toBe(
    'ResourceNotFoundException: Group not found.',
  );
  const plain = await create('plain');
  expect(plain.Group).toEqual({
    ...group('plain'),
    LastModifiedDate: expect.any(Date),
    CreationDate: expect.any(Date),
  });
});

test('puts users into groups, whose tokens say so, and takes them out', async () => {
  const sub = await addUser(directory, 'anna');
  await create('writers');
  const of = { UserPoolId: POOL_ID, Username: 'anna' };
  await client.send(new aws.AdminAddUserToGroupCommand({ ...of, GroupName: 'writers' }));
  const signIn = async () => {
    const { AuthenticationResult } = await client.send(
      new aws.InitiateAuthCommand({
        ClientId: CLIENT_ID,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'anna', PASSWORD },
      }),
    );
    return partsOf(AuthenticationResult?.AccessToken ?? '').claims['cognito:groups'];
  };
  expect(await signIn()).toEqual(['writers']);
  const { Groups } = await client.send(new aws.AdminListGroupsForUserCommand(of));
  expect(Groups).toMatchObject([group('writers')]);
  const { Users, NextToken } = await client.send(new aws.ListUsersInGroupCommand(group('writers')));
  expect(Users).toEqual([
    {
      Username: 'anna',
      Attributes: expect.arrayContaining([{ Name: 'sub', Value: sub }]) as unknown,
      UserCreateDate: expect.any(Date),
      UserLastModifiedDate: expect.any(Date),
      Enabled: true,
      UserStatus: 'CONFIRMED',
    },
  ]);
  expect(NextToken).toBeUndefined();
  await client.send(new aws.AdminRemoveUserFromGroupCommand({ ...of, GroupName: 'writers' }));
  expect(await signIn()).toBeUndefined();
});

test('lists all groups through the paginator', async () => {
  for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) await create(name);
  const names: string[] = [];
  let pages = 0;
  for await (const page of aws.paginateListUsersInGroup({ client, pageSize: 2 }, group('p1'))) {
    expect(page.Users).toEqual([]);
  }
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new aws.ListGroupsCommand({
        UserPoolId: POOL_ID,
        Limit: 2,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    pages += 1;
    names.push(...(page.Groups ?? []).map((each) => each.GroupName ?? ''));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  expect(names).toEqual([...names].sort());
  expect(names).toEqual(expect.arrayContaining(['p1', 'p2', 'p3', 'p4', 'p5']));
  expect(pages).toBe(Math.ceil(names.length / 2));
});

test('refuses in the words of the service', async () => {
  await create('taken');
  expect(await errorOf(create('taken'))).toBe(
    'GroupExistsException: A group with the name taken already exists.',
  );
  expect(await errorOf(create('a b'))).toMatch(
    /^InvalidParameterException: 1 validation error detected: Value 'a b' at 'groupName' failed/,
  );
  expect(await errorOf(create('x', { Precedence: -1 }))).toMatch(
    /^InvalidParameterException: .* at 'precedence' .* greater than or equal to 0$/,
  );
  expect(await errorOf(create('x', { Precedence: 2 ** 31 }))).toMatch(/^InvalidParameterException/);
  expect(await errorOf(create('x', { RoleArn: 'not-an-arn-but-long-enough' }))).toMatch(
    /^InvalidParameterException: .* at 'roleArn'/,
  );
  expect(await errorOf(create('x', { UserPoolId: 'us-east-1_Missing' }))).toBe(
    'ResourceNotFoundException: User pool us-east-1_Missing does not exist.',
  );
  const add = (Username: string, GroupName: string) =>
    client.send(new aws.AdminAddUserToGroupCommand({ UserPoolId: POOL_ID, Username, GroupName }));
  await addUser(directory, 'ben');
  expect(await errorOf(add('ghost', 'taken'))).toBe('UserNotFoundException: User does not exist.');
  expect(await errorOf(add('ben', 'ghosts'))).toBe('ResourceNotFoundException: Group not found.');
  const list = (given: object) => client.send(new aws.ListGroupsCommand({ UserPoolId: POOL_ID, ...given }));
  expect(await errorOf(list({ Limit: 0 }))).toMatch(/at 'limit' .* greater than or equal to 1$/);
  expect(await errorOf(list({ Limit: 61 }))).toMatch(/at 'limit' .* less than or equal to 60$/);
  expect(await errorOf(list({ NextToken: 'bm90LWEtdG9rZW4' }))).toBe(
    'InvalidParameterException: Invalid pagination token given.',
  );
});
