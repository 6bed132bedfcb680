import type { Database } from '../database/connection.ts';
import type { Clients } from './clients.ts';
import { DirectoryError, groupNotFound, limitExceeded, poolNotFound } from './errors.ts';
import type { Page, PageRequest, Pages } from './pages.ts';
import { QUOTAS } from './quotas.ts';
import { OWNER, RIGHTS_BATCH, recordRights } from './rights.ts';
import { deleteSomeMembers } from './store/group-members.ts';
import {
  countGroups,
  deleteEmptyGroup,
  insertGroup,
  listGroups,
  readGroup,
  updateGroup,
  type Group,
  type GroupDetails,
} from './store/groups.ts';
import { lockPool } from './store/pools.ts';

/** Names a group of a pool. */
export interface NamedGroup {
  readonly poolId: string;
  readonly name: string;
}

/** Groups of a pool. A change of role or precedence shows in the next tokens; who is in which is `Memberships`. */
export interface Groups {
  /** Throws GROUP_EXISTS. */
  create(named: NamedGroup, details: GroupDetails): Promise<Group>;
  /** Throws NOT_FOUND, as all of these do for a pool or a group that is not there. */
  get(named: NamedGroup): Promise<Group>;
  update(named: NamedGroup, changes: GroupDetails): Promise<Group>;
  /** Takes everybody out of the group first. A call that fails on the way can be repeated. */
  remove(named: NamedGroup): Promise<void>;
  list(poolId: string, page: PageRequest): Promise<Page<Group>>;
}

interface Parts {
  readonly database: Database;
  readonly clients: Clients;
  readonly pages: Pages;
  readonly ring: () => void;
}

export function createGroups({ database, clients, pages, ring }: Parts): Groups {
  const { sql } = database;

  async function get({ poolId, name }: NamedGroup): Promise<Group> {
    await clients.requirePool(poolId);
    const group = await readGroup(sql, poolId, name);
    if (group === undefined) throw groupNotFound();
    return group;
  }

  /** A transaction for each few members: none is long, and each tells the nodes of those whom it took out. */
  async function takeEverybodyOut({ poolId, name }: NamedGroup): Promise<void> {
    for (;;) {
      const { found, removed } = await database.transaction(async (transaction) => {
        const some = await deleteSomeMembers(transaction, poolId, name, RIGHTS_BATCH);
        await recordRights(transaction, poolId, some.removed, 'groups', OWNER);
        return some;
      });
      if (found === 0) return;
      if (removed.length > 0) ring();
    }
  }

  return {
    async create({ poolId, name }, details) {
      return database.transaction(async (transaction) => {
        // The pool's lock makes the count exact.
        if ((await lockPool(transaction, poolId)) === undefined) throw poolNotFound(poolId);
        const group = await insertGroup(transaction, { poolId, name, ...details });
        if (group === undefined) {
          throw new DirectoryError('GROUP_EXISTS', `A group with the name ${name} already exists.`);
        }
        if ((await countGroups(transaction, poolId)) > QUOTAS.groupsOfPool) {
          throw limitExceeded(`A user pool has at most ${QUOTAS.groupsOfPool} groups.`);
        }
        return group;
      });
    },
    get,
    async update(named, changes) {
      await get(named);
      const group = await updateGroup(sql, named.poolId, named.name, changes);
      if (group === undefined) throw groupNotFound();
      return group;
    },
    async remove(named) {
      await get(named);
      for (;;) {
        await takeEverybodyOut(named);
        const outcome = await database.transaction((transaction) =>
          deleteEmptyGroup(transaction, named.poolId, named.name),
        );
        if (outcome !== 'occupied') return;
      }
    },
    async list(poolId, page) {
      await clients.requirePool(poolId);
      const list = {
        name: `groups/${poolId}`,
        read: (after: string, limit: number) => listGroups(sql, poolId, after, limit),
        keyOf: (group: Group) => group.name,
      };
      return pages.read(list, page);
    },
  };
}
