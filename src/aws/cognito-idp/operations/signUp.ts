import type { SignUps } from '../../../user-pools/sign-up.ts';
import { attributes, clientId, clientMetadata, password, secretHash, username } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { optional } from '../validate.ts';
import { attributesOf, deliveryDetails } from '../views.ts';
import { invalidParameter } from '../../../user-pools/errors.ts';

export const signUp = (signUps: SignUps) =>
  publicOperation(
    'SignUp',
    {
      ClientId: clientId,
      SecretHash: secretHash,
      Username: username,
      // Optional in the model, for sign-in without passwords, which no pool has yet.
      Password: optional(password),
      UserAttributes: optional(attributes),
      ValidationData: optional(attributes),
      ClientMetadata: clientMetadata,
    },
    async (input) => {
      if (input.Password === undefined) throw invalidParameter('Missing required parameter Password');
      const { sub, delivery } = await signUps.signUp({
        clientId: input.ClientId,
        secretHash: input.SecretHash,
        username: input.Username,
        password: input.Password,
        attributes: attributesOf(input.UserAttributes),
      });
      const details = delivery === undefined ? {} : { CodeDeliveryDetails: deliveryDetails(delivery) };
      return { UserConfirmed: false, ...details, UserSub: sub };
    },
  );
