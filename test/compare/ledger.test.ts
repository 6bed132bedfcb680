import { describe, expect, it } from 'vitest';
import { createLedger, type Ledger } from '../../src/compare/ledger.ts';
import type { Fields } from '../../src/compare/scenario.ts';

/** Lost edits as `device.field`, when everybody ends with `final`. */
function lost(ledger: Ledger, final: Fields | null): string[] {
  return ledger.lost(() => final).map(({ device, field }) => `${device}.${field}`);
}

const MILK: Fields = { title: 'Milk', body: 'two litres' };

describe('an edit', () => {
  it('is kept when the end has it', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', null, MILK);
    expect(lost(ledger, MILK)).toEqual([]);
  });

  it('is lost when the end has something else that nobody put there knowingly', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', null, MILK);
    expect(lost(ledger, { ...MILK, title: 'Bread' })).toEqual(['phone.title']);
  });

  it('is not lost when a device that showed it wrote something else', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', null, MILK);
    ledger.record('laptop', 'ana', MILK, { title: 'Bread' });
    expect(lost(ledger, { ...MILK, title: 'Bread' })).toEqual([]);
  });

  it('is not lost when the same device wrote something else', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', null, MILK);
    ledger.record('phone', 'ana', MILK, { title: 'Bread' });
    ledger.record('phone', 'ana', { ...MILK, title: 'Bread' }, { title: 'Rye' });
    expect(lost(ledger, { ...MILK, title: 'Rye' })).toEqual([]);
  });

  it('is lost when a device that did not show it wrote over it', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', null, MILK);
    ledger.record('phone', 'ana', MILK, { title: 'Oat milk' });
    ledger.record('laptop', 'ana', MILK, { title: 'Soy milk' });
    expect(lost(ledger, { ...MILK, title: 'Soy milk' })).toEqual(['phone.title']);
    expect(lost(ledger, { ...MILK, title: 'Oat milk' })).toEqual(['laptop.title']);
  });

  it('counts field by field', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', MILK, { title: 'Oat milk', color: 'red' });
    expect(lost(ledger, { ...MILK, color: 'red' })).toEqual(['phone.title']);
  });

  it('that takes a field away is kept when the field is away', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', MILK, { body: null });
    expect(lost(ledger, { title: 'Milk' })).toEqual([]);
    expect(lost(ledger, MILK)).toEqual(['phone.body']);
  });

  it('is not lost when the server refused it and said so', () => {
    const ledger = createLedger();
    ledger.record('laptop', 'ana', MILK, { title: null, color: 'red' });
    ledger.withdraw('laptop', { title: null });
    expect(lost(ledger, MILK)).toEqual(['laptop.color']);
    ledger.withdraw('phone', { color: 'red' });
    expect(lost(ledger, MILK)).toEqual(['laptop.color']);
  });

  it('is not lost when somebody who showed it deleted the whole', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', null, MILK);
    ledger.record('laptop', 'ana', MILK, null);
    expect(lost(ledger, null)).toEqual([]);
  });

  it('is looked for in the end of the person who made it', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', null, { title: 'Milk' });
    ledger.record('tablet', 'ben', null, { title: 'Bread' });
    const ends: Record<string, Fields> = { ana: { title: 'Milk' }, ben: { title: 'Bread' } };
    expect(ledger.lost((person) => ends[person] ?? null)).toEqual([]);
  });
});

describe('a deletion', () => {
  it('is kept when nothing is there at the end', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', MILK, null);
    expect(lost(ledger, null)).toEqual([]);
  });

  it('is lost when the thing is there again and nobody made it anew', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', MILK, null);
    ledger.record('laptop', 'ana', MILK, { body: 'three litres' });
    expect(lost(ledger, { ...MILK, body: 'three litres' })).toEqual(['phone.deletion']);
  });

  it('is not lost when a device that showed nothing made the thing anew', () => {
    const ledger = createLedger();
    ledger.record('phone', 'ana', MILK, null);
    ledger.record('laptop', 'ana', null, { title: 'Bread' });
    expect(lost(ledger, { title: 'Bread' })).toEqual([]);
  });
});
