import type { Database } from '#core-api/persistence/database.js';
import {
  blankUser,
  eraseChanges,
  eraseConflicts,
  eraseRequests,
  lockUserToErase,
} from '#core-api/persistence/stores/user-erasure.js';
import { type CompanyActor, requireOwner } from '../actor.js';
import { logChanges } from '../admin-record.js';
import { invalidValue, notFound } from '../errors.js';
import { isId } from '../new-id.js';

/** What lost its content. */
export interface Erasure {
  /** The user's. */
  id: string;
  changes: number;
  conflicts: number;
  requests: number;
}

/** Makes a person untraceable while the log of what was done, by whom and when, stays whole. */
export class ErasureService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /**
   * Erases a deleted user: its row, what the change log says of it, the conflicts and the requests that are about it. Entries of the log keep time,
   * author and kind, and their seals hold. A second time does what is left to do.
   *
   * Not reached: what the log says of others (a manager's display name in somebody's row), details of alarms, requests about
   * others that merely mention the user (gone after 30 days), and copies elsewhere: backups, exports, logs of proxies.
   *
   * @throws FORBIDDEN (anybody but an owner) | NOT_FOUND | INVALID_VALUE (id: the user is not deleted)
   */
  async eraseUser(id: string): Promise<Erasure> {
    requireOwner(this.actor);
    if (!isId(id)) throw notFound('User', id);
    return this.db.inTransaction(async (tx) => {
      const user = { companyId: this.actor.companyId, id };
      const [found] = await tx.run(lockUserToErase.bind(user));
      if (!found) throw notFound('User', id);
      if (!found.isDeleted) throw invalidValue('id', 'Only a user that was deleted can be erased.');

      const [blanked] = await tx.run(blankUser.bind(user));
      const [changes] = await tx.run(eraseChanges.bind(user));
      const erasure = {
        changes: changes!.count,
        conflicts: (await tx.run(eraseConflicts.bind(user))).length,
        requests: (await tx.run(eraseRequests.bind(user))).length,
      };
      if (blanked || Object.values(erasure).some((count) => count > 0))
        await logChanges(tx, this.actor, [
          { kind: 'user.erased', objectType: 'user', objectId: id, before: null, after: erasure },
        ]);
      return { id, ...erasure };
    });
  }
}
