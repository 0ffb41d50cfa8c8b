import { invalidValue } from '../errors.js';
import type { Services } from '../services.js';
import type { TeamChange } from '../team/team-types.js';
import type { UserChange, UserFields } from '../user/user-types.js';
import type { Done } from './done-of-set.js';

interface Expectation {
  expectedVersion?: number | null;
  profileVersion?: number | null;
}
type WithId = Expectation & { id: string };
interface TeamContent {
  displayName: string;
  externalId?: string | null;
  members?: string[] | null;
}

/** One operation; exactly one member is set (`@oneOf`). */
export interface BatchOperation {
  createUser?: (UserFields & { profileVersion?: number | null }) | null;
  replaceUser?: (UserFields & WithId) | null;
  changeUser?: (WithId & { changes: UserChange[] }) | null;
  deleteUser?: { id: string; expectedVersion?: number | null } | null;
  createTeam?: (TeamContent & { profileVersion?: number | null }) | null;
  replaceTeam?: (TeamContent & WithId) | null;
  changeTeam?: (WithId & { changes: TeamChange[] }) | null;
  deleteTeam?: { id: string; expectedVersion?: number | null } | null;
}

/** Does one operation by itself. @throws what the service throws */
export async function applyAlone(
  { users, teams }: Pick<Services, 'users' | 'teams'>,
  operation: BatchOperation,
): Promise<Done> {
  const { createUser, replaceUser, changeUser, deleteUser, createTeam, replaceTeam, changeTeam, deleteTeam } =
    operation;
  if (createUser != null) {
    const { profileVersion, ...fields } = createUser;
    return doneOf((await users.create(fields, { profileVersion })).user);
  }
  if (replaceUser != null) {
    const { id, expectedVersion, profileVersion, ...fields } = replaceUser;
    return doneOf((await users.replace(id, fields, { expectedVersion, profileVersion })).user);
  }
  if (changeUser != null) {
    const { id, changes, expectedVersion, profileVersion } = changeUser;
    return doneOf((await users.change(id, changes, { expectedVersion, profileVersion })).user);
  }
  if (deleteUser != null) {
    await users.delete(deleteUser.id, { expectedVersion: deleteUser.expectedVersion });
    return { id: deleteUser.id, version: null };
  }
  if (createTeam != null) {
    const { profileVersion, ...fields } = createTeam;
    return doneOf((await teams.create(fields, { profileVersion })).team);
  }
  if (replaceTeam != null) {
    const { id, expectedVersion, profileVersion, ...fields } = replaceTeam;
    return doneOf((await teams.replace(id, fields, { expectedVersion, profileVersion })).team);
  }
  if (changeTeam != null) {
    const { id, changes, expectedVersion, profileVersion } = changeTeam;
    return doneOf((await teams.change(id, changes, { expectedVersion, profileVersion })).team);
  }
  if (deleteTeam != null) {
    await teams.delete(deleteTeam.id, { expectedVersion: deleteTeam.expectedVersion });
    return { id: deleteTeam.id, version: null };
  }
  throw invalidValue('operations', 'An operation has exactly one member.');
}

function doneOf({ id, version }: Done): Done {
  return { id, version };
}

/** The object that the operation names; null when it makes one. */
export function idOf(operation: BatchOperation): string | null {
  const named =
    operation.replaceUser ??
    operation.changeUser ??
    operation.deleteUser ??
    operation.replaceTeam ??
    operation.changeTeam ??
    operation.deleteTeam;
  return named?.id ?? null;
}

/** The version of the profile that the operation was translated with; null when it does not say. */
export function profileVersionOf(operation: BatchOperation): number | null {
  const translated =
    operation.createUser ??
    operation.replaceUser ??
    operation.changeUser ??
    operation.createTeam ??
    operation.replaceTeam ??
    operation.changeTeam;
  return translated?.profileVersion ?? null;
}
