import { serverAudits } from 'graphql-http';
import { describe, expect, it } from 'vitest';
import { API_KEY } from './support/call.ts';
import { sharedServer } from './support/server.ts';

const shared = sharedServer();

/** The audit's requests with credentials: who calls is settled before anything is read. */
const withCredentials: typeof fetch = (input, init) =>
  fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...API_KEY } });

const audits = serverAudits({ url: () => `${shared.url}/graphql`, fetchFn: withCredentials });

const STATUS_OF_APOLLO = 'Documents that are refused are 400 for every Accept, as Apollo Server has it.';

/** Recommendations of the specification that are not followed, each with its reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  '572B': STATUS_OF_APOLLO,
  FDE2: STATUS_OF_APOLLO,
  '7B9B': STATUS_OF_APOLLO,
};

describe('GraphQL over HTTP', () => {
  it.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))(
    '%s',
    async (_label, { id, name, fn }) => {
      const result = await fn();
      const reason = 'reason' in result ? result.reason : '';
      if (name.startsWith('MUST')) expect(result.status, reason).toBe('ok');
      else if (id in LEFT_OUT) expect(result.status, LEFT_OUT[id]).not.toBe('ok');
      else expect(result.status, reason).toBe('ok');
    },
  );
});
