import { describe, expect, it } from 'vitest';
import { graphql } from '../../support/server.ts';
import { API_KEY, ask, refusalOf, refused, signedCall, type Fields, type Headers } from './support/call.ts';
import { join } from './support/groups.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();
const ana = async (): Promise<Headers> => (await shared.person('ana')).headers;
const ben = async (): Promise<Headers> => (await shared.person('ben')).headers;
const BOARD =
  '{ id title color cover { url alt } createdAt updatedAt owner _version _deleted _lastChangedAt }';
const NOTE =
  '{ id boardId text tags done dueOn author createdAt updatedAt _version _deleted _lastChangedAt }';
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
const updateNote = write('update', 'Note', NOTE);
async function newBoard(headers: Headers, input: Fields = {}): Promise<Fields> {
  return ask(shared.url, headers, createBoard, { input: { title: 'Board', ...input } });
}

describe('a condition', () => {
  it('that is false writes nothing and tells the row', async () => {
    const headers = await ana();
    const made = await newBoard(headers, { title: 'Five' });
    const { id } = made;
    const answer = await refused(shared.url, headers, updateBoard, {
      input: { id, title: 'Six' },
      condition: { title: { ne: 'Five' } },
    });
    expect(answer).toMatchObject({ code: 'CONDITION_FAILED', current: made });
    expect(
      await refused(shared.url, headers, deleteBoard, {
        input: { id },
        condition: { not: { title: { beginsWith: 'F' } } },
      }),
    ).toMatchObject({
      code: 'CONDITION_FAILED',
    });
    expect(await ask(shared.url, headers, getBoard, { id })).toEqual(made);
    expect(
      await ask(shared.url, headers, updateBoard, {
        input: { id, title: 'Six' },
        condition: {
          and: [
            { title: { eq: 'Five' } },
            { or: [{ color: { eq: 'KELP' } }, { _deleted: { attributeExists: false } }] },
          ],
        },
      }),
    ).toMatchObject({ title: 'Six' });
  });

  it('on an update of what is not there is CONDITION_FAILED for those whom the rules let do it', async () => {
    const headers = await ana();
    const missing = { input: { id: 'missing', title: 'x' } };
    const update = write('update', 'AutomergeNote', '{ id }');
    expect(await refused(shared.url, headers, update, missing)).toMatchObject({
      code: 'CONDITION_FAILED',
      current: undefined,
    });
    // Under an owner rule nobody can find out which ids exist.
    expect(await refused(shared.url, headers, updateBoard, missing)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await refused(shared.url, headers, deleteBoard, { input: { id: 'missing' } })).toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});

describe('the rules', () => {
  it('let owners write what is theirs, and nobody else', async () => {
    const [headers, others] = [await ana(), await ben()];
    const { id } = await newBoard(headers);
    for (const who of [others, API_KEY]) {
      expect(await ask(shared.url, who, getBoard, { id })).toMatchObject({ id, owner: 'ana' });
      expect(await refused(shared.url, who, updateBoard, { input: { id, title: 'Mine' } })).toMatchObject({
        code: 'FORBIDDEN',
      });
      expect(await refused(shared.url, who, deleteBoard, { input: { id } })).toMatchObject({
        code: 'FORBIDDEN',
      });
    }
    expect(await refused(shared.url, API_KEY, createBoard, { input: { title: 'x' } })).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await ask(shared.url, headers, getBoard, { id })).toMatchObject({ title: 'Board', _version: 1 });
  });

  it('let the API key see what is public and nothing else', async () => {
    for (const query of [
      '{ getNote(id: "x") { id } }',
      '{ listNotes { items { id } } }',
      '{ syncNotes { items { id } } }',
      '{ listAutomergeNotes { items { id } } }',
      'mutation { createNote(input: { boardId: "b", text: "t" }) { id } }',
    ])
      expect(await refused(shared.url, API_KEY, query)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ask(shared.url, API_KEY, '{ listBoards { nextToken } }')).toBeDefined();
  });

  it('take an owner that is given only where it is the caller', async () => {
    const headers = await ana();
    const { sub } = claimsOf((await shared.person('ana')).accessToken);
    for (const author of ['ana', sub, `${String(sub)}::ana`])
      expect(
        await ask(shared.url, headers, createNote, { input: { boardId: 'b', text: 't', author } }),
      ).toMatchObject({
        author: author === sub ? sub : 'ana',
      });
    for (const author of ['ben', '', null, `${String(sub)}::ben`])
      expect(
        await refused(shared.url, headers, createNote, { input: { boardId: 'b', text: 't', author } }),
      ).toMatchObject({
        code: 'FORBIDDEN',
      });
  });

  it('follow a row that is given away', async () => {
    const [headers, others] = [await ana(), await ben()];
    const { id } = await ask<Fields>(shared.url, headers, createNote, { input: { boardId: 'b', text: 't' } });
    expect(await ask(shared.url, headers, updateNote, { input: { id, author: 'ben' } })).toMatchObject({
      author: 'ben',
    });
    expect(await refused(shared.url, headers, updateNote, { input: { id, text: 'u' } })).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await ask(shared.url, others, updateNote, { input: { id, text: 'u' } })).toMatchObject({
      text: 'u',
      _version: 3,
    });
  });

  it('let a group do what it is there for, as the directory says, not the token', async () => {
    const [headers, mod] = [await ana(), await shared.person('mod')];
    const { id } = await newBoard(headers);
    expect(await refused(shared.url, mod.headers, updateBoard, { input: { id, title: 'x' } })).toMatchObject({
      code: 'FORBIDDEN',
    });
    await join(shared.server, 'mod', 'moderators');
    await expect
      .poll(
        async () =>
          (await graphql(shared.url, mod.headers, updateBoard, { input: { id, title: 'x' } })).errors.length,
        {
          timeout: 5000,
        },
      )
      .toBe(0);
    expect(
      await refused(shared.url, mod.headers, createNote, {
        input: { boardId: 'b', text: 't', author: 'ana' },
      }),
    ).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await ask(shared.url, mod.headers, deleteBoard, { input: { id } })).toMatchObject({
      _deleted: true,
    });
  });

  it('let the root credentials do everything', async () => {
    const headers = await ana();
    const { id } = await newBoard(headers);
    const changed = await signedCall(shared.url, updateBoard, { input: { id, title: 'Root' } });
    expect(changed.data).toMatchObject({ updateBoard: { title: 'Root', owner: 'ana', _version: 2 } });
    const made = await signedCall(shared.url, createNote, {
      input: { boardId: 'b', text: 't', author: 'ben' },
    });
    expect(made.data).toMatchObject({ createNote: { author: 'ben' } });
    const free = await signedCall(shared.url, createBoard, { input: { title: 'Nobody' } });
    expect(free.data).toMatchObject({ createBoard: { owner: null } });
    expect((await signedCall(shared.url, deleteBoard, { input: { id } })).errors).toEqual([]);
    expect(
      refusalOf(await signedCall(shared.url, updateBoard, { input: { id: 'missing', title: 'x' } })),
    ).toMatchObject({
      code: 'CONDITION_FAILED',
    });
  });

  it('keep a type without rules to the root credentials', async () => {
    // Every shipped type has rules: what is asked here is that a caller of a pool without rights is told so.
    expect(await refused(shared.url, API_KEY, '{ getOptimisticNote(id: "x") { id } }')).toMatchObject({
      code: 'FORBIDDEN',
      message: 'Not Authorized to access getOptimisticNote on type Query',
    });
  });
});

function claimsOf(token: string): Fields {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Fields;
}
