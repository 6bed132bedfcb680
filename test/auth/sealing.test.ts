import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSealer, parseSecretKeys } from '../../src/auth/sealing.ts';

const key = () => randomBytes(32);
const [a, b] = [key(), key()];

/** Every text that differs from `text` in one character. */
function altered(text: string): string[] {
  return Array.from(text, (char, i) => text.slice(0, i) + (char === 'A' ? 'B' : 'A') + text.slice(i + 1));
}

describe('sealing', () => {
  test('what was sealed opens, whatever it is, and never looks the same twice', () => {
    const sealer = createSealer([a]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1 }), (plain, purpose) => {
        const sealed = sealer.seal(plain, purpose);
        expect(sealer.open(sealed, purpose)).toBe(plain);
        expect(sealed).toMatch(/^[\w-]{8}\.[\w-]+$/);
        expect(sealer.seal(plain, purpose)).not.toBe(sealed);
      }),
    );
  });

  test('another purpose, another key or any changed character does not open', () => {
    const sealer = createSealer([a]);
    const sealed = sealer.seal('plain', 'one');
    expect(sealer.tryOpen(sealed, 'two')).toBeUndefined();
    expect(createSealer([b]).tryOpen(sealed, 'one')).toBeUndefined();
    for (const text of altered(sealed)) expect(sealer.tryOpen(text, 'one')).toBeUndefined();
    for (const text of [
      '',
      '.',
      'x',
      `${sealed}A`,
      sealed.slice(0, -1),
      `${sealed}=`,
      ` ${sealed}`,
      sealed.slice(9),
    ]) {
      expect(sealer.tryOpen(text, 'one')).toBeUndefined();
    }
  });

  test('the error says whether the key is missing or the value was altered, and not what it holds', () => {
    const sealed = createSealer([a]).seal('hush', 'signing key');
    expect(() => createSealer([b]).open(sealed, 'signing key')).toThrow(
      'A sealed signing key cannot be opened: SECRET_KEY does not hold the key that sealed it.',
    );
    expect(() => createSealer([a]).open(`${sealed}A`, 'signing key')).toThrow('it was altered');
  });

  test('the first key seals and all open, so that keys can be rotated', () => {
    const [before, during, after] = [createSealer([a]), createSealer([b, a]), createSealer([b])];
    const old = before.seal('plain', 'x');
    expect(during.open(old, 'x')).toBe('plain');
    const fresh = during.seal('plain', 'x');
    expect(fresh.startsWith(`${during.keyIds[0]}.`)).toBe(true);
    expect(after.open(fresh, 'x')).toBe('plain');
    expect(after.tryOpen(old, 'x')).toBeUndefined();
    expect(during.verifyMac('text', before.mac('text', 'x'), 'x')).toBe(true);
    expect(during.openToken(before.signToken({ n: 1 }, 'x'), 'x')).toEqual({ n: 1 });
  });

  test('a mac holds for its text and purpose alone', () => {
    const sealer = createSealer([a]);
    const mac = sealer.mac('text', 'one');
    expect(sealer.mac('text', 'one')).toBe(mac);
    expect(sealer.verifyMac('text', mac, 'one')).toBe(true);
    expect(sealer.verifyMac('text2', mac, 'one')).toBe(false);
    expect(sealer.verifyMac('text', mac, 'two')).toBe(false);
    expect(createSealer([b]).verifyMac('text', mac, 'one')).toBe(false);
    for (const text of altered(mac)) expect(sealer.verifyMac('text', text, 'one')).toBe(false);
    for (const text of ['', '.', mac.slice(0, -1), `${mac}A`])
      expect(sealer.verifyMac('text', text, 'one')).toBe(false);
  });

  test('a signed token gives back its JSON, and no other text is one', () => {
    const sealer = createSealer([a]);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (payload) => {
        const json = JSON.parse(JSON.stringify(payload)) as null;
        expect(sealer.openToken(sealer.signToken(json, 'page'), 'page')).toEqual(json);
      }),
    );
    const token = sealer.signToken({ key: 'k', at: 12 }, 'page');
    expect(sealer.openToken(token, 'session')).toBeUndefined();
    expect(createSealer([b]).openToken(token, 'page')).toBeUndefined();
    for (const text of altered(token)) expect(sealer.openToken(text, 'page')).toBeUndefined();
    const [id, payload, mac] = token.split('.');
    for (const text of [
      '',
      `${id}.${payload}`,
      `${token}.x`,
      `${id}..${mac}`,
      `.${payload}.${mac}`,
      'x'.repeat(70_000),
    ]) {
      expect(sealer.openToken(text, 'page')).toBeUndefined();
    }
    // A mac of the same text is no token, nor the other way round.
    expect(
      sealer.openToken(`${id}.${payload}.${sealer.mac(`${id}.${payload}`, 'page').slice(9)}`, 'page'),
    ).toBeUndefined();
  });

  test('the id of a key gives nothing of the key away and is the same on every node', () => {
    const { keyIds } = createSealer([a, b]);
    expect(new Set(keyIds).size).toBe(2);
    expect(createSealer([b, a]).keyIds).toEqual([...keyIds].reverse());
    expect(a.toString('base64url')).not.toContain(keyIds[0]);
  });
});

describe('SECRET_KEY', () => {
  test('is one or more keys of 32 bytes in base64', () => {
    expect(parseSecretKeys(a.toString('base64'))).toEqual([a]);
    expect(parseSecretKeys(` ${a.toString('base64')}\n\t${b.toString('base64').replace('=', '')} `)).toEqual([
      a,
      b,
    ]);
  });

  const good = a.toString('base64');
  test.each([
    ['', 'it is empty'],
    ['   ', 'it is empty'],
    ['abc', 'it has 2 bytes'],
    [randomBytes(31).toString('base64'), 'it has 31 bytes'],
    [randomBytes(33).toString('base64'), 'it has 33 bytes'],
    [a.toString('hex'), 'it has 48 bytes'],
    ['not base64!', 'key 1 of 2 is not base64'],
    [`${good} ü`, 'key 2 of 2 is not base64'],
    [`${good},${good}`, 'it is not base64'],
    [`${good} ${good}`, 'key 2 of 2 is there twice'],
  ])('refuses %j and says what is allowed, without showing the key', (text, message) => {
    let thrown = '';
    try {
      parseSecretKeys(text);
    } catch (error) {
      thrown = String(error);
    }
    expect(thrown).toContain(message);
    expect(thrown).toContain('32 bytes in base64 are allowed');
    expect(thrown).not.toContain(good);
  });
});
