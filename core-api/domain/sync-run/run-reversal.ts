import type { Database } from '#core-api/persistence/database.js';
import { joinPending, lockPendingTeams } from '#core-api/persistence/stores/pending-members.js';
import * as store from '#core-api/persistence/stores/sync-run-revert.js';
import type { RunScope } from '#core-api/persistence/stores/sync-runs.js';
import { authorOf, type CompanyActor } from '../actor.js';
import { logChanges } from '../admin-record.js';
import { assignedMembers } from '../user/assigned-members.js';
import { searchedValues } from '../user/attributes.js';
import { type Kept, type KeptReason, type Restored, type RunReport, runReport } from './run-report.js';
import { giveBackValues } from './run-values.js';

const LOT_OF_USERS = 1_000;
/** A statement of some 2 s. */
const LOT_OF_MEMBERS = 10_000;

/**
 * Gives back what a run took away, set by set: users, teams, then what both had. Whatever somebody changed afterwards stays and is reported. The
 * transaction holds the run and its teams' queues.
 */
export class RunReversal {
  readonly #kept: Kept[] = [];
  readonly #restored: Restored = { users: 0, teams: 0, members: 0, roles: 0, accesses: 0 };

  constructor(
    private readonly tx: Database,
    private readonly actor: CompanyActor,
    private readonly run: RunScope,
  ) {}

  async revert(): Promise<RunReport> {
    const { companyId } = this.run;
    const touched = (await this.tx.run(store.teamsOfRun.bind(this.run))).map(({ id }) => id);
    await this.tx.run(store.lockTeamsOfRun.bind({ companyId, ids: touched }));
    await this.tx.run(store.lockUsersOfRun.bind(this.run));
    const users = await this.#giveBackUsers();
    const teams = await this.#giveBackTeams();
    await this.#giveBackMembers(touched, new Set(teams));
    await this.#giveBackRights(users, teams);
    const { roles, kept } = await giveBackValues(this.tx, this.actor, this.run);
    this.#restored.roles += roles;
    this.#kept.push(...kept);
    return runReport(this.#restored, this.#kept);
  }

  /** @returns the ids of those who had been deleted. */
  async #giveBackUsers(): Promise<string[]> {
    const lost = await this.tx.run(store.usersLost.bind(this.run));
    const users = this.#restorable('USER', lost);
    for (const lot of lotsOf(users, LOT_OF_USERS)) await this.#giveBackSomeUsers(lot);
    this.#restored.users = users.length;
    return users.filter(({ isDeleted }) => isDeleted).map(({ id }) => id);
  }

