import { describe, expect, it } from 'vitest';
import { CONTENDERS } from '../../src/compare/contenders.ts';
import { decide } from '../../src/compare/decide.ts';
import type { Play } from '../../src/compare/play.ts';
import { edit, play, scenario } from './builders.ts';

const ALONE = scenario();
const TOGETHER = scenario({
  people: [
    { name: 'ana', devices: ['phone'] },
    { name: 'ben', devices: ['tablet'] },
  ],
});

/** One play a contender, changed by its id or kind. */
function plays(
  change: (id: string, kind: 'dataset' | 'model') => Partial<Play> = () => ({}),
): readonly Play[] {
  return CONTENDERS.map((contender) => play({ contender, ...change(contender.id, contender.kind) }));
}

describe('what decides is said in two sentences', () => {
  it('each ends with a full stop', () => {
    for (const one of [ALONE, TOGETHER])
      for (const sentence of decide(one, plays())) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  it('one person: the model that moves fewer bytes', () => {
    const traffic = (bytes: number) => ({ traffic: { requests: 1, bytesUp: bytes, bytesDown: 0 } });
    const [dataset] = decide(
      ALONE,
      plays((_id, kind) => traffic(kind === 'dataset' ? 100 : 400)),
    );
    expect(dataset).toContain('a dataset moves 25 % of the bytes that a shared model moves');
    const [model] = decide(
      ALONE,
      plays((_id, kind) => traffic(kind === 'dataset' ? 400 : 300)),
    );
    expect(model).toContain('a shared model moves 75 % of the bytes that a dataset moves');
  });

  it('several people: whether the others see it', () => {
    const [seen] = decide(
      TOGETHER,
      plays((_id, kind) => ({ seenBy: kind === 'model' ? ['ben'] : [] })),
    );
    expect(seen).toContain('only a shared model shows it to the others');
    expect(decide(TOGETHER, plays())[0]).toContain('nobody else sees the thing');
  });

  it.each<[string, (id: string, kind: 'dataset' | 'model') => Partial<Play>, string]>([
    [
      'edits lost with some',
      (id) => (id === 'dataset/last-writer' ? { lost: [edit()] } : {}),
      "somebody's edit with dataset/last-writer.",
    ],
    [
      'edits lost with all',
      () => ({ lost: [edit()] }),
      "what decides is whose: dataset/last-writer phone's title;",
    ],
    [
      'writes refused',
      (_id, kind) => (kind === 'model' ? { rejected: 1 } : {}),
      'refuses what its schema does not allow',
    ],
    [
      'who settles',
      (id, kind) => ({
        conflicts: 1,
        ...(kind === 'dataset' || id === 'model/OPTIMISTIC_CONCURRENCY'
          ? { settledByClient: 1 }
          : { settledByServer: 1 }),
      }),
      'the server with model/AUTOMERGE.',
    ],
    ['nothing', () => ({}), 'nobody has to act'],
  ])('then %s', (_name, change, sentence) => {
    expect(decide(ALONE, plays(change))[1]).toContain(sentence);
  });
});
