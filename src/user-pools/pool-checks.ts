import { invalidParameter } from './errors.ts';
import type { PoolSettings } from './settings.ts';

/** What an owner chooses when a pool is made and may change later. The rest of the settings is fixed. */
export type PoolChoices = Pick<
  PoolSettings,
  | 'passwordPolicy'
  | 'autoVerifiedAttributes'
  | 'verifyBeforeUpdate'
  | 'adminCreateUserOnly'
  | 'recovery'
  | 'deletionProtection'
  | 'shown'
>;

/** Throws INVALID_PARAMETER for settings that do not go together. */
export function checkPoolSettings(settings: PoolSettings): void {
  if (settings.aliasAttributes.length > 0 && settings.usernameAttributes.length > 0) {
    throw invalidParameter(
      'Only one of the aliasAttributes or usernameAttributes can be set in a user pool.',
    );
  }
  const early = settings.verifyBeforeUpdate.find((name) => !settings.autoVerifiedAttributes.includes(name));
  if (early !== undefined) {
    throw invalidParameter(
      `AttributesRequireVerificationBeforeUpdate has ${early}, which AutoVerifiedAttributes has not.`,
    );
  }
  const { recovery } = settings;
  if (new Set(recovery).size < recovery.length) {
    throw invalidParameter('Account Recovery Setting has the same recovery mechanism twice.');
  }
  if (recovery.includes('admin_only') && recovery.length > 1) {
    throw invalidParameter(
      'Account Recovery Setting admin_only cannot be used with other recovery mechanisms.',
    );
  }
}
