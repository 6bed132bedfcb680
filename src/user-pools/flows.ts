import { invalidParameter, notAuthorized, type DirectoryError } from './errors.ts';
import type { ClientSettings } from './settings.ts';

export type FlowName =
  | 'USER_SRP_AUTH'
  | 'REFRESH_TOKEN_AUTH'
  | 'REFRESH_TOKEN'
  | 'CUSTOM_AUTH'
  | 'ADMIN_NO_SRP_AUTH'
  | 'USER_PASSWORD_AUTH'
  | 'ADMIN_USER_PASSWORD_AUTH'
  | 'USER_AUTH';

/**
 * What a flow comes down to, or why the client may not use it. SRP, custom and choice-based sign-in are refused as
 * flows that are not enabled until they are built.
 */
export function permittedFlow(
  settings: ClientSettings,
  flow: FlowName,
  { admin }: { readonly admin: boolean },
): 'password' | 'refresh' {
  switch (flow) {
    case 'USER_PASSWORD_AUTH':
      if (settings.authFlows.includes('USER_PASSWORD_AUTH')) return 'password';
      break;
    case 'ADMIN_NO_SRP_AUTH':
    case 'ADMIN_USER_PASSWORD_AUTH':
      if (!admin) throw invalidParameter('Initiate Auth method not supported.');
      if (settings.authFlows.includes('ADMIN_USER_PASSWORD_AUTH')) return 'password';
      break;
    case 'REFRESH_TOKEN':
    case 'REFRESH_TOKEN_AUTH':
      // With rotation on, a refresh must hand out a new refresh token, which this flow never does.
      if (settings.authFlows.includes('REFRESH_TOKEN_AUTH') && settings.refreshTokenRotation === null)
        return 'refresh';
      break;
    case 'USER_SRP_AUTH':
    case 'CUSTOM_AUTH':
    case 'USER_AUTH':
      break;
  }
  throw notEnabled(flow, admin);
}

export function notEnabled(flow: string, admin: boolean): DirectoryError {
  return admin
    ? notAuthorized('Auth flow not enabled for this client')
    : invalidParameter(`${flow} flow not enabled for this client`);
}

/** A value of `AuthParameters` or `ChallengeResponses` that must be there. */
export function requiredParameter(parameters: ReadonlyMap<string, string>, name: string): string {
  const value = parameters.get(name);
  if (value === undefined || value === '') throw invalidParameter(`Missing required parameter ${name}`);
  return value;
}
