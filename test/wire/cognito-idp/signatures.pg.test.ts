import { Sha256 } from '@aws-crypto/sha256-js';
import * as sdkExports from '@aws-sdk/client-cognito-identity-provider';
import { SignatureV4 } from '@smithy/signature-v4';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { userPoolOperations } from '../../../src/aws/cognito-idp/operations.ts';
import { testDatabase } from '../../support/database.ts';
import { testDirectory, type Directory } from '../../user-pools/support.ts';
import { ACCOUNT_ID, post, ROOT, serve } from './support.ts';

/** The operations of the service that carry no signature. */
const PUBLIC = new Set(
  `AssociateSoftwareToken ChangePassword CompleteWebAuthnRegistration ConfirmDevice ConfirmForgotPassword ConfirmSignUp
  DeleteUser DeleteUserAttributes DeleteWebAuthnCredential ForgetDevice ForgotPassword GetDevice
  GetTokensFromRefreshToken GetUser GetUserAttributeVerificationCode GetUserAuthFactors GlobalSignOut InitiateAuth
  ListDevices ListUserSessions ListWebAuthnCredentials ResendConfirmationCode RespondToAuthChallenge RevokeToken
  RevokeUserSession SetUserMFAPreference SetUserSettings SignUp StartWebAuthnRegistration UpdateAuthEventFeedback
  UpdateDeviceStatus UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute`.split(/\s+/),
);

let directory: Directory;
let url: string;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});
beforeEach(async () => {
  ({ url } = await serve(directory));
});

/** The table of the service itself, so that an operation which is added is tried too. */
const operations = () => userPoolOperations(directory.pools, ACCOUNT_ID);
const signed = () => operations().filter(({ access }) => access === 'signed');

async function sign(
  operation: string,
  given: { credentials?: typeof ROOT; service?: string; region?: string; date?: Date } = {},
): Promise<{ headers: Record<string, string>; body: string }> {
  const { credentials = ROOT, service = 'cognito-idp', region = 'us-east-1', date = new Date() } = given;
  const signer = new SignatureV4({ credentials, service, region, sha256: Sha256 });
  const { protocol, hostname, port, host } = new URL(url);
  const body = '{}';
  const request = await signer.sign(
    {
      method: 'POST',
      protocol,
      hostname,
      port: Number(port),
      path: '/',
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body,
    },
    { signingDate: date },
  );
  return { headers: request.headers, body };
}

async function typeOf(headers: Record<string, string>, body: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers, body });
  expect(response.status).toBe(400);
  const answer: unknown = await response.json();
  return (answer as { __type: unknown }).__type;
}

test('the operations without a signature are those of the service that are built', () => {
  const names = operations().map(({ name }) => name);
  const open = operations().filter(({ access }) => access === 'public');
  expect(open.map(({ name }) => name).sort()).toEqual(names.filter((name) => PUBLIC.has(name)).sort());
  expect(new Set(names).size).toBe(names.length);
  // Each is one of the real service.
  for (const name of names) expect(sdkExports).toHaveProperty(`${name}Command`);
});

describe('every operation of the owner', () => {
  test('is refused without a signature', async () => {
    expect(signed().length).toBeGreaterThan(30);
    for (const { name } of signed()) {
      const { status, body } = await post(url, name, '{}');
      expect([name, status, body]).toEqual([
        name,
        400,
        { __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
      ]);
    }
  });

  test('is refused with a wrong one, whatever is wrong', async () => {
    for (const { name } of signed()) {
      const good = await sign(name);
      const cases: [string, Record<string, string>, string][] = [
        [
          'InvalidSignatureException',
          (await sign(name, { credentials: { ...ROOT, secretAccessKey: 'wrong' } })).headers,
          '{}',
        ],
        [
          'UnrecognizedClientException',
          (await sign(name, { credentials: { ...ROOT, accessKeyId: 'somebody' } })).headers,
          '{}',
        ],
        ['InvalidSignatureException', (await sign(name, { service: 'cognito-identity' })).headers, '{}'],
        ['InvalidSignatureException', (await sign(name, { region: 'eu-west-1' })).headers, '{}'],
        [
          'InvalidSignatureException',
          (await sign(name, { date: new Date(Date.now() - 3_600_000) })).headers,
          '{}',
        ],
        // Another body, another operation, and a signature that is cut off.
        ['InvalidSignatureException', good.headers, '{"UserPoolId":"us-east-1_Rockpool1"}'],
        [
          'InvalidSignatureException',
          {
            ...good.headers,
            'x-amz-target': `AWSCognitoIdentityProviderService.${name === 'ListUsers' ? 'GetGroup' : 'ListUsers'}`,
          },
          '{}',
        ],
        [
          'IncompleteSignatureException',
          { ...good.headers, authorization: (good.headers['authorization'] ?? '').replace(/,[^,]*$/, '') },
          '{}',
        ],
      ];
      for (const [index, [type, headers, body]] of cases.entries()) {
        expect([name, index, await typeOf(headers, body)]).toEqual([name, index, type]);
      }
    }
  });

  test('gets as far as its input with a right one', async () => {
    for (const { name } of signed()) {
      const { headers, body } = await sign(name);
      expect([name, await typeOf(headers, body)]).toEqual([name, 'InvalidParameterException']);
    }
  });
});

test('no token of a user opens an operation of the owner', async () => {
  for (const { name } of signed()) {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${name}`,
      authorization: 'Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
    };
    expect([name, await typeOf(headers, '{"AccessToken":"a.b.c"}')]).toEqual([
      name,
      expect.stringMatching(/^(MissingAuthenticationToken|IncompleteSignature)Exception$/),
    ]);
  }
});
