import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { CLIENT_ID, testDirectory, type Directory } from '../../user-pools/support.ts';
import { post, serve } from './support.ts';

let directory: Directory;
let url: string;
beforeAll(async () => {
  directory = await testDirectory({ database: await testDatabase() });
});
beforeEach(async () => {
  ({ url } = await serve(directory));
});

const signUp = { ClientId: CLIENT_ID, Username: 'anna', Password: 'Correct-horse-1' };

describe('an answer', () => {
  test('of an error has type and message in the body, and both in headers', async () => {
    const { status, headers, body } = await post(url, 'GetUser', '{"AccessToken":"a.b.c"}');
    expect(status).toBe(400);
    expect(body).toEqual({ __type: 'NotAuthorizedException', message: 'Invalid Access Token' });
    expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(headers.get('x-amzn-errortype')).toBe('NotAuthorizedException:');
    expect(headers.get('x-amzn-errormessage')).toBe('Invalid Access Token');
    expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-expose-headers')).toContain('x-amzn-ErrorType');
    expect(headers.get('date')).not.toBeNull();
  });

  test('to a preflight allows what it asks for', async () => {
    const asked = 'content-type,x-amz-target,x-amz-user-agent,cache-control';
    const response = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toBe(asked);
    const plain = await fetch(url, { method: 'OPTIONS' });
    expect(plain.headers.get('access-control-allow-headers')).toContain('x-amz-security-token');
  });
});

describe('a request', () => {
  test.each([undefined, 'Nothing', 'signUp', 'toString', 'AdminLinkProviderForUser'])(
    'for %s is an unknown operation',
    async (target) => {
      const { status, body } = await post(url, target, '{}');
      expect(status).toBe(400);
      expect(body['__type']).toBe('UnknownOperationException');
    },
  );

  test.each(['{', '[]', '"text"', '{"Username":}', '\u0000', `${'['.repeat(100_000)}`])(
    'with the body %.20s is a SerializationException',
    async (body) => {
      const answer = await post(url, 'SignUp', body);
      expect(answer.status).toBe(400);
      expect(answer.body['__type']).toBe('SerializationException');
    },
  );

  test.each([
    [{ ...signUp, Username: 1 }, 'NUMBER_VALUE can not be converted to a String'],
    [{ ...signUp, Username: ['a'] }, 'Start of list found where not expected'],
    [{ ...signUp, UserAttributes: { Name: 'a' } }, 'Start of structure or map found where not expected.'],
    [{ ...signUp, UserAttributes: [null] }, 'NULL_VALUE can not be converted to a Structure'],
    [{ ...signUp, ClientMetadata: 'x' }, 'STRING_VALUE can not be converted to a Map'],
  ])('with wrong types is a SerializationException: %j', async (input, message) => {
    const { body } = await post(url, 'SignUp', JSON.stringify(input));
    expect(body).toEqual({ __type: 'SerializationException', message });
  });

  const at = (path: string, constraint: string) =>
    `at '${path}' failed to satisfy constraint: Member must ${constraint}`;
  test.each([
    [
      {},
      `2 validation errors detected: Value null ${at('clientId', 'not be null')}; Value null ${at('username', 'not be null')}`,
    ],
    [
      { ...signUp, ClientId: null },
      `1 validation error detected: Value null ${at('clientId', 'not be null')}`,
    ],
    [
      { ...signUp, ClientId: 'a-b' },
      `1 validation error detected: Value 'a-b' ${at('clientId', 'satisfy regular expression pattern: [\\w+]+')}`,
    ],
    [
      { ...signUp, Username: 'a b' },
      `1 validation error detected: Value 'a b' ${at('username', 'satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+')}`,
    ],
    [
      { ...signUp, Username: 'a'.repeat(129) },
      `1 validation error detected: Value '${'a'.repeat(129)}' ${at('username', 'have length less than or equal to 128')}`,
    ],
    [
      { ...signUp, Password: 'x'.repeat(257) },
      `1 validation error detected: Value ${at('password', 'have length less than or equal to 256')}`,
    ],
    [
      { ...signUp, UserAttributes: [{ Value: 'x' }] },
      `1 validation error detected: Value null ${at('userAttributes.1.member.name', 'not be null')}`,
    ],
    [
      { ...signUp, UserAttributes: [{ Name: 'name', Value: 'a\u0000' }] },
      `1 validation error detected: Value ${at('userAttributes.1.member.value', 'not hold U+0000 or a lone surrogate')}`,
    ],
  ])('outside the bounds says which member and what is allowed: %j', async (input, message) => {
    const { status, body } = await post(url, 'SignUp', JSON.stringify(input));
    expect(status).toBe(400);
    expect(body).toEqual({ __type: 'InvalidParameterException', message });
  });

  test('with a value outside an enumeration lists what is allowed', async () => {
    const { body } = await post(
      url,
      'InitiateAuth',
      JSON.stringify({ ClientId: CLIENT_ID, AuthFlow: 'MAGIC' }),
    );
    expect(body['message']).toMatch(
      /^1 validation error detected: Value 'MAGIC' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: \[USER_SRP_AUTH, /,
    );
  });

  test('with members that the service does not know is taken', async () => {
    const { body } = await post(
      url,
      'ForgotPassword',
      JSON.stringify({ ClientId: CLIENT_ID, Username: 'ghost', Fancy: { deep: [1] }, __proto__: 'x' }),
    );
    expect(body).toHaveProperty('CodeDeliveryDetails');
  });

  test('never shows a password in an error', async () => {
    const secret = ` ${'s3cret'.repeat(60)}`;
    for (const input of [
      { ...signUp, Password: secret },
      { ...signUp, SecretHash: secret },
    ]) {
      expect(JSON.stringify((await post(url, 'SignUp', JSON.stringify(input))).body)).not.toContain('s3cret');
    }
  });
});
