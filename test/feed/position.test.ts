import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomToken } from '../../src/base/ids.ts';
import {
  decodePosition,
  encodePosition,
  identityHash,
  judgePosition,
  startOf,
  type Position,
} from '../../src/feed/position.ts';

const numbers = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const hashes = fc.string().map(identityHash);
const positions: fc.Arbitrary<Position> = fc
  .record({
    epoch: fc.stringMatching(/^[\w-]{1,24}$/),
    horizon: numbers,
    identity: fc.option(fc.record({ hash: hashes, seq: numbers }), { nil: undefined }),
  })
  .map(({ epoch, horizon, identity }) =>
    identity === undefined || identity.seq <= horizon ? { epoch, horizon } : { epoch, horizon, identity },
  );

describe('a position', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(positions, (position) => {
        expect(decodePosition(encodePosition(position))).toEqual(position);
      }),
    );
  });

  it('leaves out an identity that lies at or below the horizon', () => {
    const text = encodePosition({ epoch: 'e', horizon: 9, identity: { hash: identityHash('i'), seq: 9 } });
    expect(decodePosition(text)).toEqual({ epoch: 'e', horizon: 9 });
  });

  it('does not give the identity away', () => {
    const identity = 'us-east-1:0b2f1f0e-9a3c-4d59-9a53-6f2f7b9a0b11';
    const text = encodePosition({
      epoch: 'e',
      horizon: 1,
      identity: { hash: identityHash(identity), seq: 2 },
    });
    expect(Buffer.from(text, 'base64url').toString()).not.toContain('0b2f1f0e');
  });

  it('is as short as its numbers allow', () => {
    expect(encodePosition({ epoch: randomToken(9), horizon: 123_456_789 }).length).toBeLessThan(32);
  });

  it('is refused when any character is changed, added or taken away, or says so by being another position', () => {
    fc.assert(
      fc.property(
        positions,
        fc.nat(),
        fc.string({ maxLength: 1, unit: 'binary' }),
        (position, where, instead) => {
          const text = encodePosition(position);
          const at = where % text.length;
          const changed = text.slice(0, at) + instead + text.slice(at + 1);
          if (changed === text) return;
          try {
            expect(decodePosition(changed)).not.toEqual(position);
          } catch (error) {
            expect(error).toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: 'after' } });
          }
        },
      ),
    );
  });

  it('is refused, whatever text it is, by BAD_USER_INPUT and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(() => decodePosition(text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
      }),
    );
  });

  const encode = (text: string) => Buffer.from(text, 'latin1').toString('base64url');
  it.each([
    ['the empty text', ''],
    ['a blank', ' '],
    ['no base64', '§§§'],
    ['another form', encode('2.e.1')],
    ['no epoch', encode('1..1')],
    ['no horizon', encode('1.e.')],
    ['a leading zero', encode('1.e.01')],
    ['a capital', encode('1.e.A')],
    ['a sign', encode('1.e.-1')],
    ['a fraction', encode('1.e.1.5')],
    ['a number above 2^53 - 1', encode('1.e.2gosa7pa2gw')],
    ['an identity without a number', encode(`1.e.1.${'h'.repeat(16)}`)],
    ['an identity below the horizon', encode(`1.e.5.${'h'.repeat(16)}.4`)],
    ['a short hash', encode('1.e.1.abc.2')],
    ['something after the end', encode('1.e.1\n')],
    ['padding', `${encode('1.e.11')}=`],
    ['a blank around', ` ${encode('1.e.1')}`],
    ['the other alphabet', Buffer.from('1.~~~.1').toString('base64')],
    ['a megabyte', 'A'.repeat(1_000_000)],
    ['JSON', '{"epoch":"e","horizon":1}'],
  ])('is refused when it is %s', (_, text) => {
    expect(() => decodePosition(text, 'input.after')).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: { argument: 'input.after' } }),
    );
  });
});

describe('going on from a position', () => {
  const own = { epoch: 'e', horizon: 10, identity: { hash: identityHash('mine'), seq: 15 } };

  it('is after its own number for the identity, after the horizon for all others', () => {
    expect(startOf(own, identityHash('mine'))).toBe(15);
    expect(startOf(own, identityHash('another'))).toBe(10);
    expect(startOf(own)).toBe(10);
    expect(startOf({ epoch: 'e', horizon: 10 }, identityHash('mine'))).toBe(10);
  });

  const extent = { epoch: 'e', floor: 5, head: 20 };
  it.each([
    ['inside', { epoch: 'e', horizon: 10 }, 'ok'],
    ['equal to the floor', { epoch: 'e', horizon: 5 }, 'ok'],
    ['below the floor', { epoch: 'e', horizon: 4 }, 'resync'],
    ['equal to the head', { epoch: 'e', horizon: 20 }, 'ok'],
    ['above what was ever written', { epoch: 'e', horizon: 21 }, 'resync'],
    [
      'with an identity above what was ever written',
      { ...own, identity: { ...own.identity, seq: 21 } },
      'resync',
    ],
    ['below the floor with an identity above it', { ...own, horizon: 4 }, 'resync'],
    ['of another epoch', { epoch: 'f', horizon: 10 }, 'resync'],
  ] as const)('is judged: %s', (_, position, verdict) => {
    expect(judgePosition(position, extent)).toBe(verdict);
  });
});
