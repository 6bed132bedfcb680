/**
 * A server that does for a request what must be done for it, and nothing else: node:http, JSON in, the product's own
 * statement, JSON out in the shape of the product's answer. No accounts, no GraphQL, no routes worth the name. Run by
 * the bench as a process of its own: `bare-server.ts <database URL>`.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { messageOf } from '../src/base/errors.ts';
import { silentLog } from '../src/base/log.ts';
import { openDatabase } from '../src/database/connection.ts';
import { toRecords } from '../src/datasets/pull.ts';
import { storedRecords } from '../src/datasets/push.ts';
import { benchModels } from './fixture/models.ts';
import { serveAsHelper } from './processes/helper-process.ts';
import {
  createStatements,
  type PullRequest,
  type PushRequest,
  type Statements,
  type SyncRequest,
} from './statements.ts';

const [url = ''] = process.argv.slice(2);
const { sql } = openDatabase({ url, log: silentLog });
const statements = createStatements(sql, await benchModels());

/** Answers by path. */
const WORK: Readonly<Record<string, (from: Statements, body: unknown) => Promise<object>>> = {
  '/push': async ({ push }, body) => {
    const request = body as PushRequest;
    const { syncCount, storedAt } = await push(request);
    const { identity, input } = request;
    const records = storedRecords(identity, input, syncCount, storedAt);
    return { data: { pushDataset: { records, syncCount } } };
  },
  '/pull': async ({ pull }, body) => {
    const { exists, syncCount, mergedDatasets, records } = await pull(body as PullRequest);
    return {
      data: { pullDataset: { exists, syncCount, mergedDatasets, records: toRecords(records ?? []) } },
    };
  },
  '/sync': async ({ sync }, body) => {
    const { rows, startedAt } = await sync(body as SyncRequest);
    const items = rows.map(({ _seq, _more, _floor, _epoch, ...item }) => item);
    return { data: { sync: { items, startedAt } } };
  },
};

const server = createServer((request, response) => {
  const answer = (status: number, body: string) =>
    response
      .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body);
  const work = WORK[request.url ?? ''];
  if (work === undefined) return answer(404, '{}');
  readJson(request)
    .then((body) => work(statements, body))
    .then(
      (result) => answer(200, JSON.stringify(result)),
      (error: unknown) => answer(500, messageOf(error)),
    );
  return undefined;
});

function readJson(request: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', reject);
    request.on('end', () => {
      try {
        resolve(JSON.parse(Buffer.concat(chunks).toString()));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

serveAsHelper(server);
