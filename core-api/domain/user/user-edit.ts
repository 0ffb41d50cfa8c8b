import type { CompanyActor } from '../actor.js';
import { OWNS_ALL, ownershipOf } from './ownership.js';
import { applyUserChanges } from './user-change.js';
import { replacement } from './user-fields.js';
import type { UserChange, UserFields, UserRow } from './user-types.js';

/** What is to become of a user: changes in order, or what a replacement says. */
export type UserEdit = { changes: readonly UserChange[] } | { fields: UserFields };

/**
 * The edit as a function of the row; it can be done again on a newer one. It throws what `applyUserChanges` refuses.
 *
 * @param onMiss see there.
 */
export function toEdit(
  { directory }: CompanyActor,
  edit: UserEdit,
  onMiss?: (index: number) => void,
): (user: UserRow) => UserRow {
  if ('changes' in edit) return (user) => applyUserChanges(user, edit.changes, directory?.profile, onMiss);
  const owner = directory ? ownershipOf(directory.profile) : OWNS_ALL;
  return (user) => applyUserChanges(user, replacement(user, edit.fields, owner));
}
