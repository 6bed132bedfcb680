import { createReadThrough } from '../auth/read-through.ts';
import { uuid } from '../base/ids.ts';
import type { Database, Queryable } from '../database/connection.ts';
import { asUnavailable } from '../database/errors.ts';

/** Who signed in where. Never a host name: a server that moves keeps its users' data. */
export interface Login {
  /** Id of the user pool. */
  readonly provider: string;
  /** The user's `sub` there. */
  readonly subject: string;
}

export interface IdentitiesOptions {
  readonly database: Pick<Database, 'sql' | 'transaction'>;
  readonly identityPoolId: string;
  /** First part of new ids. */
  readonly region: string;
  /** Logins whose identity is remembered. Default 50 000. */
  readonly remember?: number;
}

/** Identities of one identity pool. */
export interface Identities {
  /** Id of the login's identity, `<region>:<uuid>`, made on first use. UNAVAILABLE while the database is away. */
  ofLogin(login: Login): Promise<string>;
  /** The login may have another identity now: it was merged, linked or unlinked. */
  forget(login: Login): void;
  forgetAll(): void;
}

export function createIdentities({
  database,
  identityPoolId,
  region,
  remember = 50_000,
}: IdentitiesOptions): Identities {
  const known = createReadThrough<string, string>(remember, async (key) => {
    const login = loginOf(key);
    try {
      return (await findIdentity(database.sql, identityPoolId, login)) ?? (await makeIdentity(login));
    } catch (error) {
      throw asUnavailable(error);
    }
  });

  function makeIdentity(login: Login): Promise<string> {
    return database.transaction(async (sql) => {
      const id = `${region}:${uuid()}`;
      await sql`
        insert into rockpool.identities (id, identity_pool_id, created_at, last_modified_at, last_seq, dataset_count)
        values (${id}, ${identityPoolId}, clock_timestamp(), clock_timestamp(), 0, 0)`;
      // Waits for another device that is here at the same moment; its login stands, ours is not made.
      const made = await sql`
        insert into rockpool.logins (identity_pool_id, provider, subject, identity_id, created_at)
        values (${identityPoolId}, ${login.provider}, ${login.subject}, ${id}, clock_timestamp())
        on conflict do nothing`;
      if (made.count === 1) return id;
      await sql`delete from rockpool.identities where id = ${id}`;
      const other = await findIdentity(sql, identityPoolId, login);
      if (other === undefined) throw new Error('A login was there and is not: it was unlinked meanwhile.');
      return other;
    });
  }

  return {
    ofLogin: (login) => known.get(keyOf(login)),
    forget: (login) => known.forget(keyOf(login)),
    forgetAll: () => known.forgetAll(),
  };
}

/** The login's identity, or the one that survived where it was merged into another, over any number of merges. */
async function findIdentity(
  sql: Queryable,
  identityPoolId: string,
  login: Login,
): Promise<string | undefined> {
  const [found] = await sql<{ id: string }[]>`
    with recursive line as (
      select i.id, i.merged_into
      from rockpool.logins l join rockpool.identities i on i.id = l.identity_id
      where l.identity_pool_id = ${identityPoolId} and l.provider = ${login.provider} and l.subject = ${login.subject}
      union
      select i.id, i.merged_into from line join rockpool.identities i on i.id = line.merged_into
    )
    select id from line where merged_into is null`;
  return found?.id;
}

/** Pool ids have no slash. */
const keyOf = ({ provider, subject }: Login): string => `${provider}/${subject}`;

function loginOf(key: string): Login {
  const slash = key.indexOf('/');
  return { provider: key.slice(0, slash), subject: key.slice(slash + 1) };
}
