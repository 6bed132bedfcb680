import { expect, test } from 'vitest';
import { parseConnectionUrl } from '../../src/database/connection-url.ts';

test('a URL of the usual form passes unchanged', () => {
  const url = 'postgres://me:p%40ss@db.example:6543/app?sslmode=require';
  expect(parseConnectionUrl(url)).toEqual({ url, options: {} });
});

test('several hosts pass unchanged', () => {
  const url = 'postgres://me@one:5432,two:5433/app?target_session_attrs=read-write';
  expect(parseConnectionUrl(url)).toEqual({ url, options: {} });
});

test('the folder of a Unix socket becomes the host', () => {
  expect(parseConnectionUrl('postgres:///app?user=me&host=%2Ftmp%2Fa%20b')).toEqual({
    url: 'postgres:///app',
    options: { host: '/tmp/a b', username: 'me' },
  });
});

test('a user before no host is read, and the host behind the question mark counts', () => {
  expect(parseConnectionUrl('postgresql://me:secret@/app?host=/cloudsql/x')).toEqual({
    url: 'postgresql://me:secret@localhost/app',
    options: { host: '/cloudsql/x' },
  });
});

test('words that only libpq knows are left out, so that the server does not refuse them', () => {
  expect(parseConnectionUrl('postgres://h/app?channel_binding=require&sslmode=require').url).toBe(
    'postgres://h/app?sslmode=require',
  );
});
