import { randomToken } from '../base/ids.ts';
import { isObject, parseJson } from '../base/json.ts';

/** Where the comparison plays. */
export interface Target {
  /** Address of the server, without a slash at the end. */
  readonly url: string;
  readonly clientId: string;
}

/** Somebody who was signed up for one comparison. */
export interface Account {
  readonly person: string;
  readonly token: string;
}

/** A server that cannot be used for a comparison, in words for who started it. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** Signs people up as an app would, with the code from the development outbox. `end` deletes them again. */
export async function createAccounts(
  target: Target,
  people: readonly string[],
): Promise<{ readonly accounts: readonly Account[]; end(): Promise<void> }> {
  const run = randomToken(6)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, 'x');
  const accounts = await Promise.all(people.map((person) => signUp(target, person, `${person}-${run}`)));
  return {
    accounts,
    async end() {
      await Promise.all(accounts.map(({ token }) => call(target, 'DeleteUser', { AccessToken: token })));
    },
  };
}

async function signUp(target: Target, person: string, username: string): Promise<Account> {
  const email = `${username}@example.com`;
  const password = `${randomToken(12)}-Aa1!`;
  const { clientId: ClientId } = target;
  await call(target, 'SignUp', {
    ClientId,
    Username: username,
    Password: password,
    UserAttributes: [{ Name: 'email', Value: email }],
  });
  await call(target, 'ConfirmSignUp', {
    ClientId,
    Username: username,
    ConfirmationCode: await codeFor(target, email),
  });
  const answer = await call(target, 'InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  const result = answer['AuthenticationResult'];
  if (!isObject(result)) throw new TargetError(`${target.url} asks for more than a password at sign-in.`);
  return { person, token: String(result['AccessToken']) };
}

async function codeFor(target: Target, email: string): Promise<string> {
  const response = await reach(`${target.url}/dev/outbox?to=${encodeURIComponent(email)}`);
  const messages = response.ok ? parseJson(await response.text()) : undefined;
  const [newest] = Array.isArray(messages) ? (messages as unknown[]) : [];
  if (!isObject(newest)) {
    throw new TargetError(
      `${target.url} shows no outbox with the confirmation codes: compare against a server in development, not in production.`,
    );
  }
  return String(newest['code']);
}

async function call(
  target: Target,
  operation: string,
  body: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await reach(target.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(body),
  });
  const answer = parseJson(await response.text());
  if (response.ok && isObject(answer)) return answer;
  const message = isObject(answer) ? String(answer['message']) : `status ${response.status}`;
  throw new TargetError(`${target.url} refused ${operation}: ${message}`);
}

async function reach(url: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new TargetError(`${new URL(url).origin} cannot be reached: is the server running?`, {
      cause: error,
    });
  }
}
