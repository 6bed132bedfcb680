import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { ACTOR, contents, newIdentity, put, take, testEngine } from './support.ts';

let world: Awaited<ReturnType<typeof testEngine>>;
beforeAll(async () => {
  world = await testEngine();
});

/** The oracle: a dataset in memory, with Cognito Sync's rules written down as plainly as they can be. */
class Model {
  count = 0;
  readonly records = new Map<string, { value: string | null; count: number }>();

  push(edits: ReadonlyMap<string, { value: string | null; seen: number }>): 'conflict' | 'pushed' {
    for (const [key, { seen }] of edits) if (seen < (this.records.get(key)?.count ?? 0)) return 'conflict';
    this.count++;
    for (const [key, { value }] of edits) this.records.set(key, { value, count: this.count });
    return 'pushed';
  }

  drop(): void {
    this.count++;
    this.records.clear();
  }
}

/** What a device holds: its copy as of its count, and what it has not pushed yet. */
interface Device {
  count: number;
  readonly copy: Map<string, { value: string | null; count: number }>;
  readonly dirty: Map<string, string | null>;
}

const KEYS = ['a', 'b', 'c', 'd'] as const;
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      key: fc.constantFrom(...KEYS),
      value: fc.option(fc.string()),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pull' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const) }) },
);
const steps = fc.array(fc.record({ device: fc.nat(2), step }), { minLength: 1, maxLength: 30 });

async function pull(identity: string, device: Device): Promise<void> {
  const { engine } = world;
  const first = await engine.pull(identity, { name: 'd', since: device.count });
  if (first.deletedSince || !first.exists) {
    device.copy.clear();
    device.count = 0;
    if (!first.exists) return;
  }
  for (const [key, { value, syncCount }] of await contents(engine, identity, 'd', device.count)) {
    device.copy.set(key, { value, count: syncCount });
  }
  device.count = first.syncCount;
}

it('devices with random edits, pushes, pulls and deletions agree with the oracle, step by step and at the end', async () => {
  const { engine, database } = world;
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      const identity = await newIdentity(database);
      const model = new Model();
      const devices: Device[] = [0, 1, 2].map(() => ({ count: 0, copy: new Map(), dirty: new Map() }));
      for (const { device: index, step: one } of run) {
        const device = devices[index];
        if (device === undefined) continue;
        if (one.kind === 'edit')
          device.dirty.set(one.key, one.value === null ? null : one.value.replaceAll('\u0000', ''));
        else if (one.kind === 'pull') await pull(identity, device);
        else if (one.kind === 'drop') {
          const dropped = await engine.drop(identity, ACTOR, 'd').catch(() => undefined);
          if (dropped !== undefined) model.drop();
        } else if (device.dirty.size > 0) {
          const seen = (key: string) => device.copy.get(key)?.count ?? 0;
          const edits = new Map([...device.dirty].map(([key, value]) => [key, { value, seen: seen(key) }]));
          const patches = [...edits].map(([key, { value, seen: count }]) =>
            value === null ? take(key, count) : put(key, value, count),
          );
          const result = await engine.push(identity, ACTOR, { name: 'd', patches });
          expect(result.kind).toBe(model.push(edits));
          if (result.kind === 'pushed') device.dirty.clear();
          expect(result.syncCount).toBe(model.count);
        }
        const stored = await contents(engine, identity, 'd');
        expect(
          new Map([...stored].map(([key, { value, syncCount }]) => [key, { value, count: syncCount }])),
        ).toEqual(model.records);
      }
      for (const device of devices) {
        await pull(identity, device);
        expect(device.copy).toEqual(model.records);
      }
    }),
    { numRuns: 60 },
  );
});
