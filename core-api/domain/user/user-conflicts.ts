import type { NewConflict } from '../conflict/conflict-log.js';
import type { Warning } from '../paging.js';
import { differences } from './attributes.js';
import type { UserRow } from './user-types.js';

/**
 * What a directory's write of a user is otherwise than the directory may think. Of values that are overwritten the fields' names alone: the change log
 * has the values, and loses them when the person is erased.
 */
export function userConflicts(
  { before, after, kind }: { before: UserRow; after: UserRow; kind: string },
  warnings: readonly Warning[],
): NewConflict[] {
  const conflicts = roleConflicts(before.id, warnings);
  if (kind === 'user.adopted') {
    const overwritten = [...differences(before, after)]
      .filter(([, difference]) => !isEmpty(difference.before))
      .map(([field]) => field);
    conflicts.push({ kind: 'ADOPTED', objectType: 'user', objectId: before.id, details: { overwritten } });
  }
  if (kind === 'user.revived') {
    const details = { wasDeleted: before.deletedAt !== null };
    conflicts.push({ kind: 'REVIVED', objectType: 'user', objectId: before.id, details });
  }
  return conflicts;
}

/** Roles that were skipped. */
export function roleConflicts(userId: string, warnings: readonly Warning[]): NewConflict[] {
  const messages = warnings.filter(({ code }) => code === 'UNKNOWN_ROLE').map(({ message }) => message);
  return messages.length === 0
    ? []
    : [{ kind: 'UNKNOWN_ROLE', objectType: 'user', objectId: userId, details: { messages } }];
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}
