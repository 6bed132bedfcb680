import type { UserPools } from '../../user-pools/user-pools.ts';
import type { Operation } from './operation.ts';
import { addCustomAttributes } from './operations/addCustomAttributes.ts';
import { adminAddUserToGroup } from './operations/adminAddUserToGroup.ts';
import { adminConfirmSignUp } from './operations/adminConfirmSignUp.ts';
import { adminCreateUser } from './operations/adminCreateUser.ts';
import { adminDeleteUser } from './operations/adminDeleteUser.ts';
import { adminDeleteUserAttributes } from './operations/adminDeleteUserAttributes.ts';
import { adminDisableUser } from './operations/adminDisableUser.ts';
import { adminEnableUser } from './operations/adminEnableUser.ts';
import { adminGetUser } from './operations/adminGetUser.ts';
import { adminInitiateAuth } from './operations/adminInitiateAuth.ts';
import { adminListGroupsForUser } from './operations/adminListGroupsForUser.ts';
import { adminRemoveUserFromGroup } from './operations/adminRemoveUserFromGroup.ts';
import { adminResetUserPassword } from './operations/adminResetUserPassword.ts';
import { adminRespondToAuthChallenge } from './operations/adminRespondToAuthChallenge.ts';
import { adminSetUserPassword } from './operations/adminSetUserPassword.ts';
import { adminUpdateUserAttributes } from './operations/adminUpdateUserAttributes.ts';
import { adminUserGlobalSignOut } from './operations/adminUserGlobalSignOut.ts';
import { changePassword } from './operations/changePassword.ts';
import { confirmForgotPassword } from './operations/confirmForgotPassword.ts';
import { confirmSignUp } from './operations/confirmSignUp.ts';
import { createGroup } from './operations/createGroup.ts';
import { createUserPool } from './operations/createUserPool.ts';
import { createUserPoolClient } from './operations/createUserPoolClient.ts';
import { deleteGroup } from './operations/deleteGroup.ts';
import { deleteUser } from './operations/deleteUser.ts';
import { deleteUserAttributes } from './operations/deleteUserAttributes.ts';
import { deleteUserPool } from './operations/deleteUserPool.ts';
import { deleteUserPoolClient } from './operations/deleteUserPoolClient.ts';
import { describeUserPool } from './operations/describeUserPool.ts';
import { describeUserPoolClient } from './operations/describeUserPoolClient.ts';
import { forgotPassword } from './operations/forgotPassword.ts';
import { getGroup } from './operations/getGroup.ts';
import { getTokensFromRefreshToken } from './operations/getTokensFromRefreshToken.ts';
import { getUser } from './operations/getUser.ts';
import { getUserAttributeVerificationCode } from './operations/getUserAttributeVerificationCode.ts';
import { getUserPoolMfaConfig } from './operations/getUserPoolMfaConfig.ts';
import { globalSignOut } from './operations/globalSignOut.ts';
import { initiateAuth } from './operations/initiateAuth.ts';
import { listGroups } from './operations/listGroups.ts';
import { listUserPoolClients } from './operations/listUserPoolClients.ts';
import { listUserPools } from './operations/listUserPools.ts';
import { listUsers } from './operations/listUsers.ts';
import { listUsersInGroup } from './operations/listUsersInGroup.ts';
import { resendConfirmationCode } from './operations/resendConfirmationCode.ts';
import { respondToAuthChallenge } from './operations/respondToAuthChallenge.ts';
import { revokeToken } from './operations/revokeToken.ts';
import { signUp } from './operations/signUp.ts';
import { updateGroup } from './operations/updateGroup.ts';
import { updateUserAttributes } from './operations/updateUserAttributes.ts';
import { updateUserPool } from './operations/updateUserPool.ts';
import { updateUserPoolClient } from './operations/updateUserPoolClient.ts';
import { verifyUserAttribute } from './operations/verifyUserAttribute.ts';

/**
 * Every operation that is built, each with exactly the part of the directory that it needs. `accountId` is of the ARNs
 * of pools.
 */
export function userPoolOperations(pools: UserPools, accountId: string): readonly Operation[] {
  const {
    signUps,
    recovery,
    passwordChange,
    authentication,
    profiles,
    verification,
    revocation,
    adminUsers,
    adminAccounts,
    userSearch,
    groups,
    memberships,
    poolAdmin,
    clientAdmin,
  } = pools;
  return [
    signUp(signUps),
    confirmSignUp(signUps),
    resendConfirmationCode(signUps),
    forgotPassword(recovery),
    confirmForgotPassword(recovery),
    changePassword(passwordChange),
    initiateAuth(authentication),
    respondToAuthChallenge(authentication),
    getTokensFromRefreshToken(authentication),
    revokeToken(revocation),
    globalSignOut(pools),
    getUser(profiles),
    updateUserAttributes(profiles),
    deleteUserAttributes(profiles),
    getUserAttributeVerificationCode(verification),
    verifyUserAttribute(verification),
    deleteUser(profiles),
    adminInitiateAuth(authentication),
    adminRespondToAuthChallenge(authentication),
    adminCreateUser(adminUsers),
    adminSetUserPassword(adminUsers),
    adminGetUser(adminUsers),
    adminUserGlobalSignOut(adminUsers, revocation),
    adminDisableUser(adminUsers),
    adminEnableUser(adminUsers),
    adminDeleteUser(adminUsers),
    adminConfirmSignUp(adminAccounts),
    adminUpdateUserAttributes(adminAccounts),
    adminDeleteUserAttributes(adminAccounts),
    adminResetUserPassword(adminAccounts),
    listUsers(userSearch),
    createGroup(groups),
    getGroup(groups),
    updateGroup(groups),
    deleteGroup(groups),
    listGroups(groups),
    adminAddUserToGroup(memberships),
    adminRemoveUserFromGroup(memberships),
    adminListGroupsForUser(memberships),
    listUsersInGroup(memberships),
    createUserPool(poolAdmin, accountId),
    describeUserPool(poolAdmin, accountId),
    updateUserPool(poolAdmin),
    deleteUserPool(poolAdmin),
    listUserPools(poolAdmin),
    addCustomAttributes(poolAdmin),
    getUserPoolMfaConfig(poolAdmin),
    createUserPoolClient(clientAdmin),
    describeUserPoolClient(clientAdmin),
    updateUserPoolClient(clientAdmin),
    deleteUserPoolClient(clientAdmin),
    listUserPoolClients(clientAdmin),
  ];
}
