import type { PasswordChange } from '../../../user-pools/change-password.ts';
import { password, token } from '../members.ts';
import { publicOperation } from '../operation.ts';
import { optional } from '../validate.ts';

export const changePassword = (passwordChange: PasswordChange) =>
  publicOperation(
    'ChangePassword',
    { PreviousPassword: optional(password), ProposedPassword: password, AccessToken: token },
    async (input) => {
      await passwordChange.change({
        accessToken: input.AccessToken,
        previous: input.PreviousPassword,
        proposed: input.ProposedPassword,
      });
      return {};
    },
  );
