import { createHash, getDiffieHellman } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeVerifier, padded, verifierOf } from '../../src/auth/srp-verifier.ts';

const N = BigInt(`0x${getDiffieHellman('modp15').getPrime('hex')}`);

/** The textbook: everything with BigInt, as a client in Java or JavaScript writes it. */
function reference(poolName: string, username: string, password: string, salt: string): bigint {
  const twosComplement = (n: bigint) => {
    const hex = n.toString(16);
    const even = hex.length % 2 === 0 ? hex : `0${hex}`;
    return Buffer.from(Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even, 'hex');
  };
  const sha256 = (...parts: (string | Buffer)[]) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const x = BigInt(
    `0x${sha256(twosComplement(BigInt(`0x${salt}`)), sha256(`${poolName}${username}:${password}`)).toString('hex')}`,
  );
  let [result, base, exponent] = [1n, 2n, x];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % N;
    base = (base * base) % N;
  }
  return result;
}

describe('the SRP verifier', () => {
  test('is g^x mod N, for salts of any parity, with high bits and with leading zeros', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9A-Za-z]{1,9}$/),
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.stringMatching(/^[0-9a-f]{1,32}$/),
        (poolName, username, password, salt) => {
          const found = verifierOf({ poolName, username, password }, salt);
          expect(BigInt(`0x${found}`)).toBe(reference(poolName, username, password, salt));
        },
      ),
      {
        numRuns: 25,
        examples: [
          ['p', 'u', 'w', 'f'],
          ['p', 'u', 'w', '8'.padEnd(32, '0')],
          ['p', 'u', 'w', '000f1'],
          ['p', 'u', 'w', '0'],
        ],
      },
    );
  });

  test('has a known answer', () => {
    const found = verifierOf(
      { poolName: 'Rockpool1', username: 'jane', password: 'Passw0rd!' },
      'f00d0123456789abcdef0123456789ab',
    );
    expect(createHash('sha256').update(found).digest('hex')).toBe(KNOWN);
  });

  test('comes with a fresh salt of 16 bytes', () => {
    const subject = { poolName: 'Rockpool1', username: 'jane', password: 'Passw0rd!' };
    const [one, two] = [makeVerifier(subject), makeVerifier(subject)];
    expect(one.salt).toMatch(/^[0-9a-f]{32}$/);
    expect(one.verifier).toMatch(/^[0-9a-f]{700,768}$/);
    expect(two.salt).not.toBe(one.salt);
    expect(verifierOf(subject, one.salt)).toBe(one.verifier);
  });

  test.each([
    ['0', '00'],
    ['7f', '7f'],
    ['80', '0080'],
    ['fff', '0fff'],
    ['8fff', '008fff'],
    ['00001', '01'],
    ['FF', '00ff'],
  ])('PAD(%s) is %s', (hex, bytes) => {
    expect(padded(hex).toString('hex')).toBe(bytes);
  });
});

/** SHA-256 of the verifier, computed once by another program: it must not move, verifiers are stored. */
const KNOWN = 'd6bf0efe7af5d126ec29ca0061d46beb136ccf5db2565291e098253d495e93ca';
