import { describe, expect, it } from 'vitest';
import { graphql } from '../../support/server.ts';
import { ask, refused, type Fields, type Headers } from './support/call.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();
const ana = async (): Promise<Headers> => (await shared.person('ana')).headers;
const ben = async (): Promise<Headers> => (await shared.person('ben')).headers;
const BOARD =
  '{ id title color cover { url alt } createdAt updatedAt owner _version _deleted _lastChangedAt }';
const NOTE =
  '{ id boardId text tags done dueOn author createdAt updatedAt _version _deleted _lastChangedAt }';
const MERGED = '{ id title body tags color done _version _deleted _lastChangedAt }';
const write = (operation: 'create' | 'update' | 'delete', type: string, selection: string) => {
  const name = `${operation[0]?.toUpperCase()}${operation.slice(1)}`;
  return `mutation ($input: ${name}${type}Input!, $condition: Model${type}ConditionInput) {
    ${operation}${type}(input: $input, condition: $condition) ${selection}
  }`;
};
const createBoard = write('create', 'Board', BOARD);
const updateBoard = write('update', 'Board', BOARD);
const deleteBoard = write('delete', 'Board', BOARD);
const getBoard = `query ($id: ID!) { getBoard(id: $id) ${BOARD} }`;
const createNote = write('create', 'Note', NOTE);
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const UUID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const MS = expect.any(Number);
async function newBoard(headers: Headers, input: Fields = {}): Promise<Fields> {
  return ask(shared.url, headers, createBoard, { input: { title: 'Board', ...input } });
}

