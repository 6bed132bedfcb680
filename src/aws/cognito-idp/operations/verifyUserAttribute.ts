import type { Verification } from '../../../user-pools/verification.ts';
import { attributeName, confirmationCode, token } from '../members.ts';
import { publicOperation } from '../operation.ts';

export const verifyUserAttribute = (verification: Verification) =>
  publicOperation(
    'VerifyUserAttribute',
    { AccessToken: token, AttributeName: attributeName, Code: confirmationCode },
    async (input) => {
      await verification.verify(input.AccessToken, input.AttributeName, input.Code);
      return {};
    },
  );
