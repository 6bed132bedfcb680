import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createPasswords } from '../../src/auth/password.ts';

/** Cheap enough for a test; one test below has the real cost. */
const cost = { ln: 4, r: 8, p: 1 };
const passwords = createPasswords({ cost });

describe('passwords', () => {
  test('a hash has the form of the storage contract and is scrypt of the password', async () => {
    const stored = await createPasswords().hash('Pässw0rd!');
    expect(stored).toMatch(/^scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    const [, , salt = '', hash = ''] = stored.split('$');
    const maxmem = 64 * 1024 * 1024;
    const expected = scryptSync('Pässw0rd!', Buffer.from(salt, 'base64'), 32, {
      N: 2 ** 15,
      r: 8,
      p: 3,
      maxmem,
    });
    expect(Buffer.from(hash, 'base64')).toEqual(expected);
    expect(await createPasswords().verify('Pässw0rd!', stored)).toBe(true);
  });

  test('only the same password verifies, and two hashes of one password differ', async () => {
    const stored = await passwords.hash('one');
    expect(await passwords.verify('one', stored)).toBe(true);
    for (const other of ['One', 'one ', '', 'on']) expect(await passwords.verify(other, stored)).toBe(false);
    expect(await passwords.hash('one')).not.toBe(stored);
  });

  test('verifies under the cost that the hash names, and asks for a new hash when that is too low', async () => {
    const stored = await passwords.hash('one');
    const stronger = createPasswords({ cost: { ln: 5, r: 8, p: 2 } });
    expect(await stronger.verify('one', stored)).toBe(true);
    expect(stronger.needsRehash(stored)).toBe(true);
    expect(stronger.needsRehash(await stronger.hash('one'))).toBe(false);
    expect(passwords.needsRehash(await stronger.hash('one'))).toBe(false);
    expect(passwords.needsRehash(stored)).toBe(false);
    expect(passwords.needsRehash('bcrypt$…')).toBe(true);
  });

  test.each([
    '',
    'plain',
    'scrypt$ln=4,r=8,p=1$$',
    'scrypt$ln=4,r=8,p=1$c2FsdA$c2hvcnQ',
    'scrypt$ln=40,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'scrypt$ln=4,r=99,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ])('what is no hash of ours verifies nothing: %j', async (stored) => {
    expect(await passwords.verify('', stored)).toBe(false);
    expect(await passwords.verify('plain', stored)).toBe(false);
  });

  test('without a stored hash the same work is done, and the answer is no', async () => {
    const slow = createPasswords({ cost: { ln: 14, r: 8, p: 1 } });
    const stored = await slow.hash('x');
    const spent = async (hash: string | undefined) => {
      const before = process.cpuUsage();
      expect(await slow.verify('', hash)).toBe(false);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const [known, unknown] = [await spent(stored), await spent(undefined)];
    // A shortcut would cost a hundredth.
    expect(unknown).toBeGreaterThan(known / 4);
  });

  test('the main thread goes on while hashes are made, and no more than a few are made at once', async () => {
    const limited = createPasswords({ cost: { ln: 13, r: 8, p: 1 }, concurrency: 2 });
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const order: number[] = [];
    await Promise.all(Array.from({ length: 8 }, (_, i) => limited.hash('x').then(() => order.push(i))));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
    // Two at a time in the order they came: number i begins when i - 1 have ended. How long each takes is the system's.
    for (const [place, i] of order.entries()) expect(i - place).toBeLessThanOrEqual(1);
  });

  test('above the limit of the queue the answer is busy at once, and the queue recovers', async () => {
    const limited = createPasswords({ cost, concurrency: 1, queueLimit: 2 });
    const settled = await Promise.allSettled(Array.from({ length: 5 }, () => limited.hash('x')));
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    const rejected = settled[4];
    expect(rejected?.status === 'rejected' ? rejected.reason : undefined).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('busy') as string,
    });
    expect(await Promise.all([1, 2, 3].map(() => limited.hash('x')))).toHaveLength(3);
  });

  test('a place that is handed on stays taken', async () => {
    const limited = createPasswords({ cost, concurrency: 1, queueLimit: 1 });
    const [first, second] = [limited.hash('x'), limited.hash('x')];
    await first;
    const third = limited.hash('x');
    await expect(limited.hash('x')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await Promise.all([second, third])).toHaveLength(2);
  });
});