describe('an item', () => {
  it('is made, read, changed and deleted, with a version more each time', async () => {
    const headers = await ana();
    const cover = { url: 'https://example.com/a.png', alt: null };
    const made = await newBoard(headers, { title: 'Kitchen', color: 'KELP', cover });
    expect(made).toEqual({
      id: UUID,
      title: 'Kitchen',
      color: 'KELP',
      cover,
      createdAt: ISO,
      updatedAt: made['createdAt'],
      owner: 'ana',
      _version: 1,
      _deleted: null,
      _lastChangedAt: MS,
    });
    const { id } = made;
    expect(await ask(shared.url, headers, getBoard, { id })).toEqual(made);
    const changed = await ask<Fields>(shared.url, headers, updateBoard, {
      input: { id, color: null, _version: 1 },
    });
    expect(changed).toEqual({ ...made, color: null, _version: 2, updatedAt: ISO, _lastChangedAt: MS });
    expect(Number(changed['_lastChangedAt'])).toBeGreaterThan(Number(made['_lastChangedAt']));
    const gone = await ask<Fields>(shared.url, headers, deleteBoard, { input: { id, _version: 2 } });
    expect(gone).toEqual({ ...changed, _version: 3, _deleted: true, _lastChangedAt: MS });
    // It appears only to those who ask whether it is deleted.
    expect(await ask(shared.url, headers, getBoard, { id })).toEqual(gone);
    expect(
      await ask(shared.url, headers, 'query ($id: ID!) { getBoard(id: $id) { id title } }', { id }),
    ).toBeNull();
  });

  it('keeps what was written to the letter', async () => {
    const headers = await ana();
    const input = {
      boardId: '  b "1" ',
      text: 'ﬁ 🐟 \u202e \n\t \\ \u007f',
      tags: ['', 'a', 'a', 'b'],
      done: false,
      dueOn: '2024-02-29+02:00',
    };
    expect(await ask(shared.url, headers, createNote, { input })).toMatchObject(input);
    const cleared = { ...input, tags: [], done: null, dueOn: null };
    expect(await ask(shared.url, headers, createNote, { input: cleared })).toMatchObject(cleared);
  });

  it('without a version in the input the current one is meant', async () => {
    const headers = await ana();
    const { id } = await newBoard(headers);
    expect(await ask(shared.url, headers, updateBoard, { input: { id, title: 'B' } })).toMatchObject({
      _version: 2,
    });
    expect(await ask(shared.url, headers, updateBoard, { input: { id, title: 'C' } })).toMatchObject({
      _version: 3,
    });
    expect(await ask(shared.url, headers, deleteBoard, { input: { id } })).toMatchObject({
      _version: 4,
      _deleted: true,
    });
  });

  it('may be made again after its deletion, its version goes on', async () => {
    const headers = await ana();
    const { id } = await newBoard(headers, { title: 'Old', color: 'SAND' });
    await ask(shared.url, headers, deleteBoard, { input: { id } });
    expect(await newBoard(headers, { id, title: 'New' })).toMatchObject({
      id,
      title: 'New',
      color: null,
      _version: 3,
      _deleted: null,
    });
  });

  it('that is made twice with the same content is made once', async () => {
    const headers = await ana();
    const made = await newBoard(headers, { id: 'twice', title: 'Same' });
    expect(await newBoard(headers, { id: 'twice', title: 'Same' })).toEqual(made);
    expect(
      await refused(shared.url, headers, createBoard, { input: { id: 'twice', title: 'Other' } }),
    ).toMatchObject({
      code: 'CONDITION_FAILED',
      current: made,
    });
  });

  it('that is deleted twice, or never was, is no error to delete', async () => {
    const headers = await ana();
    const { id } = await newBoard(headers);
    const gone = await ask(shared.url, headers, deleteBoard, { input: { id, _version: 1 } });
    expect(await ask(shared.url, headers, deleteBoard, { input: { id, _version: 1 } })).toEqual(gone);
    const deleteMerged = write('delete', 'AutomergeNote', MERGED);
    expect(await ask(shared.url, headers, deleteMerged, { input: { id: 'never' } })).toBeNull();
  });

  it.each<[string, Fields, string]>([
    ['without a title', {}, 'input.title'],
    ['with a color that is none', { title: 'a', color: 'BLUE' }, 'input.color'],
    ['with a cover of another type', { title: 'a', cover: 'x' }, 'input.cover'],
    ['with a cover without its address', { title: 'a', cover: {} }, 'input.cover.url'],
    ['with an address that is none', { title: 'a', cover: { url: 'nowhere' } }, 'input.cover.url'],
    ['with its own metadata', { title: 'a', _deleted: true }, 'input._deleted'],
    ['with an owner that is not in the input', { title: 'a', owner: 'ben' }, 'input.owner'],
    ['with half a surrogate pair', { title: 'a\ud800' }, 'input.title'],
    ['with U+0000', { title: 'a\u0000' }, 'input.title'],
    ['with an empty id', { id: '', title: 'a' }, 'input.id'],
  ])('%s is refused, and the argument is named', async (_name, input, argument) => {
    const answer = await refused(shared.url, await ana(), createBoard, { input });
    expect(answer).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });

  it('never gets null for a field that must be there, in an update either', async () => {
    const headers = await ana();
    const { id } = await newBoard(headers);
    expect(await refused(shared.url, headers, updateBoard, { input: { id, title: null } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'input.title',
    });
    expect(await ask(shared.url, headers, getBoard, { id })).toMatchObject({ title: 'Board', _version: 1 });
  });

  it('several in one document are written one after another, each by itself', async () => {
    const headers = await ana();
    const document = `mutation {
      a: createBoard(input: { id: "several", title: "A" }) { _version }
      b: createBoard(input: { id: "several", title: "B" }) { _version }
      c: updateBoard(input: { id: "several", title: "C" }) { title _version }
    }`;
    for (const [time, version] of [
      [1, 2],
      [2, 3],
    ]) {
      const { data, errors } = await graphql(shared.url, headers, document);
      expect(data).toMatchObject({ b: null, c: { title: 'C', _version: version } });
      expect(errors.map((error) => (error as { path?: unknown }).path)).toEqual(
        time === 1 ? [['b']] : [['a'], ['b']],
      );
    }
  });
});

describe('a write on an old version', () => {
  const create = (type: string) => write('create', type, MERGED);
  const update = (type: string) => write('update', type, MERGED);
  const remove = (type: string) => write('delete', type, MERGED);

  it('is merged by AUTOMERGE: what is stored stays, what was empty is taken, lists are joined', async () => {
    const [headers, others] = [await ana(), await ben()];
    const made = await ask<Fields>(shared.url, headers, create('AutomergeNote'), {
      input: { title: 'A', tags: ['x'] },
    });
    const { id } = made;
    await ask(shared.url, others, update('AutomergeNote'), { input: { id, title: 'B', _version: 1 } });
    const late = { id, title: 'C', body: 'late', tags: ['x', 'y'], _version: 1 };
    expect(await ask(shared.url, headers, update('AutomergeNote'), { input: late })).toMatchObject({
      title: 'B',
      body: 'late',
      tags: ['x', 'x', 'y'],
      _version: 3,
    });
    // All of it refused: a version all the same.
    expect(
      await ask(shared.url, headers, update('AutomergeNote'), { input: { id, title: 'D', _version: 1 } }),
    ).toMatchObject({
      title: 'B',
      _version: 4,
    });
    const stale = await refused(shared.url, headers, remove('AutomergeNote'), { input: { id, _version: 1 } });
    expect(stale).toMatchObject({ code: 'CONFLICT', current: { id, title: 'B', _version: 4 } });
  });

  it('of an item that was deleted keeps it deleted', async () => {
    const headers = await ana();
    const merged = await ask<Fields>(shared.url, headers, create('AutomergeNote'), { input: { title: 'A' } });
    await ask(shared.url, headers, remove('AutomergeNote'), { input: { id: merged['id'] } });
    expect(
      await ask(shared.url, headers, update('AutomergeNote'), {
        input: { id: merged['id'], title: 'B', _version: 1 },
      }),
    ).toMatchObject({ title: 'A', _deleted: true, _version: 2 });
    const strict = await ask<Fields>(shared.url, headers, create('OptimisticNote'), {
      input: { title: 'A' },
    });
    await ask(shared.url, headers, remove('OptimisticNote'), { input: { id: strict['id'] } });
    expect(
      await refused(shared.url, headers, update('OptimisticNote'), {
        input: { id: strict['id'], title: 'B', _version: 2 },
      }),
    ).toMatchObject({ code: 'CONFLICT', current: { _deleted: true, _version: 2 } });
  });

  it('is refused by OPTIMISTIC_CONCURRENCY with the stored row as the document selects it', async () => {
    const headers = await ana();
    const { id } = await ask<Fields>(shared.url, headers, create('OptimisticNote'), {
      input: { title: 'A', tags: ['x'] },
    });
    await ask(shared.url, headers, update('OptimisticNote'), { input: { id, title: 'B', _version: 1 } });
    const input = { id, title: 'C', _version: 1 };
    const whole = await refused(shared.url, headers, update('OptimisticNote'), { input });
    expect(whole).toMatchObject({ status: 200, code: 'CONFLICT' });
    expect(whole.current).toEqual({
      id,
      title: 'B',
      body: null,
      tags: ['x'],
      color: null,
      done: null,
      _version: 2,
      _deleted: null,
      _lastChangedAt: MS,
    });
    const narrow = `mutation ($input: UpdateOptimisticNoteInput!, $yes: Boolean!) {
      changed: updateOptimisticNote(input: $input) { ...F __typename version: _version body @skip(if: $yes) }
    } fragment F on OptimisticNote { name: title }`;
    for (const _time of [1, 2]) {
      const { current } = await refused(shared.url, headers, narrow, { input, yes: true });
      expect(current).toEqual({ name: 'B', __typename: 'OptimisticNote', version: 2 });
    }
    expect(
      await refused(shared.url, headers, update('OptimisticNote'), { input: { ...input, _version: 7 } }),
    ).toMatchObject({
      code: 'CONFLICT',
    });
    expect(
      await refused(shared.url, headers, remove('OptimisticNote'), { input: { id, _version: 1 } }),
    ).toMatchObject({
      code: 'CONFLICT',
      current: whole.current,
    });
  });

  it('loses no update among writers at once: each version is given once', async () => {
    const headers = await ana();
    const { id } = await ask<Fields>(shared.url, headers, create('OptimisticNote'), {
      input: { title: '0' },
    });
    const writer = async (): Promise<void> => {
      for (;;) {
        const row = await ask<Fields>(
          shared.url,
          headers,
          `query ($id: ID!) { getOptimisticNote(id: $id) { title _version } }`,
          { id },
        );
        const input = { id, title: String(Number(row['title']) + 1), _version: row['_version'] };
        const { errors } = await graphql(shared.url, headers, update('OptimisticNote'), { input });
        if (errors.length === 0) return;
        expect(errors[0]?.extensions?.['code']).toBe('CONFLICT');
      }
    };
    await Promise.all(Array.from({ length: 8 }, writer));
    expect(
      await ask(shared.url, headers, `query ($id: ID!) { getOptimisticNote(id: $id) { title _version } }`, {
        id,
      }),
    ).toEqual({
      title: '8',
      _version: 9,
    });
  });
});
