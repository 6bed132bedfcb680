import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Environment } from '../../../../src/app/config/environment.ts';
import type { Log } from '../../../../src/base/log.ts';
import { signedIn, testServer, type SignedIn, type TestServer } from '../../../support/server.ts';

/** A server that all tests of a file share, and the people who signed in to it. */
export interface SharedServer {
  readonly url: string;
  readonly databaseUrl: string;
  readonly server: TestServer;
  /** Signs somebody up at the first call of a name. */
  person(name: string): Promise<SignedIn>;
}

/** Call at the top of a file. The server goes after the file. */
export function sharedServer(environment: Environment = {}, log?: Log): SharedServer {
  let server: TestServer | undefined;
  let folder: string | undefined;
  const people = new Map<string, Promise<SignedIn>>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rockpool-shared-'));
    server = await testServer({ DATA_DIR: folder, ...environment }, log);
  });
  afterAll(async () => {
    await server?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
  const running = () => {
    if (server === undefined) throw new Error('The server is not there before the first test.');
    return server;
  };
  return {
    get server() {
      return running();
    },
    get url() {
      return running().url;
    },
    get databaseUrl() {
      return running().databaseUrl;
    },
    person(name) {
      let person = people.get(name);
      if (person === undefined) people.set(name, (person = signedIn(running(), name)));
      return person;
    },
  };
}
