import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cognito, graphql, signedIn, type TestServer } from '../support/server.ts';
import { testDatabase } from '../support/database.ts';
import { rockpool, temporaryFolder } from '../support/process.ts';

const IDS = { clientId: 'rockpoolclient0000000000001' };
/** What the builders need of a server that runs in a process of its own. */
const at = (url: string) => ({ url, ids: IDS }) as unknown as TestServer;

describe('rockpool start', { timeout: 120_000 }, () => {
  it('serves, tells so on standard output alone, writes the outputs, and drains with 0', async () => {
    const folder = await temporaryFolder();
    const { url: DATABASE_URL } = await testDatabase();
    const server = rockpool(['start'], { DATABASE_URL, DATA_DIR: folder });
    const url = await server.ready();
    expect(server.out()).toMatch(/^Rockpool is ready on http:\/\/localhost:\d+\n/);
    expect(
      server
        .err()
        .split('\n')
        .filter(Boolean)
        .every((line) => line.startsWith('{')),
    ).toBe(true);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const outputs = JSON.parse(await readFile(join(folder, 'amplify_outputs.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(outputs).toMatchObject({
      auth: {
        user_pool_id: 'us-east-1_Rockpool1',
        user_pool_client_id: IDS.clientId,
        identity_pool_id: 'us-east-1:00000000-0000-4000-8000-000000000001',
      },
      data: { url: `${url}/graphql`, api_key: 'da2-rockpool' },
    });
    server.child.kill('SIGTERM');
    server.child.kill('SIGINT');
    expect((await server.ended).code).toBe(0);
  });

  it('goes on after kill -9 with all that it had acknowledged, and its tokens are good on another node', async () => {
    const { url: DATABASE_URL } = await testDatabase();
    const [one, two] = ['1', '2'].map(() => rockpool(['start'], { DATABASE_URL }));
    if (one === undefined || two === undefined) throw new Error('two were started');
    // Two starts at once on one empty database.
    const [first, second] = await Promise.all([one.ready(), two.ready()]);
    const ana = await signedIn(at(first), 'ana');
    const push =
      'mutation ($input: PushDatasetInput!) { pushDataset(input: $input) { ... on DatasetPushed { syncCount } } }';
    const input = { name: 'd', patches: [{ op: 'REPLACE', key: 'k', value: 'v', syncCount: 0 }] };
    expect((await graphql(first, ana.headers, push, { input })).errors).toEqual([]);
    one.child.kill('SIGKILL');
    await one.ended;
    const pulled = await graphql(second, ana.headers, '{ pullDataset(name: "d") { records { key value } } }');
    expect(pulled.data).toEqual({ pullDataset: { records: [{ key: 'k', value: 'v' }] } });
  });

  it('is refused in words: a port that is taken, a wrong variable, a schema with a mistake', async () => {
    const { url: DATABASE_URL } = await testDatabase();
    const folder = await temporaryFolder();
    const url = await rockpool(['start'], { DATABASE_URL }).ready();
    const { port } = new URL(url);
    const taken = await rockpool(['start'], { DATABASE_URL, PORT: port }).ended;
    expect([taken.code, taken.err]).toEqual([
      1,
      expect.stringContaining(`PORT=${port}: something serves there already`),
    ]);
    const wrong = await rockpool(['start'], { RETENTION: 'long' }).ended;
    expect([wrong.code, wrong.err]).toEqual([
      1,
      expect.stringMatching(/^rockpool start: RETENTION=long: [^\n]*\n$/),
    ]);
    const schema = join(folder, 'bad.graphql');
    await writeFile(schema, 'type A @model {\n  b: Missing\n}\n');
    const bad = await rockpool(['start'], { DATABASE_URL, SCHEMA: schema }).ended;
    expect([bad.code, bad.err]).toEqual([
      1,
      expect.stringContaining(`${schema}:2:6 There is no type Missing`),
    ]);
    const region = await rockpool(['start'], { DATABASE_URL, AWS_REGION: 'eu-west-1' }).ended;
    expect([region.code, region.err]).toEqual([1, expect.stringContaining('only us-east-1 is allowed')]);
  });
});

describe('the other verbs', { timeout: 120_000 }, () => {
  it('work beside a server: token prints one token, doctor finds no fault, migrate has nothing to do', async () => {
    const { url: DATABASE_URL } = await testDatabase();
    const url = await rockpool(['start'], { DATABASE_URL }).ready();
    await signedIn(at(url), 'ana');
    const token = await rockpool(['token', 'ana'], { DATABASE_URL }).ended;
    expect([token.code, token.out]).toEqual([0, expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)]);
    const user = await cognito(url, 'GetUser', { AccessToken: token.out.trim() });
    expect(user['Username']).toBe('ana');
    const nobody = await rockpool(['token', 'nobody'], { DATABASE_URL }).ended;
    expect(nobody).toMatchObject({ code: 1, out: '' });
    const doctor = await rockpool(['doctor', '--json'], { DATABASE_URL }).ended;
    expect([doctor.code, JSON.parse(doctor.out)]).toEqual([0, expect.objectContaining({ ok: true })]);
    const migrate = await rockpool(['migrate'], { DATABASE_URL }).ended;
    expect(migrate).toMatchObject({ code: 0, out: 'Nothing to do: everything is up to date.\n' });
  });

  it('have help, and refuse words that they do not take', async () => {
    const runs = ['start', 'migrate', 'compare', 'doctor', 'token', 'demo'].map(
      (verb) => rockpool([verb, '--help'], {}).ended,
    );
    for (const { code, out } of await Promise.all(runs)) {
      expect([code, out]).toEqual([0, expect.stringMatching(/^Usage: rockpool \w+/)]);
    }
    const fault = await rockpool(['doctor'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' }).ended;
    expect([fault.code, fault.out]).toEqual([1, expect.stringMatching(/^FAULT +postgres/m)]);
    expect(await rockpool(['fly'], {}).ended).toMatchObject({ code: 2 });
    expect(await rockpool(['start', '--fast'], {}).ended).toMatchObject({ code: 2 });
    const list = await rockpool(['compare', '--list', '--json'], {}).ended;
    const { scenarios } = JSON.parse(list.out) as { scenarios: { name: string }[] };
    expect(scenarios.length).toBeGreaterThanOrEqual(8);
  });
});
