import {
  CognitoIdentityProviderClient,
  CognitoIdentityProviderServiceException,
} from '@aws-sdk/client-cognito-identity-provider';
import { onTestFinished } from 'vitest';
import { createSignatureVerifier } from '../../../src/auth/sigv4.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { createCognitoIdp } from '../../../src/aws/cognito-idp/cognito-idp.ts';
import { awsServer } from '../../support/aws-server.ts';
import type { Directory } from '../../user-pools/support.ts';

export const ACCOUNT_ID = '123456789012';
export const ROOT = { accessKeyId: 'rockpool', secretAccessKey: 'rockpool-secret' };

/** The service on a free port. */
export function serve({ pools }: Directory): Promise<{ url: string }> {
  const signatures = createSignatureVerifier({
    region: 'us-east-1',
    lookup: (id) => (id === ROOT.accessKeyId ? ROOT.secretAccessKey : undefined),
    clock: systemClock,
  });
  const wire = createCognitoIdp({ userPools: pools, signatures, accountId: ACCOUNT_ID, log: silentLog });
  return awsServer((request) => wire.handle(request));
}

/** The public client of the service, as an application makes it. */
export function sdk(endpoint: string, credentials = ROOT): CognitoIdentityProviderClient {
  const client = new CognitoIdentityProviderClient({
    endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

/** Name and message of the error that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof CognitoIdentityProviderServiceException) return `${error.name}: ${error.message}`;
    throw error;
  }
  throw new Error('it was accepted');
}

/** A call without any client: the raw answer. */
export async function post(
  url: string,
  target: string | undefined,
  body: string,
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      ...(target === undefined ? {} : { 'x-amz-target': `AWSCognitoIdentityProviderService.${target}` }),
    },
    body,
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
