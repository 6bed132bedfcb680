import type { PoolAdmin } from '../../../user-pools/pool-admin.ts';
import { userPoolId } from '../members.ts';
import { signedOperation } from '../operation.ts';
import { schemaAttribute } from '../pool-members.ts';
import { attributeRequests } from '../pool-settings.ts';
import { list } from '../validate.ts';

export const addCustomAttributes = (pools: PoolAdmin) =>
  signedOperation(
    'AddCustomAttributes',
    { UserPoolId: userPoolId, CustomAttributes: list(schemaAttribute, { min: 1, max: 25 }) },
    async (input) => {
      await pools.addAttributes(input.UserPoolId, attributeRequests(input.CustomAttributes));
      return {};
    },
  );
