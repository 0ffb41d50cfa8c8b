import type { Database } from '#core-api/persistence/database.js';
import { Directory } from '#core-api/persistence/entities/directory.js';
import * as store from '#core-api/persistence/stores/handover.js';
import { joinPending, lockPendingTeams } from '#core-api/persistence/stores/pending-members.js';
import { findLocalOwners, lockOwnerRole } from '#core-api/persistence/stores/role-assignments.js';
import { listTeams } from '#core-api/persistence/stores/teams.js';
import { authorOf, type CompanyActor, requireOwner } from '../actor.js';
import { inRecordTransaction, type Transaction } from '../admin-record.js';
import { DomainError, invalidValue, notFound } from '../errors.js';
import { isId } from '../new-id.js';
import { toTeamCondition } from '../team/team-filter.js';
import { toTeamOrder } from '../team/team-order.js';
import type { TeamRow } from '../team/team-types.js';
import { scopeOf } from '../user/ownership.js';

const MOST_IDS = 1_000;

/** Hands users and teams of the actor's company to another directory, or back to the company: all that are named, or none. For owners. */
export class HandoverService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /**
   * The directory manages the users from then on, also local ones; those that it manages already stay as they are. Their roles stay.
   *
   * @throws FORBIDDEN | NOT_FOUND (a user, the directory) | LAST_OWNER | UNIQUENESS (externalId) | INVALID_VALUE (an admin of last resort)
   */
  async transferUsers(ids: readonly string[], toDirectoryId: string): Promise<void> {
    await this.run('User', ids, async (transaction, wanted) => {
      const { tx } = transaction;
      await this.requireDirectory(transaction, toDirectoryId);
      const { companyId } = this.actor;
      const appearing = { companyId, userIds: wanted };
      await tx.run(lockOwnerRole.bind({ companyId }));
      await tx.run(lockPendingTeams.bind(appearing));
      const found = await tx.run(store.lockUsers.bind({ companyId, ids: wanted }));
      requireAll('User', wanted, found);
      await this.requireOwnerBeside(tx, wanted);
      const lastResort = found.find(({ breakGlass }) => breakGlass);
      if (lastResort)
        throw invalidValue('ids', `User ${lastResort.id} is an admin of last resort, whom no directory manages.`);
      await tx.run(
        store.handOverUsers.bind({ ...authorOf(this.actor), ids: wanted, toDirectoryId, kind: 'user.transferred' }),
      );
      await tx.run(joinPending.bind({ ...authorOf(this.actor), ...appearing }));
    });
  }

  /**
   * The company itself manages the users from then on. Roles that an attribute of their directory gave them become roles of their own; what was denied,
   * outranked or set aside is not brought to life by it.
   *
   * @throws FORBIDDEN | NOT_FOUND | UNIQUENESS (externalId)
   */
  async releaseUsers(ids: readonly string[]): Promise<void> {
    await this.run('User', ids, async ({ tx }, wanted) => {
      const { companyId } = this.actor;
      // Local users are seen by directories that may have named them before.
      const appearing = { companyId, userIds: wanted };
      await tx.run(lockPendingTeams.bind(appearing));
      const found = await tx.run(store.lockUsers.bind({ companyId, ids: wanted }));
      requireAll('User', wanted, found);
      const author = authorOf(this.actor);
      const kept = JSON.stringify(await tx.run(store.rolesByAttribute.bind({ companyId, ids: wanted })));
      const released = await tx.run(
        store.handOverUsers.bind({ ...author, ids: wanted, toDirectoryId: null, kind: 'user.released' }),
      );
      await tx.run(store.keepGrantedRoles.bind({ ...author, ids: released.map(({ id }) => id), kept }));
      await tx.run(joinPending.bind({ ...author, ...appearing }));
    });
  }

  /**
   * The directory manages the teams from then on, also local ones; their members stay.
   *
   * @throws FORBIDDEN | NOT_FOUND (a team, the directory) | UNIQUENESS (displayName, externalId)
   */
  async transferTeams(ids: readonly string[], toDirectoryId: string): Promise<TeamRow[]> {
    return this.run('Team', ids, async (transaction, wanted) => {
      await this.requireDirectory(transaction, toDirectoryId);
      return this.handOverTeams(transaction.tx, wanted, toDirectoryId, 'team.transferred');
    });
  }

  /**
   * The company itself manages the teams from then on; their members stay.
   *
   * @throws FORBIDDEN | NOT_FOUND | UNIQUENESS (displayName, externalId)
   */
  async releaseTeams(ids: readonly string[]): Promise<TeamRow[]> {
    return this.run('Team', ids, ({ tx }, wanted) => this.handOverTeams(tx, wanted, null, 'team.released'));
  }

  private async handOverTeams(tx: Database, ids: string[], toDirectoryId: string | null, kind: string) {
    const { companyId } = this.actor;
    requireAll('Team', ids, await tx.run(store.lockTeams.bind({ companyId, ids })));
    const moved = await tx.run(store.handOverTeams.bind({ ...authorOf(this.actor), ids, toDirectoryId, kind }));
    await tx.run(store.forgetPending.bind({ companyId, ids: moved.map(({ id }) => id) }));
    const isOneOfThese = toTeamCondition({ id: { in: ids } }, this.actor);
    const bounds = { limit: ids.length, from: null, offset: 0, backwards: false };
    const teams = await tx.run(listTeams(scopeOf(this.actor), isOneOfThese, toTeamOrder(null, true), bounds));
    return ids.flatMap((id) => teams.find((team) => team.id === id) ?? []);
  }

  /** @throws FORBIDDEN | INVALID_VALUE (too many) | NOT_FOUND (what is no id) */
  private async run<T>(
    type: string,
    ids: readonly string[],
    work: (transaction: Transaction, ids: string[]) => Promise<T>,
  ): Promise<T> {
    requireOwner(this.actor);
    if (ids.length > MOST_IDS) throw invalidValue('ids', `At most ${MOST_IDS} can be named at once.`);
    const stranger = ids.find((id) => !isId(id));
    if (stranger !== undefined) throw notFound(type, stranger);
    return inRecordTransaction(this.db, (transaction) => work(transaction, [...new Set(ids)]));
  }

  private async requireDirectory({ em }: Transaction, id: string): Promise<void> {
    const { companyId } = this.actor;
    if (!isId(id) || (await em.count(Directory, { companyId, id })) === 0) throw notFound('Directory', id);
  }

  /** The transaction holds the row of the owners' role, so that nobody else takes away an owner meanwhile. */
  private async requireOwnerBeside(tx: Database, ids: readonly string[]): Promise<void> {
    const { companyId } = this.actor;
    const [beside] = await tx.run(findLocalOwners.bind({ companyId, except: ids }));
    if (beside) return;
    const [named] = await tx.run(findLocalOwners.bind({ companyId, except: [] }));
    if (named)
      throw new DomainError('LAST_OWNER', 'At least one active local owner must remain.', { id: named.userId });
  }
}

function requireAll(type: string, ids: readonly string[], found: readonly { id: string }[]): void {
  const there = new Set(found.map(({ id }) => id));
  const missing = ids.find((id) => !there.has(id));
  if (missing !== undefined) throw notFound(type, missing);
}
