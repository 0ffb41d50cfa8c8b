import { differences } from './attributes.js';
import { blankUser } from './user-fields.js';
import type { UserRow } from './user-types.js';

/** What a user says, as the change log keeps it: everything that is assigned. */
export function assignedMembers(user: UserRow): Record<string, unknown> {
  const said = [...differences(blankUser(user), user)].map(([field, { after }]) => [field, after] as const);
  return { ...Object.fromEntries(said), active: user.active, directoryId: user.directoryId };
}
