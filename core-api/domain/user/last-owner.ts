import type { Database } from '#core-api/persistence/database.js';
import { ownerAssignment } from '#core-api/persistence/stores/company-roles.js';
import { findLocalOwners, lockOwnerRole } from '#core-api/persistence/stores/role-assignments.js';
import { DomainError } from '../errors.js';
import type { UserRow } from './user-types.js';

/** Whether the user counts as one who keeps the company from being without an owner, if it has the role. */
export function canBeLocalOwner({ active, directoryId, deletedAt }: UserRow): boolean {
  return active && directoryId === null && deletedAt === null;
}

/**
 * Runs `write`, after which the user is no active local one any more, unless it is the last owner of this kind. Whoever is no owner is not
 * held up; owners queue at the row of their role, so that of two requests at once the second sees what the first has left.
 *
 * @throws LAST_OWNER
 */
export async function keepingAnOwner<T>(
  db: Database,
  { companyId, id }: UserRow,
  write: (db: Database) => Promise<T>,
): Promise<T> {
  const [assignment] = await db.run(ownerAssignment.bind({ companyId, userId: id }));
  if (!assignment) return write(db);
  return db.inTransaction(async (tx) => {
    await tx.run(lockOwnerRole.bind({ companyId }));
    const left = await tx.run(findLocalOwners.bind({ companyId }));
    if (left.length === 1 && left[0]!.userId === id)
      throw new DomainError('LAST_OWNER', 'At least one active local owner must remain.', { id });
    return write(tx);
  });
}
