import type { AdminUsers } from '../../../user-pools/admin-users.ts';
import { attributes, clientMetadata, password, username, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { flag, list, oneOf, optional } from '../validate.ts';
import { attributesOf, userType } from '../views.ts';

export const adminCreateUser = (users: AdminUsers) =>
  signedOperation(
    'AdminCreateUser',
    {
      UserPoolId: userPoolId,
      Username: username,
      UserAttributes: optional(attributes),
      ValidationData: optional(attributes),
      TemporaryPassword: optional(password),
      ForceAliasCreation: optional(flag()),
      MessageAction: optional(oneOf(['RESEND', 'SUPPRESS'])),
      DesiredDeliveryMediums: optional(list(oneOf(['SMS', 'EMAIL']))),
      ClientMetadata: clientMetadata,
    },
    async (input) => {
      const user = await users.create({
        poolId: input.UserPoolId,
        username: input.Username,
        attributes: attributesOf(input.UserAttributes),
        temporaryPassword: input.TemporaryPassword,
        forceAliasCreation: input.ForceAliasCreation ?? false,
        message: input.MessageAction,
        mediums: input.DesiredDeliveryMediums,
      });
      return { User: userType(user) };
    },
  );