  async #giveBackSomeUsers(lot: readonly store.LostUser[]): Promise<void> {
    const { companyId } = this.run;
    const deletedIds = lot.filter(({ isDeleted }) => isDeleted).map(({ id }) => id);
    const activeIds = lot.filter(({ wasDeactivated }) => wasDeactivated).map(({ id }) => id);
    const rows = new Map(
      (await this.tx.run(store.rowsOfUsers.bind({ companyId, ids: deletedIds }))).map((r) => [r.id, r]),
    );
    const values = [...rows.values()].flatMap((row) =>
      searchedValues(row).map((value) => ({ ...value, userId: row.id })),
    );
    const appearing = { ...authorOf(this.actor), userIds: deletedIds };
    await this.tx.run(lockPendingTeams.bind(appearing));
    const ids = lot.map(({ id }) => id);
    await this.tx.run(store.giveBackUsers.bind({ companyId, ids, activeIds, values: JSON.stringify(values) }));
    const changes = lot.map(({ id, wasDeactivated }) => {
      const row = rows.get(id);
      const change = { objectType: 'user', objectId: id };
      // The log of a user ends when it is deleted, so it begins again with everything.
      return row
        ? {
            ...change,
            kind: 'user.restored',
            before: null,
            after: assignedMembers({ ...row, active: row.active || wasDeactivated }),
          }
        : { ...change, kind: 'user.reactivated', before: { active: false }, after: { active: true } };
    });
    await logChanges(this.tx, this.actor, changes);
    await this.tx.run(joinPending.bind(appearing));
  }

  async #giveBackTeams(): Promise<string[]> {
    const lost = await this.tx.run(store.teamsLost.bind(this.run));
    const ids = this.#restorable('TEAM', lost).map(({ id }) => id);
    await this.tx.run(store.giveBackTeams.bind({ ...authorOf(this.actor), ids }));
    this.#restored.teams = ids.length;
    return ids;
  }

  async #giveBackMembers(touched: string[], restoredTeams: ReadonlySet<string>): Promise<void> {
    const { companyId } = this.run;
    const candidates = await this.tx.run(store.membersLost.bind({ ...this.run, teamIds: touched }));
    const lost = candidates.filter((member) => {
      const reason = reasonOfMember(member);
      if (reason !== null && reason !== 'NOTHING_LOST')
        this.#kept.push({
          object: 'MEMBERSHIP',
          id: member.teamId,
          name: member.teamName,
          userId: member.userId,
          reason,
        });
      return reason === null;
    });
    const risen = new Set<string>();
    for (const lot of lotsOf(lost, LOT_OF_MEMBERS)) {
      const teamIds = lot.map(({ teamId }) => teamId);
      const userIds = lot.map(({ userId }) => userId);
      const added = await this.tx.run(store.giveBackMembers.bind({ ...authorOf(this.actor), teamIds, userIds }));
      for (const { teamId, count } of added) {
        this.#restored.members += count;
        // A team that is restored has risen with that.
        if (!restoredTeams.has(teamId)) risen.add(teamId);
      }
    }
    const nested = await this.tx.run(
      store.giveBackNestedTeams.bind({ ...this.run, ...authorOf(this.actor), teamIds: touched }),
    );
    this.#restored.members += nested.length;
    for (const { teamId } of nested) if (!restoredTeams.has(teamId)) risen.add(teamId);
    await this.tx.run(store.raiseTeams.bind({ companyId, ids: [...risen] }));
  }

  async #giveBackRights(userIds: string[], teamIds: string[]): Promise<void> {
    const scope = { ...this.run, ...authorOf(this.actor) };
    const roles = await this.tx.run(store.giveBackRoles.bind({ ...scope, ids: userIds }));
    const accesses = await this.tx.run(store.giveBackAccess.bind({ ...scope, userIds, teamIds }));
    this.#restored.roles = roles.length;
    this.#restored.accesses = accesses.length;
  }

  /** Those that can come back; why others cannot is noted. Of two of one name it is the one that went last. */
  #restorable<Lost extends store.LostObject>(object: 'USER' | 'TEAM', lost: readonly Lost[]): Lost[] {
    const names = new Set<string>();
    const externalIds = new Set<string>();
    return lost.filter((each) => {
      const { id, name, isDeleted, nameKey, externalId } = each;
      const reason =
        reasonOf(each) ??
        (isDeleted && names.has(nameKey) ? 'NAME_TAKEN' : null) ??
        (isDeleted && externalId !== null && externalIds.has(externalId) ? 'EXTERNAL_ID_TAKEN' : null);
      if (reason === null && isDeleted) {
        names.add(nameKey);
        if (externalId !== null) externalIds.add(externalId);
      }
      if (reason !== null && reason !== 'NOTHING_LOST') this.#kept.push({ object, id, name, userId: null, reason });
      return reason === null;
    });
  }
}

const REASONS: Readonly<Record<string, KeptReason>> = {
  'user.deleted': 'DELETED_LATER',
  'user.deactivated': 'CHANGED_LATER',
  'user.erased': 'ERASED',
  'user.adopted': 'TRANSFERRED',
  'user.transferred': 'TRANSFERRED',
  'user.released': 'TRANSFERRED',
  'team.deleted': 'DELETED_LATER',
  'team.adopted': 'TRANSFERRED',
  'team.transferred': 'TRANSFERRED',
  'team.released': 'TRANSFERRED',
};
const TAKES = new Set(['user.deleted', 'user.deactivated', 'team.deleted', 'team.member_removed']);

/** Null: it can come back. NOTHING_LOST: the run itself gave it back. */
function reasonOf(lost: store.LostObject): KeptReason | 'NOTHING_LOST' | null {
  const { lastKind, isOfRun, isDeleted, isNameTaken, isExternalIdTaken } = lost;
  if (isOfRun && !TAKES.has(lastKind)) return 'NOTHING_LOST';
  if (!isOfRun) return REASONS[lastKind] ?? 'BACK_ALREADY';
  if (isDeleted && isNameTaken) return 'NAME_TAKEN';
  return isDeleted && isExternalIdTaken ? 'EXTERNAL_ID_TAKEN' : null;
}

function reasonOfMember(member: store.LostMember): KeptReason | 'NOTHING_LOST' | null {
  const { lastKind, isOfRun, isTeamGone, hasTeamMoved, isUserGone } = member;
  if (isOfRun && !TAKES.has(lastKind)) return 'NOTHING_LOST';
  if (!isOfRun) return lastKind === 'team.member_added' ? 'BACK_ALREADY' : 'CHANGED_LATER';
  if (isTeamGone) return 'TEAM_GONE';
  if (hasTeamMoved) return 'TRANSFERRED';
  return isUserGone ? 'USER_GONE' : null;
}

function* lotsOf<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
