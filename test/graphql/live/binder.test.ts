import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../src/auth/caller.ts';
import { RockpoolError } from '../../../src/base/errors.ts';
import { createLiveBinder, type Binding } from '../../../src/graphql/live/binder.ts';
import { createDocuments } from '../../../src/graphql/live/documents.ts';
import { RefusedRequest } from '../../../src/graphql/live/refused-request.ts';
import { documentLimits, DOCUMENT_LIMITS } from '../../../src/graphql/limits.ts';
import { user } from '../../realtime/support/callers.ts';
import { change, item, pushOf } from '../../realtime/support/memory-journal.ts';
import { testSchema } from '../../realtime/support/schema.ts';

const { schema, models } = await testSchema();
const documents = createDocuments({ schema, rules: [documentLimits(DOCUMENT_LIMITS)], maxTokens: 20_000 });
const binder = createLiveBinder({
  schema,
  models,
  identityOf: async (caller) => {
    if (caller.kind !== 'user') throw new RockpoolError('FORBIDDEN', 'none');
    return `id-${caller.sub}`;
  },
});
const ana = user('ana');
const bob = user('bob');

async function bind(
  query: string,
  options: { caller?: Caller; variables?: Record<string, unknown>; after?: unknown; name?: string } = {},
): Promise<Binding> {
  const operation = documents.operation(query, options.name);
  return binder.bind(
    { operation, variables: options.variables ?? {}, after: options.after },
    options.caller ?? ana,
  );
}

async function codeOf(query: string, options: Parameters<typeof bind>[1] = {}): Promise<unknown> {
  try {
    await bind(query, options);
  } catch (error) {
    if (error instanceof RefusedRequest) return error.errors[0]?.extensions?.['code'];
    if (error instanceof RockpoolError) return error.code;
    throw error;
  }
  return 'bound';
}

describe('what is refused, and by which code', () => {
  test.each<[string, string, Parameters<typeof bind>[1]?]>([
    ['GRAPHQL_PARSE_FAILED', 'subscription {'],
    ['GRAPHQL_PARSE_FAILED', `subscription ${'{ a '.repeat(30_000)}`],
    ['GRAPHQL_VALIDATION_FAILED', 'subscription { nothing }'],
    ['GRAPHQL_VALIDATION_FAILED', 'subscription { onCreateNote { id } onUpdateNote { id } }'],
    ['GRAPHQL_VALIDATION_FAILED', 'subscription { __typename }'],
    [
      'GRAPHQL_VALIDATION_FAILED',
      'subscription ($no: Boolean = false) { onCreateNote @include(if: $no) { id } }',
    ],
    ['GRAPHQL_VALIDATION_FAILED', `subscription { onCreateNote { ${'a: id '.repeat(5001)} } }`],
    ['OPERATION_RESOLUTION_FAILURE', 'subscription A { onCreateNote { id } }', { name: 'B' }],
    [
      'OPERATION_RESOLUTION_FAILURE',
      'subscription A { onCreateNote { id } } subscription B { onUpdateNote { id } }',
    ],
    [
      'BAD_USER_INPUT',
      'subscription ($f: ModelSubscriptionNoteFilterInput) { onCreateNote(filter: $f) { id } }',
      { variables: { f: { nothing: 1 } } },
    ],
    ['BAD_USER_INPUT', 'subscription ($p: String!) { onChangeNote(after: $p) { id } }'],
    ['BAD_USER_INPUT', 'subscription { onCreateNote { id } }', { after: 5 }],
    ['BAD_USER_INPUT', 'subscription { datasetChanged(name: "no blanks") { kind } }'],
    ['FORBIDDEN', 'subscription { onCreateBoard { id } }'],
    ['FORBIDDEN', 'subscription { onChangeBoard { id } }'],
    ['FORBIDDEN', 'subscription { onCreateDiary(owner: "bob") { id } }'],
    ['FORBIDDEN', 'subscription { onCreateNote { id } }', { caller: { kind: 'apiKey' } }],
    ['FORBIDDEN', 'subscription { datasetChanged { kind } }', { caller: { kind: 'apiKey' } }],
    ['FORBIDDEN', 'subscription { datasetChanged { kind } }', { caller: { kind: 'root' } }],
    ['bound', 'subscription { onChangeBoard { id } }', { caller: { kind: 'apiKey' } }],
    ['bound', 'subscription { onChangeDiary { id } }', { caller: { kind: 'root' } }],
    [
      'bound',
      'subscription ($yes: Boolean = true) { ...f } fragment f on Subscription { onCreateNote { id @include(if: $yes) } }',
    ],
  ])('%s: %.80s', async (code, query, options) => {
    expect(await codeOf(query, options)).toBe(code);
  });

  test('what a subscription would keep for its whole life has an end', async () => {
    const long = 'x'.repeat(70_000);
    expect(await codeOf(`subscription { onCreateNote { id } } # ${long}`)).toBe('GRAPHQL_VALIDATION_FAILED');
    const query = 'subscription ($f: ModelSubscriptionNoteFilterInput) { onCreateNote(filter: $f) { id } }';
    expect(await codeOf(query, { variables: { f: { title: { eq: long } } } })).toBe('BAD_USER_INPUT');
    expect(await codeOf(query, { variables: { f: { title: { eq: 'x' } }, unknown: long } })).toBe('bound');
  });

  test('variables and filters that are nested without end are refused, not followed', async () => {
    let f: Record<string, unknown> = { rating: { eq: 1 } };
    for (let level = 0; level < 5000; level++) f = { and: [f] };
    const query = 'subscription ($f: ModelSubscriptionNoteFilterInput) { onCreateNote(filter: $f) { id } }';
    expect(await codeOf(query, { variables: { f } })).toBe('BAD_USER_INPUT');
    const literal = `${'{ and: ['.repeat(2000)}{ rating: { eq: 1 } }${'] }'.repeat(2000)}`;
    expect(await codeOf(`subscription { onCreateNote(filter: ${literal}) { id } }`)).toMatch(
      /BAD_USER_INPUT|GRAPHQL_/,
    );
  });
});

