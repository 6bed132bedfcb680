import { integer, list, map, oneOf, optional, structure, text } from './validate.ts';

/* Members that several operations share, with the bounds of the public API model. */

export const userPoolId = text({ min: 1, max: 55, pattern: '[\\w-]+_[0-9a-zA-Z]+' });
export const clientId = text({ min: 1, max: 128, pattern: '[\\w+]+' });
export const clientSecret = text({ min: 24, max: 64, pattern: '[\\w+]+', sensitive: true });
export const secretHash = optional(text({ min: 1, max: 128, pattern: '[\\w+=/]+', sensitive: true }));
export const username = text({ min: 1, max: 128, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+' });
export const password = text({ max: 256, pattern: '[\\S]+.*[\\S]+', sensitive: true });
export const confirmationCode = text({ min: 1, max: 2048, pattern: '[\\S]+', sensitive: true });
export const token = text({ pattern: '[A-Za-z0-9-_=.]+', sensitive: true });
export const session = optional(text({ min: 20, max: 2048, sensitive: true }));
export const attributeName = text({ min: 1, max: 32, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+' });
export const groupName = text({ min: 1, max: 128, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+' });

export const arn = text({
  min: 20,
  max: 2048,
  pattern:
    'arn:[\\w+=/,.@-]+:[\\w+=/,.@-]+:([\\w+=/,.@-]*)?:[0-9]+:[\\w+=/,.@-]+(:[\\w+=/,.@-]+)?(:[\\w+=/,.@-]+)?',
});
/** Names of pools and clients. */
export const displayName = text({ min: 1, max: 128, pattern: '[\\w\\s+=,.@-]+' });
export const description = optional(text({ max: 2048 }));
export const roleArn = optional(arn);
export const precedence = optional(integer({ min: 0, max: 2_147_483_647 }));

/** How many a page may have, and where it goes on. */
export const pageSize = integer({ min: 1, max: 60 });
export const pageToken = optional(text({ min: 1, max: 131_072, pattern: '[\\S]+' }));

/** `[{Name, Value}]`; a missing value is an empty one. */
export const attributes = list(structure({ Name: attributeName, Value: optional(text({ max: 2048 })) }));
export const attributeNames = list(attributeName);
/** Flow and challenge parameters: they hold passwords, so that nothing of them is echoed. */
export const parameters = optional(map(text({ max: 131_072, sensitive: true })));
/** Accepted for triggers, which come with a later issue. */
export const clientMetadata = optional(map(text({ max: 131_072, sensitive: true })));
export const deviceKey = optional(text({ min: 1, max: 55, pattern: '[\\w-]+_[0-9a-f-]+' }));
export const authFlow = oneOf([
  'USER_SRP_AUTH',
  'REFRESH_TOKEN_AUTH',
  'REFRESH_TOKEN',
  'CUSTOM_AUTH',
  'ADMIN_NO_SRP_AUTH',
  'USER_PASSWORD_AUTH',
  'ADMIN_USER_PASSWORD_AUTH',
  'USER_AUTH',
]);
export const challengeName = oneOf([
  'SMS_MFA',
  'EMAIL_OTP',
  'SOFTWARE_TOKEN_MFA',
  'SELECT_MFA_TYPE',
  'MFA_SETUP',
  'PASSWORD_VERIFIER',
  'CUSTOM_CHALLENGE',
  'SELECT_CHALLENGE',
  'DEVICE_SRP_AUTH',
  'DEVICE_PASSWORD_VERIFIER',
  'ADMIN_NO_SRP_AUTH',
  'NEW_PASSWORD_REQUIRED',
  'SMS_OTP',
  'PASSWORD',
  'WEB_AUTHN',
  'PASSWORD_SRP',
]);
