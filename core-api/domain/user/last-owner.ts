import type { Database } from '#core-api/persistence/database.js';
import { ownerAssignment } from '#core-api/persistence/stores/company-roles.js';
import { findLocalOwners, lockOwnerRole } from '#core-api/persistence/stores/role-assignments.js';
import { DomainError } from '../errors.js';
import type { UserRow } from './user-types.js';

/** Whether the user counts as one who keeps the company from being without an owner, if it has the role. */
export function canBeLocalOwner({ active, directoryId, deletedAt }: UserRow): boolean {
  return active && directoryId === null && deletedAt === null;
}

/** To be called by a write while it holds the user's row, before the user's roles go: from then on nobody makes the user an owner. */
export type OnceHeld = () => Promise<void>;

class IsOwner extends Error {}

/**
 * Runs `write`, after which the user is no active local one any more, unless it is the last owner of this kind. Whoever is no owner is not
 * held up: that is looked up once the row is held, because what was read before could have changed since. Owners queue at the row of their role, so
 * that of two requests at once the second sees what the first has left; their write is undone and begins again behind that lock.
 *
 * @throws LAST_OWNER
 */
export async function keepingAnOwner<T>(
  db: Database,
  { companyId, id }: UserRow,
  write: (db: Database, onceHeld: OnceHeld) => Promise<T>,
): Promise<T> {
  try {
    // Of a transaction that others have begun nothing can be undone: there the lock comes first.
    if (!db.isTransaction)
      return await db.inTransaction((tx) =>
        write(tx, async () => {
          const [assignment] = await tx.run(ownerAssignment.bind({ companyId, userId: id }));
          if (assignment) throw new IsOwner();
        }),
      );
  } catch (error) {
    if (!(error instanceof IsOwner)) throw error;
  }
  return db.inTransaction(async (tx) => {
    await tx.run(lockOwnerRole.bind({ companyId }));
    const left = await tx.run(findLocalOwners.bind({ companyId, except: [] }));
    if (left.length === 1 && left[0]!.userId === id)
      throw new DomainError('LAST_OWNER', 'At least one active local owner must remain.', { id });
    return write(tx, async () => undefined);
  });
}
