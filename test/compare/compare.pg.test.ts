import { describe, expect, it } from 'vitest';
import { TargetError } from '../../src/compare/accounts.ts';
import { compare } from '../../src/compare/compare.ts';
import { CONTENDERS } from '../../src/compare/contenders.ts';
import { shippedScenarios } from '../../src/compare/library.ts';
import { readScenario } from '../../src/compare/read-scenario.ts';
import { jsonReport } from '../../src/compare/report/json.ts';
import { markdownReport } from '../../src/compare/report/markdown.ts';
import { textReport } from '../../src/compare/report/text.ts';
import { testServer } from '../support/server.ts';

const SCENARIOS = await shippedScenarios('src/compare/scenarios');

describe('the comparison, over the real wire', { timeout: 120_000 }, () => {
  it('comes out as every scenario that ships expects, with every contender', async () => {
    const server = await testServer();
    const target = { url: server.url, clientId: server.ids.clientId };
    const comparisons = await compare(SCENARIOS, target);
    expect(comparisons.flatMap(({ failures }) => failures)).toEqual([]);
    for (const { plays, verdict } of comparisons) {
      expect(plays.map(({ contender }) => contender.id)).toEqual(CONTENDERS.map(({ id }) => id));
      expect(plays.every(({ traffic }) => traffic.requests > 0 && traffic.bytesDown > 0)).toBe(true);
      expect(verdict.every((sentence) => sentence.endsWith('.'))).toBe(true);
    }
    const json = JSON.parse(jsonReport(comparisons)) as { comparisons: { contenders: { id: string }[] }[] };
    expect(json.comparisons[0]?.contenders.map(({ id }) => id)).toEqual(CONTENDERS.map(({ id }) => id));
    for (const report of [textReport(comparisons), markdownReport(comparisons)]) {
      for (const { title } of SCENARIOS) expect(report).toContain(title);
      expect(report).not.toContain('Not as');
    }
  });

  it('says what did not come out as expected, with the line', async () => {
    const server = await testServer();
    const scenario = readScenario(
      'wrong.yaml',
      `name: wrong
title: Wrong
story: It expects what cannot be.
people: { ana: [phone, laptop] }
steps:
  - on: phone
    create: { title: Milk }
    then: { laptop: { title: Bread } }
expect:
  model/AUTOMERGE: { converged: false, lost: [phone.title], rejected: 2, final: nothing }
`,
    );
    const contenders = CONTENDERS.filter(({ id }) => id === 'model/AUTOMERGE');
    const [comparison] = await compare(
      [scenario],
      { url: server.url, clientId: server.ids.clientId },
      { contenders },
    );
    expect(comparison?.failures.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '6: laptop shows title: Milk, expected was title: Bread.',
      '10: all devices converged, and should not.',
      '10: lost edits are none, expected were phone.title.',
      '10: 0 writes were refused, expected were 2.',
      '10: phone ends with title: Milk, expected was nothing.',
      '10: laptop ends with title: Milk, expected was nothing.',
    ]);
  });

  it('tells a server without the models what SDL to add, and one that is not there apart', async () => {
    const server = await testServer({ SCHEMA: 'schema/models/boards.graphql' });
    const target = { url: server.url, clientId: server.ids.clientId };
    await expect(compare(SCENARIOS.slice(0, 1), target)).rejects.toThrow(
      /has no model AutomergeNote[^]*type OptimisticNote @model/,
    );
    const nowhere = compare(SCENARIOS.slice(0, 1), { ...target, url: 'http://127.0.0.1:9' });
    await expect(nowhere).rejects.toThrow(TargetError);
  });
});
