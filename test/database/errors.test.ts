import postgres from 'postgres';
import { expect, test } from 'vitest';
import { RockpoolError } from '../../src/base/errors.ts';
import { asUnavailable, codeOf, isTransient } from '../../src/database/errors.ts';

const coded = (code: string, more: object = {}): Error => Object.assign(new Error(code), { code }, more);

test.each([
  ['the connection was lost', 'CONNECTION_CLOSED'],
  ['the pool is closing', 'CONNECTION_ENDED'],
  ['nothing answers', 'CONNECT_TIMEOUT'],
  ['nothing listens', 'ECONNREFUSED'],
  ['the network is down', 'ENETUNREACH'],
  ['the name is not found', 'ENOTFOUND'],
  ['a connection exception', '08006'],
  ['serialization', '40001'],
  ['deadlock', '40P01'],
  ['a lock waited for too long', '55P03'],
  ['a statement that took too long', '57014'],
  ['shutdown', '57P01'],
  ['crash', '57P02'],
  ['starting up', '57P03'],
  ['too many connections', '53300'],
  ['disk full', '53100'],
  ['a former primary', '25006'],
])('%s is transient (%s)', (_, code) => {
  expect(isTransient(coded(code))).toBe(true);
});

test.each([
  ['a duplicate', '23505'],
  ['a missing table', '42P01'],
  ['a wrong password', '28P01'],
  ['a text that is none', '22021'],
  ['an aborted transaction', '25P02'],
  ['a protocol violation', '08P01'],
  ['a driver error about values', 'UNDEFINED_VALUE'],
  ['a missing file', 'ENOENT'],
])('%s is not (%s)', (_, code) => {
  expect(isTransient(coded(code))).toBe(false);
});

test('a missing socket is, and so is what an ORM wrapped', () => {
  expect(isTransient(coded('ENOENT', { syscall: 'connect' }))).toBe(true);
  expect(isTransient(new Error('Failed query', { cause: coded('57P01') }))).toBe(true);
  expect(isTransient(new Error('Failed query', { cause: coded('23505') }))).toBe(false);
});

test('what is not an error is not', () => {
  for (const thing of [undefined, null, 'ECONNREFUSED', { code: '57P01' }, new Error('nothing')]) {
    expect(isTransient(thing)).toBe(false);
  }
});

test('an address where nothing is gives a transient error', async () => {
  const sql = postgres('postgres://nobody@127.0.0.1:1/none', { max: 1, connect_timeout: 2 });
  const error = await sql`select 1`.catch((thrown: unknown) => thrown);
  await sql.end({ timeout: 0 });
  expect(codeOf(error)).toBe('ECONNREFUSED');
  expect(isTransient(error)).toBe(true);
});

test('transient errors become UNAVAILABLE with the cause inside, others stay what they are', () => {
  const lost = coded('CONNECTION_CLOSED');
  const answer = asUnavailable(lost);
  expect(answer).toBeInstanceOf(RockpoolError);
  expect(answer).toMatchObject({ code: 'UNAVAILABLE', cause: lost });
  expect(String(answer)).not.toContain('CONNECTION');
  const duplicate = coded('23505');
  expect(asUnavailable(duplicate)).toBe(duplicate);
  const own = new RockpoolError('NOT_FOUND', 'There is none.', { cause: lost });
  expect(asUnavailable(own)).toBe(own);
});
