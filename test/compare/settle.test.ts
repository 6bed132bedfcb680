import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameFields, settle } from '../../src/compare/devices/settle.ts';
import type { Way } from '../../src/compare/contenders.ts';
import type { Fields } from '../../src/compare/scenario.ts';

const BASE: Fields = { title: 'Milk', body: 'two litres' };
const WAYS: readonly Way[] = ['last-writer', 'server-wins', 'client-wins', 'merge-by-field'];

interface Case {
  readonly name: string;
  readonly way: Way;
  readonly base?: Fields | null;
  readonly local: Fields | null;
  readonly remote: Fields | null;
  /** The device's edit was made later than the server's. */
  readonly later: boolean;
  readonly value: Fields | null;
  readonly push: boolean;
}

const LOCAL: Fields = { title: 'Oat milk', body: 'two litres' };
const REMOTE: Fields = { title: 'Milk', body: 'three litres' };

const CASES: readonly Case[] = [
  {
    name: 'the later edit of the device',
    way: 'last-writer',
    local: LOCAL,
    remote: REMOTE,
    later: true,
    value: LOCAL,
    push: true,
  },
  {
    name: 'the later edit of the server',
    way: 'last-writer',
    local: LOCAL,
    remote: REMOTE,
    later: false,
    value: REMOTE,
    push: false,
  },
  {
    name: 'a later removal',
    way: 'last-writer',
    local: null,
    remote: REMOTE,
    later: true,
    value: null,
    push: true,
  },
  {
    name: 'an earlier removal',
    way: 'last-writer',
    local: null,
    remote: REMOTE,
    later: false,
    value: REMOTE,
    push: false,
  },
  {
    name: 'what the server holds, however old',
    way: 'server-wins',
    local: LOCAL,
    remote: REMOTE,
    later: true,
    value: REMOTE,
    push: false,
  },
  {
    name: "the server's removal",
    way: 'server-wins',
    local: LOCAL,
    remote: null,
    later: true,
    value: null,
    push: false,
  },
  {
    name: 'what the device holds, however old',
    way: 'client-wins',
    local: LOCAL,
    remote: REMOTE,
    later: false,
    value: LOCAL,
    push: true,
  },
  {
    name: "the device's removal",
    way: 'client-wins',
    local: null,
    remote: REMOTE,
    later: false,
    value: null,
    push: true,
  },
  {
    name: 'changes to different fields, joined',
    way: 'merge-by-field',
    local: LOCAL,
    remote: REMOTE,
    later: false,
    value: { title: 'Oat milk', body: 'three litres' },
    push: true,
  },
  {
    name: 'the later change of one field',
    way: 'merge-by-field',
    local: { ...BASE, title: 'Oat milk' },
    remote: { ...BASE, title: 'Soy milk' },
    later: true,
    value: { title: 'Oat milk', body: 'two litres' },
    push: true,
  },
  {
    name: 'nothing to push where the server has it all',
    way: 'merge-by-field',
    local: { ...BASE, title: 'Oat milk' },
    remote: { ...BASE, title: 'Soy milk' },
    later: false,
    value: { title: 'Soy milk', body: 'two litres' },
    push: false,
  },
  {
    name: 'a field that the device took away',
    way: 'merge-by-field',
    local: { title: 'Milk', body: null },
    remote: { ...BASE, title: 'Soy milk' },
    later: false,
    value: { title: 'Soy milk', body: null },
    push: true,
  },
  {
    name: 'an edit rather than a removal by the server',
    way: 'merge-by-field',
    local: LOCAL,
    remote: null,
    later: false,
    value: LOCAL,
    push: true,
  },
  {
    name: 'an edit rather than a removal by the device',
    way: 'merge-by-field',
    local: null,
    remote: REMOTE,
    later: true,
    value: REMOTE,
    push: false,
  },
  {
    name: 'two beginnings, field by field',
    way: 'merge-by-field',
    base: null,
    local: { title: 'Milk', color: 'red' },
    remote: { title: 'Bread', body: 'rye' },
    later: true,
    value: { title: 'Milk', color: 'red', body: 'rye' },
    push: true,
  },
];

describe('a device that settles a conflict', () => {
  it.each(CASES)('keeps with $way: $name', ({ way, base = BASE, local, remote, later, value, push }) => {
    const settled = settle(
      way,
      base,
      { value: local, at: later ? 2 : 1 },
      { value: remote, at: later ? 1 : 2 },
    );
    expect(sameFields(settled.value, value)).toBe(true);
    expect(settled.push).toBe(push);
  });

  const text = fc.constantFrom('a', 'b', 'c', null);
  const fields = fc.option(fc.record({ title: text, body: text, color: text }), { nil: null });
  const sides = { base: fields, local: fields, remote: fields, at: fc.nat(5), other: fc.nat(5) };

  it('never leaves the server with something else than the device, unless it pushes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...WAYS), fc.record(sides), (way, { base, local, remote, at, other }) => {
        const settled = settle(way, base, { value: local, at }, { value: remote, at: other });
        expect(settled.push || sameFields(settled.value, remote)).toBe(true);
      }),
    );
  });

  it('invents no value: each field is one of the three that were there', () => {
    fc.assert(
      fc.property(fc.constantFrom(...WAYS), fc.record(sides), (way, { base, local, remote, at, other }) => {
        const { value } = settle(way, base, { value: local, at }, { value: remote, at: other });
        for (const name of ['title', 'body', 'color'] as const) {
          const known = [base, local, remote].map((side) => side?.[name] ?? null);
          expect(known).toContain(value?.[name] ?? null);
        }
      }),
    );
  });

  it('merges the same from both ends, so that two devices that merge agree', () => {
    fc.assert(
      fc.property(fc.record(sides), ({ base, local, remote }) => {
        const one = settle('merge-by-field', base, { value: local, at: 1 }, { value: remote, at: 2 });
        const two = settle('merge-by-field', base, { value: remote, at: 2 }, { value: local, at: 1 });
        expect(sameFields(one.value, two.value)).toBe(true);
      }),
    );
  });
});

describe('two views', () => {
  it.each<[Fields | null, Fields | null, boolean]>([
    [null, null, true],
    [null, {}, false],
    [{}, { title: null }, true],
    [{ title: 'a' }, { title: 'a', body: null }, true],
    [{ title: 'a' }, { title: 'b' }, false],
    [{ title: '' }, { title: null }, false],
  ])('%j and %j are the same: %s', (a, b, same) => {
    expect(sameFields(a, b)).toBe(same);
    expect(sameFields(b, a)).toBe(same);
  });
});
