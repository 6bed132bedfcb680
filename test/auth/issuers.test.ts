import { describe, expect, test, vi } from 'vitest';
import { manualClock } from '../../src/base/clock.ts';
import { createIssuers } from '../../src/auth/issuers.ts';

function setup() {
  const clock = manualClock();
  const recorded = ['http://a.example', 'https://b.example/rockpool'];
  const waits: { ms: number; end(): void }[] = [];
  const addresses = vi.fn(async () => [...recorded]);
  const issuers = createIssuers({
    addresses,
    clock,
    delay: (ms) =>
      new Promise((resolve) => {
        const end = () => {
          clock.advance(ms);
          resolve();
        };
        waits.push({ ms, end });
      }),
  });
  return { clock, recorded, waits, addresses, issuers };
}

describe('an issuer', () => {
  test("is a recorded address and a pool's id", async () => {
    const { issuers, addresses } = setup();
    expect(await issuers.poolOf('http://a.example/us-east-1_P')).toBe('us-east-1_P');
    expect(await issuers.poolOf('https://b.example/rockpool/us-east-1_P')).toBe('us-east-1_P');
    expect(addresses).toHaveBeenCalledTimes(1);
  });

  test.each(['', '/', 'us-east-1_P', '/us-east-1_P', 'http://a.example/'])(
    'is not %j, and nothing is read for it',
    async (issuer) => {
      const { issuers, addresses } = setup();
      expect(await issuers.poolOf(issuer)).toBeUndefined();
      expect(addresses).not.toHaveBeenCalled();
    },
  );

  test('of a node that started a moment ago is found by reading again', async () => {
    const { issuers, recorded, clock, addresses } = setup();
    await issuers.poolOf('http://a.example/p');
    clock.advance(1000);
    recorded.push('http://c.example');
    expect(await issuers.poolOf('http://c.example/p')).toBe('p');
    expect(addresses).toHaveBeenCalledTimes(2);
  });

  test('that is unknown is read for at most once a second, and those who come too early wait together', async () => {
    const { issuers, recorded, waits, addresses, clock } = setup();
    expect(await issuers.poolOf('http://evil.example/p')).toBeUndefined();
    clock.advance(400);
    const early = ['http://evil.example/p', 'http://c.example/p', 'http://evil.example/q'].map((issuer) =>
      issuers.poolOf(issuer),
    );
    await vi.waitFor(() => expect(waits).toHaveLength(1));
    expect(waits[0]?.ms).toBe(600);
    expect(addresses).toHaveBeenCalledTimes(1);
    expect(await issuers.poolOf('http://a.example/p')).toBe('p');
    recorded.push('http://c.example');
    waits[0]?.end();
    expect(await Promise.all(early)).toEqual([undefined, 'p', undefined]);
    expect(addresses).toHaveBeenCalledTimes(2);
    expect(waits).toHaveLength(1);
  });

  test('asked for while the addresses are being read waits for them, not for a second', async () => {
    const { issuers, waits, addresses } = setup();
    let end = () => {};
    addresses.mockImplementationOnce(async () => {
      await new Promise<void>((resolve) => (end = resolve));
      return ['http://a.example'];
    });
    const first = issuers.poolOf('http://a.example/p');
    await vi.waitFor(() => expect(addresses).toHaveBeenCalledTimes(1));
    const second = issuers.poolOf('http://a.example/q');
    end();
    expect(await Promise.all([first, second])).toEqual(['p', 'q']);
    expect(waits).toHaveLength(0);
  });

  test('cannot be told while the database is away, and can be afterwards', async () => {
    const { issuers, addresses, clock } = setup();
    addresses.mockRejectedValueOnce(new Error('away'));
    await expect(issuers.poolOf('http://a.example/p')).rejects.toThrow('away');
    clock.advance(1000);
    expect(await issuers.poolOf('http://a.example/p')).toBe('p');
  });
});
