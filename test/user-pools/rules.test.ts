import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkAttributes, standardSchema } from '../../src/user-pools/attribute-schema.ts';
import { permittedFlow, type FlowName } from '../../src/user-pools/flows.ts';
import { isWaiting, waitAfter } from '../../src/user-pools/lockout.ts';
import { deliveryTo, maskDestination, simulatedDelivery } from '../../src/user-pools/masking.ts';
import { checkPassword, temporaryPassword } from '../../src/user-pools/password-policy.ts';
import {
  AUTH_FLOWS,
  defaultClientSettings,
  DEFAULT_PASSWORD_POLICY,
  validitySeconds,
} from '../../src/user-pools/settings.ts';

describe('masking', () => {
  test.each([
    ['email', 'jane@example.com', 'j***@e***'],
    ['email', '"odd@local"@example.com', '"***@e***'],
    ['email', '🦀crab@sea.org', '🦀***@s***'],
    ['phone_number', '+15551234567', '+*******4567'],
    ['phone_number', '+123', '+123'],
  ] as const)('shows of the %s %s only %s', (attribute, value, masked) => {
    expect(maskDestination(attribute, value)).toBe(masked);
  });

  test('gives a name that nobody has an answer that stays the same', () => {
    expect(simulatedDelivery('ghost', 'secret')).toEqual(simulatedDelivery('ghost', 'secret'));
    expect(simulatedDelivery('ghost', 'secret').destination).toMatch(/^[a-z]\*\*\*@[a-z]\*\*\*$/);
    expect(simulatedDelivery('jane@example.com', 'x')).toEqual(deliveryTo('email', 'jane@example.com'));
    expect(simulatedDelivery('+15551234567', 'x').medium).toBe('SMS');
  });
});

test('the wait after wrong passwords doubles from one second to fifteen minutes', () => {
  expect([0, 4, 5, 6, 7, 10, 14, 15, 40, 1000].map(waitAfter)).toEqual([
    0, 0, 1000, 2000, 4000, 32_000, 512_000, 900_000, 900_000, 900_000,
  ]);
  expect(isWaiting(5, new Date(0), 999)).toBe(true);
  expect(isWaiting(5, new Date(0), 1000)).toBe(false);
  expect(isWaiting(5, null, 0)).toBe(false);
});

describe('passwords', () => {
  test('every temporary password meets the policy', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 99 }), (minimumLength) => {
        const policy = { ...DEFAULT_PASSWORD_POLICY, minimumLength };
        checkPassword(policy, temporaryPassword(policy));
      }),
    );
  });

  test('a blank inside counts as a symbol, one at the end does not', () => {
    expect(() => checkPassword(DEFAULT_PASSWORD_POLICY, 'Correct horse 1')).not.toThrow();
    expect(() => checkPassword(DEFAULT_PASSWORD_POLICY, 'Correcthorse1 ')).toThrow('symbol');
  });

  test('a policy that asks for nothing takes anything that is long enough', () => {
    const policy = {
      ...DEFAULT_PASSWORD_POLICY,
      minimumLength: 6,
      requireUppercase: false,
      requireLowercase: false,
      requireNumbers: false,
      requireSymbols: false,
    };
    expect(() => checkPassword(policy, 'aaaaaa')).not.toThrow();
    expect(() => checkPassword(policy, 'aaaaa')).toThrow('not long enough');
    expect(() => checkPassword(policy, 'a'.repeat(257))).toThrow('no longer than 256');
  });
});

test.each([
  ['birthdate', '1990-01-01', true],
  ['birthdate', '1990-1-1', false],
  ['phone_number', '+15551234567', true],
  ['phone_number', '15551234567', false],
  ['email', 'a@b', true],
  ['email', 'a b@c', false],
  ['email_verified', 'yes', false],
  ['updated_at', '12.5', true],
  ['updated_at', '-1', false],
  ['name', 'x'.repeat(2049), false],
  ['name', '\ud800', false],
  ['name', '', true],
] as const)('the attribute %s takes %j: %s', (name, value, good) => {
  const check = () => checkAttributes(standardSchema(), { [name]: value }, { creating: true });
  if (good) expect(check).not.toThrow();
  else expect(check).toThrow();
});

test.each([
  [{ value: 60, unit: 'minutes' }, 3600],
  [{ value: 30, unit: 'days' }, 2_592_000],
  [{ value: 300, unit: 'seconds' }, 300],
  [{ value: 1, unit: 'hours' }, 3600],
] as const)('a validity of %j is %d seconds', (validity, seconds) => {
  expect(validitySeconds(validity)).toBe(seconds);
});

describe('flows', () => {
  const all = { ...defaultClientSettings(), authFlows: AUTH_FLOWS };
  const none = { ...all, authFlows: [] };
  const flows: FlowName[] = [
    'USER_PASSWORD_AUTH',
    'ADMIN_USER_PASSWORD_AUTH',
    'ADMIN_NO_SRP_AUTH',
    'REFRESH_TOKEN',
    'REFRESH_TOKEN_AUTH',
    'USER_SRP_AUTH',
    'CUSTOM_AUTH',
    'USER_AUTH',
  ];

  test.each(flows)('%s is refused where the client does not permit it', (flow) => {
    expect(() => permittedFlow(none, flow, { admin: true })).toThrow('Auth flow not enabled for this client');
    const text = flow.startsWith('ADMIN')
      ? 'Initiate Auth method not supported.'
      : `${flow} flow not enabled for this client`;
    expect(() => permittedFlow(none, flow, { admin: false })).toThrow(text);
  });

  test('those that are built run where they are permitted', () => {
    expect(permittedFlow(all, 'USER_PASSWORD_AUTH', { admin: false })).toBe('password');
    expect(permittedFlow(all, 'ADMIN_NO_SRP_AUTH', { admin: true })).toBe('password');
    expect(permittedFlow(all, 'REFRESH_TOKEN', { admin: false })).toBe('refresh');
    for (const flow of ['USER_SRP_AUTH', 'CUSTOM_AUTH', 'USER_AUTH'] as const) {
      expect(() => permittedFlow(all, flow, { admin: false })).toThrow('not enabled');
    }
  });
});
