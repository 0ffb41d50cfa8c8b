import type { Database } from '#core-api/persistence/database.js';
import type { CompanyActor } from '../actor.js';
import { TeamSets } from '../team/team-sets.js';
import { UserSets } from '../user/user-sets.js';
import { type BatchOperation, idOf } from './batch-operation.js';
import type { DoneOfSet } from './done-of-set.js';

type Kind = 'createUser' | 'editUser' | 'deleteUser' | 'createTeam' | 'changeMembers';

/** Operations that follow each other and can be done together. */
export interface Run {
  /** Null for one that is done by itself. */
  kind: Kind | null;
  operations: readonly BatchOperation[];
}

/** The longest run that begins with the operation at `from`. */
export function runAt(operations: readonly BatchOperation[], from: number): Run {
  const kind = kindOf(operations[from]!);
  const seen = new Set<string>();
  let to = from;
  for (; to < operations.length && (to === from || (kind !== null && kindOf(operations[to]!) === kind)); to++) {
    const id = kind === 'editUser' || kind === 'deleteUser' ? idOf(operations[to]!) : null;
    // What is done to one user stays in its order.
    if (id !== null && seen.size === seen.add(id).size) break;
  }
  return { kind, operations: operations.slice(from, to) };
}

function kindOf({
  createUser,
  replaceUser,
  changeUser,
  deleteUser,
  createTeam,
  changeTeam,
}: BatchOperation): Kind | null {
  if (createUser != null) return 'createUser';
  if (replaceUser != null || changeUser != null) return 'editUser';
  if (deleteUser != null) return 'deleteUser';
  if (createTeam != null) return 'createTeam';
  const isOfMembers =
    changeTeam?.changes.every(({ addMembers, removeMembers }) => addMembers ?? removeMembers) ?? false;
  return isOfMembers ? 'changeMembers' : null;
}

/** Does a run as a set, or what of it goes through without a question. The actor may. */
export function applySet(db: Database, actor: CompanyActor, { kind, operations }: Run): Promise<DoneOfSet> {
  const users = new UserSets(db, actor);
  const teams = new TeamSets(db, actor);
  switch (kind) {
    case 'createUser':
      return users.create(operations.map(({ createUser }) => without(createUser!)));
    case 'editUser':
      return users.edit(
        operations.map(({ replaceUser, changeUser }) => {
          if (changeUser != null) return changeUser;
          const { id, expectedVersion, ...fields } = without(replaceUser!);
          return { id, expectedVersion, fields };
        }),
      );
    case 'deleteUser':
      return users.remove(operations.map(({ deleteUser }) => deleteUser!));
    case 'createTeam':
      return teams.create(operations.map(({ createTeam }) => createTeam!));
    case 'changeMembers':
      return teams.change(operations.map(({ changeTeam }) => changeTeam!));
    case null:
      return Promise.resolve(operations.map(() => null));
  }
}

/** Which of the two rights the run needs. */
export function permissionFor(kind: Kind): 'users:write' | 'teams:write' {
  return kind === 'createTeam' || kind === 'changeMembers' ? 'teams:write' : 'users:write';
}

function without<T extends { profileVersion?: number | null }>({
  profileVersion: _,
  ...rest
}: T): Omit<T, 'profileVersion'> {
  return rest;
}
