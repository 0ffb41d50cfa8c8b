import type { Database } from '#core-api/persistence/database.js';
import {
  blankUser,
  eraseChanges,
  eraseConflicts,
  eraseReports,
  eraseRequests,
  lockUserToErase,
  tracesOfUser,
} from '#core-api/persistence/stores/user-erasure.js';
import { type CompanyActor, requireOwner } from '../actor.js';
import { logChanges } from '../admin-record.js';
import { invalidValue, notFound } from '../errors.js';
import { isId } from '../new-id.js';
import { textsInRequests, textsNaming } from './name-texts.js';

/** What lost its content. */
export interface Erasure {
  /** The user's. */
  id: string;
  emptiedChanges: number;
  emptiedConflicts: number;
  emptiedRequests: number;
}

/** The oldest day of the request log; each is looked through by a statement of its own, because bodies are long. */
const OLDEST_DAY = 32;

/** Makes a person untraceable while the log of what was done, by whom and when, stays whole. */
export class ErasureService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /**
   * Erases a deleted user: its row, what the change log says of it, and the conflicts, reports and requests that are about it or mention one of its
   * names. Entries of the log keep time, author and kind, and their seals hold. A second time does what is left to do.
   *
   * Not reached: what the log says of others (a manager's display name in somebody's row), the name under which the person made changes itself, what the
   * gateway has not handed over yet, and copies elsewhere: backups, exports, logs of proxies.
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

      const [traces] = await tx.run(tracesOfUser.bind(user));
      const { names, requestIds } = traces!;
      const [blanked] = await tx.run(blankUser.bind(user));
      const [changes] = await tx.run(eraseChanges.bind(user));
      await tx.run(eraseReports.bind(user));
      const erasure = {
        emptiedChanges: changes!.count,
        emptiedConflicts: (await tx.run(eraseConflicts.bind({ ...user, texts: textsNaming(names) }))).length,
        emptiedRequests: await this.#eraseRequests(tx, requestIds, [id, ...textsInRequests(names)]),
      };
      if (blanked || Object.values(erasure).some((count) => count > 0))
        await logChanges(tx, this.actor, [
          { kind: 'user.erased', objectType: 'user', objectId: id, before: null, after: erasure },
        ]);
      return { id, ...erasure };
    });
  }

  async #eraseRequests(tx: Database, requestIds: string[], texts: string[]): Promise<number> {
    const { companyId } = this.actor;
    let count = 0;
    for (let day = OLDEST_DAY; day >= -1; day--) {
      const days = { fromDaysAgo: day === OLDEST_DAY ? null : day + 1, toDaysAgo: day < 0 ? null : day };
      count += (await tx.run(eraseRequests.bind({ companyId, ...days, requestIds, texts }))).length;
    }
    return count;
  }
}
