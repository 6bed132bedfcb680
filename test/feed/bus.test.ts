import { describe, expect, it } from 'vitest';
import { createDoorbell } from '../../src/feed/bus/doorbell.ts';
import { createMemoryBus } from '../../src/feed/bus/memory.ts';
import { createSignal } from '../../src/feed/signal.ts';
import { busContract } from '../contract/bus.ts';

busContract('memory', () => {
  const bus = createMemoryBus();
  return Promise.resolve({ here: bus, there: bus });
});

describe('a doorbell', () => {
  it('sounds at once for the first press, and once more for all that follow meanwhile', async () => {
    const sounds: (() => void)[] = [];
    const bell = createDoorbell(() => new Promise<void>((resolve) => sounds.push(resolve)), 1);
    bell.press();
    expect(sounds.length).toBe(1);
    for (let i = 0; i < 100; i++) bell.press();
    expect(sounds.length).toBe(1);
    sounds[0]?.();
    await expect.poll(() => sounds.length).toBe(2);
    sounds[1]?.();
    await bell.close();
    expect(sounds.length).toBe(2);
  });

  it('sounds again after one that failed', async () => {
    let sounds = 0;
    const bell = createDoorbell(() => {
      sounds++;
      return Promise.reject(new Error('away'));
    }, 1);
    bell.press();
    bell.press();
    await expect.poll(() => sounds).toBe(2);
    await bell.close();
    bell.press();
    expect(sounds).toBe(2);
  });
});

describe('a signal', () => {
  it('is heard when it rang before anybody waited, once', async () => {
    const signal = createSignal();
    signal.ring();
    signal.ring();
    await signal.wait(1_000_000);
    const second = signal.wait(1_000_000);
    signal.ring();
    await second;
    await signal.wait(1);
  });
});
