import {
  AdminAddUserToGroupCommand,
  AdminRemoveUserFromGroupCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  GroupExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { onTestFinished } from 'vitest';
import type { TestServer } from '../../../support/server.ts';
import { ROOT } from './call.ts';

/** The owner's client of the user pools. Gone after the test. */
export function owner(server: TestServer): CognitoIdentityProviderClient {
  const client = new CognitoIdentityProviderClient({
    endpoint: server.url,
    region: server.region,
    credentials: ROOT,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

/** Puts somebody into a group, which is made where it is not there. */
export async function join(server: TestServer, username: string, group: string): Promise<void> {
  const client = owner(server);
  const UserPoolId = server.ids.userPoolId;
  await client.send(new CreateGroupCommand({ UserPoolId, GroupName: group })).catch((error: unknown) => {
    if (!(error instanceof GroupExistsException)) throw error;
  });
  await client.send(new AdminAddUserToGroupCommand({ UserPoolId, GroupName: group, Username: username }));
}

export async function leave(server: TestServer, username: string, group: string): Promise<void> {
  const UserPoolId = server.ids.userPoolId;
  await owner(server).send(
    new AdminRemoveUserFromGroupCommand({ UserPoolId, GroupName: group, Username: username }),
  );
}
