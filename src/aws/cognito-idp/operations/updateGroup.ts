import type { Groups } from '../../../user-pools/groups.ts';
import { description, groupName, precedence, roleArn, userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { groupType } from '../views.ts';

export const updateGroup = (groups: Groups) =>
  signedOperation(
    'UpdateGroup',
    {
      GroupName: groupName,
      UserPoolId: userPoolId,
      Description: description,
      RoleArn: roleArn,
      Precedence: precedence,
    },
    async (input) => {
      const group = await groups.update(
        { poolId: input.UserPoolId, name: input.GroupName },
        { description: input.Description, roleArn: input.RoleArn, precedence: input.Precedence },
      );
      return { Group: groupType(group) };
    },
  );
