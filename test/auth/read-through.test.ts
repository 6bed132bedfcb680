import { describe, expect, test, vi } from 'vitest';
import { createReadThrough } from '../../src/auth/read-through.ts';

function setup(max = 10) {
  const gates = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const load = vi.fn(
    (key: string) => new Promise<string>((resolve, reject) => gates.set(key, { resolve, reject })),
  );
  return { load, gates, values: createReadThrough<string, string>(max, load) };
}

describe('values that are read through', () => {
  test('are read once, also by those who ask while they are being read', async () => {
    const { values, load, gates } = setup();
    const asked = [values.get('a'), values.get('a')];
    gates.get('a')?.resolve('one');
    expect(await Promise.all(asked)).toEqual(['one', 'one']);
    expect(await values.get('a')).toBe('one');
    expect(values.peek('a')).toBe('one');
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('are not kept when reading failed', async () => {
    const { values, load, gates } = setup();
    const first = values.get('a');
    gates.get('a')?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    const second = values.get('a');
    gates.get('a')?.resolve('one');
    expect(await second).toBe('one');
    expect(load).toHaveBeenCalledTimes(2);
  });

  test.each(['forget', 'forgetAll'] as const)(
    'are not kept when %s came while they were being read',
    async (how) => {
      const { values, gates } = setup();
      const early = values.get('a');
      const old = gates.get('a');
      values[how]('a');
      const late = values.get('a');
      gates.get('a')?.resolve('new');
      expect(await late).toBe('new');
      old?.resolve('old');
      expect(await early).toBe('old');
      expect(await values.get('a')).toBe('new');
    },
  );

  test('make room for newer ones', async () => {
    const { values, gates } = setup(2);
    for (const key of ['a', 'b', 'c']) {
      const value = values.get(key);
      gates.get(key)?.resolve(key);
      await value;
    }
    expect(['a', 'b', 'c'].map((key) => values.peek(key))).toEqual([undefined, 'b', 'c']);
  });
});
