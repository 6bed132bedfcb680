import type { ClientAdmin, NewClient } from '../../../user-pools/client-admin.ts';
import { invalidParameter } from '../../../user-pools/errors.ts';
import { clientMembers } from '../client-members.ts';
import { clientSettings } from '../client-settings.ts';
import { userPoolClientType } from '../client-view.ts';
import { clientSecret, displayName, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { flag, optional } from '../validate.ts';

export const createUserPoolClient = (clients: ClientAdmin) =>
  signedOperation(
    'CreateUserPoolClient',
    {
      UserPoolId: userPoolId,
      ClientName: displayName,
      GenerateSecret: optional(flag()),
      ClientSecret: optional(clientSecret),
      ...clientMembers,
    },
    async (input) => {
      const made = await clients.create({
        poolId: input.UserPoolId,
        name: input.ClientName,
        secret: secretOf(input.ClientSecret, input.GenerateSecret ?? false),
        settings: clientSettings(input),
      });
      return { UserPoolClient: userPoolClientType(made) };
    },
  );

function secretOf(given: string | undefined, generate: boolean): NewClient['secret'] {
  if (given === undefined) return generate ? 'generate' : 'none';
  if (generate) throw invalidParameter('ClientSecret and GenerateSecret cannot be used together.');
  return { given };
}