describe('who shares an execution', () => {
  const query =
    'subscription S($f: ModelSubscriptionNoteFilterInput, $p: String) { onChangeNote(filter: $f, after: $p) { kind position item { title } } }';
  const key = async (text: string, options: Parameters<typeof bind>[1] = {}) =>
    (await bind(text, options)).key;

  test('the position to resume from makes no difference, by whichever way it comes', async () => {
    const plain = await key(query);
    expect(await key(query, { variables: { p: 'somewhere' } })).toBe(plain);
    expect(await key(query, { after: 'somewhere' })).toBe(plain);
    expect(await key(query, { variables: { unknown: 1 } })).toBe(plain);
    expect(await key(query, { variables: { f: { rating: { gt: 1 } } } })).not.toBe(plain);
  });

  test('a variable that is the position and something else too does', async () => {
    const both =
      'subscription ($p: String) { onChangeNote(after: $p, filter: { title: { eq: $p } }) { kind } }';
    expect(await key(both, { variables: { p: 'a' } })).not.toBe(await key(both, { variables: { p: 'b' } }));
  });

  test('callers with the same rights do, callers by other rights do not', async () => {
    expect(await key(query, { caller: bob })).toBe(await key(query, { caller: ana }));
    expect(await key(query, { caller: user('eve', { groups: ['editors'] }) })).toBe(await key(query));
    const diary = 'subscription { onChangeDiary { kind } }';
    const editors = [user('eve', { groups: ['editors', 'x'] }), user('fay', { groups: ['editors'] })];
    expect(await key(diary, { caller: bob })).not.toBe(await key(diary, { caller: ana }));
    expect(new Set(await Promise.all(editors.map((caller) => key(diary, { caller })))).size).toBe(1);
    const datasets = 'subscription { datasetChanged { kind } }';
    expect(await key(datasets, { caller: bob })).not.toBe(await key(datasets, { caller: ana }));
  });

  test('the order of a variable’s members makes no difference', async () => {
    const one = { f: { rating: { gt: 1, lt: 5 }, title: { eq: 'a' } } };
    const two = { f: { title: { eq: 'a' }, rating: { lt: 5, gt: 1 } } };
    expect(await key(query, { variables: one })).toBe(await key(query, { variables: two }));
  });
});

