import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSealer } from '../../src/auth/sealing.ts';
import { createPages, type PagedList } from '../../src/user-pools/pages.ts';
import { refusalOf } from './support.ts';

const INVALID = 'INVALID_PARAMETER: Invalid pagination token given.';
const sealer = createSealer([Buffer.alloc(32, 7)]);
const pages = createPages(sealer);

/** Texts in order, as a table keeps them. */
function listOf(names: readonly string[], name = 'list'): PagedList<string> {
  const byBytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    name,
    read: async (after, limit) =>
      byBytes.filter((each) => Buffer.compare(Buffer.from(each), Buffer.from(after)) > 0).slice(0, limit),
    keyOf: (item) => item,
  };
}

const SOME = ['a', 'b', 'c', 'd', 'e'];

describe('a list in pages', () => {
  test('has every item once, in order, whatever the size of the pages', async () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 60 }), async (items, limit) => {
        const list = listOf(items);
        const seen: string[] = [];
        let token: string | undefined;
        do {
          const page = await pages.read(list, { limit, token });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items);
          token = page.nextToken;
        } while (token !== undefined);
        expect(seen).toEqual(await list.read('', 100));
      }),
    );
  });

  test('has 60 items a page where nothing is asked, and no token on the last', async () => {
    const sixty = Array.from({ length: 60 }, (_, index) => String(index).padStart(2, '0'));
    const all = await pages.read(listOf(sixty), { limit: undefined, token: undefined });
    expect(all.items).toHaveLength(60);
    expect(all.nextToken).toBeUndefined();
    const more = await pages.read(listOf([...sixty, '60']), { limit: undefined, token: undefined });
    expect(more.nextToken).toMatch(/^\S+$/);
  });

  test('goes on behind the last item of the page before, also when that one is gone', async () => {
    const first = await pages.read(listOf(SOME), { limit: 2, token: undefined });
    const rest = { limit: 60, token: first.nextToken };
    expect((await pages.read(listOf(['0', 'a', 'c', 'd', 'e']), rest)).items).toEqual(['c', 'd', 'e']);
  });
});

describe('a page token', () => {
  const tokenOf = async (name?: string) =>
    (await pages.read(listOf(SOME, name), { limit: 1, token: undefined })).nextToken ?? '';

  test('is good for its own list only', async () => {
    const token = await tokenOf('one');
    expect((await pages.read(listOf(SOME, 'one'), { limit: 1, token })).items).toEqual(['b']);
    expect(await refusalOf(pages.read(listOf(SOME, 'two'), { limit: 1, token }))).toBe(INVALID);
  });

  test('cannot be made, altered or borrowed', async () => {
    const token = await tokenOf();
    const [id, , mac] = token.split('.');
    const payload = Buffer.from(JSON.stringify({ list: 'list', after: 'd' })).toString('base64url');
    const bad = [
      '',
      'x',
      'a.b.c',
      payload,
      `${id}.${payload}.${mac}`,
      `${token}A`,
      token.slice(0, -1),
      sealer.signToken({ list: 'list', after: 'a' }, 'another purpose'),
      sealer.signToken({ list: 'list' }, 'directory-page'),
      createSealer([Buffer.alloc(32, 8)]).signToken({ list: 'list', after: 'a' }, 'directory-page'),
      'a'.repeat(131_072),
    ];
    for (const each of bad) {
      expect(await refusalOf(pages.read(listOf(SOME), { limit: 1, token: each }))).toBe(INVALID);
    }
  });
});
