import type { Database } from '../database/connection.ts';
import type { AdminUsers, NamedUser } from './admin-users.ts';
import { groupNotFound, limitExceeded, userNotFound } from './errors.ts';
import type { Groups, NamedGroup } from './groups.ts';
import type { Page, PageRequest, Pages } from './pages.ts';
import { QUOTAS } from './quotas.ts';
import { OWNER, recordRight } from './rights.ts';
import { countGroupsOfUser, deleteMember, insertMember } from './store/group-members.ts';
import { holdGroup, listGroupsOfUser, type Group } from './store/groups.ts';
import { listMembers, type ListedUser } from './store/user-list.ts';
import { lockUser } from './store/users.ts';

/** Who is in which group. A change holds for the user's next use of any token, on every node within a moment. */
export interface Memberships {
  /** Nothing happens to a user who is in the group. Throws USER_NOT_FOUND, NOT_FOUND, LIMIT_EXCEEDED. */
  add(named: NamedUser, groupName: string): Promise<void>;
  /** Nothing happens to a user who is not in the group. */
  remove(named: NamedUser, groupName: string): Promise<void>;
  groupsOf(named: NamedUser, page: PageRequest): Promise<Page<Group>>;
  members(group: NamedGroup, page: PageRequest): Promise<Page<ListedUser>>;
}

interface Parts {
  readonly database: Database;
  readonly users: Pick<AdminUsers, 'get'>;
  readonly groups: Pick<Groups, 'get'>;
  readonly pages: Pages;
  readonly ring: () => void;
}

export function createMemberships({ database, users, groups, pages, ring }: Parts): Memberships {
  return {
    async add(named, groupName) {
      const { poolId, sub } = await users.get(named);
      const changed = await database.transaction(async (sql) => {
        const user = await lockUser(sql, poolId, sub);
        if (user === undefined) throw userNotFound();
        if (!(await holdGroup(sql, poolId, groupName))) throw groupNotFound();
        if (!(await insertMember(sql, { poolId, sub, groupName }))) return false;
        if ((await countGroupsOfUser(sql, poolId, sub)) > QUOTAS.groupsOfUser) {
          throw limitExceeded(`A user is in at most ${QUOTAS.groupsOfUser} groups.`);
        }
        await recordRight(sql, user, 'groups', OWNER);
        return true;
      });
      if (changed) ring();
    },

    async remove(named, groupName) {
      const { poolId, sub } = await users.get(named);
      await groups.get({ poolId, name: groupName });
      const changed = await database.transaction(async (sql) => {
        const user = await lockUser(sql, poolId, sub);
        if (user === undefined) throw userNotFound();
        if (!(await deleteMember(sql, { poolId, sub, groupName }))) return false;
        await recordRight(sql, user, 'groups', OWNER);
        return true;
      });
      if (changed) ring();
    },

    async groupsOf(named, page) {
      const user = await users.get(named);
      const list = {
        name: `groups-of/${user.poolId}/${user.sub}`,
        read: (after: string, limit: number) => listGroupsOfUser(database.sql, user, after, limit),
        keyOf: (group: Group) => group.name,
      };
      return pages.read(list, page);
    },

    async members(named, page) {
      const { poolId, name } = await groups.get(named);
      const list = {
        name: `members/${poolId}/${name}`,
        read: (after: string, limit: number) =>
          listMembers(database.sql, { poolId, groupName: name }, after, limit),
        keyOf: (user: ListedUser) => user.sub,
      };
      return pages.read(list, page);
    },
  };
}