describe('what is sent', () => {
  const entry = (more: ReturnType<typeof change>) => ({
    seq: 9,
    version: 1,
    before: null,
    after: null,
    actor: null,
    device: null,
    at: new Date(0),
    ...more,
  });

  test('the selection with aliases, fragments, conditions and nested lists, and the position beside it', async () => {
    const binding = await bind(
      `subscription ($more: Boolean!) { told: onChangeDiary { kind here: position item { ...row text @skip(if: $more) } } }
       fragment row on Diary { id owner __typename }`,
      { variables: { more: false } },
    );
    const sent = binding.event(
      entry(change('Diary', 'create', null, item('d', 1, { owner: 'ana::ana-name', text: 'hi' }))),
      'p9',
    );
    expect(JSON.parse(sent ?? '')).toEqual({
      data: {
        told: {
          kind: 'CREATED',
          here: 'p9',
          item: { id: 'd', owner: 'ana-name', __typename: 'Diary', text: 'hi' },
        },
      },
      extensions: { position: 'p9' },
    });
  });

  test('RESYNC is data where the type can say it, and else one error with no data', async () => {
    const resync = async (query: string) => JSON.parse((await bind(query)).resync('p')) as unknown;
    expect(await resync('subscription { onChangeNote { kind id item { id } } }')).toEqual({
      data: { onChangeNote: { kind: 'RESYNC', id: null, item: null } },
      extensions: { position: 'p' },
    });
    expect(await resync('subscription { datasetChanged { kind name syncCount records { key } } }')).toEqual({
      data: { datasetChanged: { kind: 'RESYNC', name: null, syncCount: null, records: [] } },
      extensions: { position: 'p' },
    });
    expect(await resync('subscription { datasetChanged(name: "d") { kind name } }')).toMatchObject({
      data: { datasetChanged: { kind: 'RESYNC', name: 'd' } },
    });
    expect(await resync('subscription { onUpdateNote { id } }')).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'RESYNC' } }],
      extensions: { position: 'p' },
    });
  });

  test('a row that lacks what its type requires is an error in the answer, with a code', async () => {
    const binding = await bind('subscription { onCreateNote { id title } }');
    const sent = JSON.parse(
      binding.event(entry(change('Note', 'create', null, item('n', 1))), 'p') ?? '',
    ) as object;
    expect(sent).toMatchObject({
      data: { onCreateNote: null },
      errors: [{ path: ['onCreateNote', 'title'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
  });

  test('a filter in variables is followed, and/or included', async () => {
    const query = 'subscription ($f: ModelSubscriptionNoteFilterInput) { onCreateNote(filter: $f) { id } }';
    const binding = await bind(query, {
      variables: { f: { or: [{ rating: { eq: 1 } }, { and: [{ title: { beginsWith: 'a' } }] }] } },
    });
    const told = (fields: Record<string, string | number>) =>
      binding.event(entry(change('Note', 'create', null, item('n', 1, fields))), 'p') !== undefined;
    expect([
      told({ rating: 1, title: 'z' }),
      told({ rating: 2, title: 'ab' }),
      told({ rating: 2, title: 'z' }),
    ]).toEqual([true, true, false]);
  });

  test('rebinding asks the same with other rights', async () => {
    const binding = await bind(
      'subscription ($p: String!) { onChangeDiary(after: $p) { kind item { id } } }',
      { variables: { p: 'x' } },
    );
    const others = entry(change('Diary', 'create', null, item('d', 1, { owner: 'bob' })));
    expect(binding.event(others, 'p')).toBeUndefined();
    const again = await binding.rebind(user('ana', { groups: ['editors'] }));
    expect(again.event(others, 'p')).toContain('"d"');
    await expect(
      (
        await bind('subscription { onChangeBoard { id } }', { caller: user('e', { groups: ['editors'] }) })
      ).rebind(ana),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('a dataset is looked up by identity, a model by its owners', async () => {
    expect((await bind('subscription { datasetChanged(name: "d") { kind } }')).source).toMatchObject({
      place: { kind: 'dataset', identity: 'id-ana' },
      topic: { equals: ['dataset:id-ana/d'] },
    });
    expect((await bind('subscription { onChangeDiary { kind } }')).source.place).toMatchObject({
      kind: 'model',
      model: 'Diary',
      owners: { values: ['ana::ana-name', 'ana', 'ana-name'] },
    });
    const push = {
      ...entry(change('Note', 'create', null, item('n', 1))),
      ...pushOf('id-ana', 'd', 3, { k: 'v' }),
    };
    expect(
      (await bind('subscription { datasetChanged(name: "e") { kind } }')).event(push, 'p'),
    ).toBeUndefined();
  });
});
