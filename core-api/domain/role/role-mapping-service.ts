import type { Database } from '#core-api/persistence/database.js';
import { Company } from '#core-api/persistence/entities/company.js';
import { Role, RoleMapping } from '#core-api/persistence/entities/role.js';
import type { TeamRow } from '#core-api/persistence/rows.js';
import { ROLE_MAPPINGS, type RoleMappingRow } from '#core-api/persistence/stores/admin-tables.js';
import { lockOwnerRole } from '#core-api/persistence/stores/role-assignments.js';
import { claimsWithoutMapping, type PeopleScope, teamsByIds } from '#core-api/persistence/stores/role-people.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getRecord, listRecords } from '../admin-list.js';
import { createRecord, deleteRecord, inRecordTransaction, type Transaction } from '../admin-record.js';
import { invalidValue, notFound } from '../errors.js';
import { isId, newId } from '../new-id.js';
import type { DateTimeFilter, Logic, Page, PageRequest, StringFilter } from '../paging.js';
import { storeGroupClaims, storeRoles } from './group-claims.js';
import {
  type CheckedMapping,
  checkedMapping,
  type NewRoleMapping,
  ROLE_MAPPING,
  requireMappable,
} from './role-mapping.js';
import { previewed, type RolePreview, requirePreview, triedOut } from './role-preview.js';
import { requireHeld } from './role-records.js';

export interface RoleMappingFilter extends Logic<RoleMappingFilter> {
  id?: StringFilter | null;
  kind?: StringFilter | null;
  teamId?: StringFilter | null;
  directoryId?: StringFilter | null;
  pattern?: StringFilter | null;
  claim?: StringFilter | null;
  roleId?: StringFilter | null;
  effect?: StringFilter | null;
  createdAt?: DateTimeFilter | null;
}

/** Mappings that are to come, and the ids of those that are to go. */
export interface RoleMappingChanges {
  create?: NewRoleMapping[] | null;
  delete?: string[] | null;
}

const MOST_OF_A_CHANGE = 100;
/** Patterns are compared with every team that a user is in. */
const MOST_OF_A_COMPANY = 1_000;

/** What gives roles to the members of teams, or to those who sign in with a group claim. */
export class RoleMappingService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  list(request: PageRequest<RoleMappingFilter, 'ID'>): Promise<Page<RoleMappingRow>> {
    requirePermission(this.actor, 'roles:read');
    return listRecords(this.db, ROLE_MAPPINGS, { ID: null }, this.actor.companyId, request);
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<RoleMappingRow> {
    requirePermission(this.actor, 'roles:read');
    return getRecord(this.db, ROLE_MAPPINGS, 'RoleMapping', this.actor.companyId, id);
  }

  /** By id: teams that mappings name. A deleted one is not in the map: its mapping waits for it to be restored. */
  async teamsOf(ids: readonly string[]): Promise<Map<string, TeamRow>> {
    requirePermission(this.actor, 'teams:read');
    const { companyId } = this.actor;
    const teams = await this.db.run(teamsByIds.bind({ companyId, ids: ids.filter(isId) }));
    return new Map(teams.map((team) => [team.id, team]));
  }

  /** Who would gain and who would lose. Nothing is changed. @throws as `change`, but for PREVIEW_CHANGED */
  async preview(changes: RoleMappingChanges): Promise<RolePreview> {
    const checked = this.#check(changes);
    return triedOut(this.db, (tx) =>
      inRecordTransaction(tx, (transaction) => this.#apply(transaction, checked)).then(({ preview }) => preview),
    );
  }

  /**
   * Makes and deletes mappings; what they give holds from the next statement on.
   *
   * @param previewHash of `preview` for the same changes.
   * @throws PREVIEW_CHANGED | NOT_FOUND (naming the team, role, directory or mapping) | INVALID_VALUE | UNIQUENESS (the same mapping is there) |
   *   FORBIDDEN (a role has permissions that the actor lacks)
   */
  async change(
    changes: RoleMappingChanges,
    previewHash: string | null | undefined,
  ): Promise<{ created: RoleMappingRow[]; preview: RolePreview }> {
    const checked = this.#check(changes);
    return inRecordTransaction(this.db, async (transaction) => {
      const { preview, createdIds } = await this.#apply(transaction, checked);
      requirePreview(preview, previewHash);
      const created = createdIds.map((id) =>
        getRecord(transaction.tx, ROLE_MAPPINGS, 'RoleMapping', this.actor.companyId, id),
      );
      return { created: await Promise.all(created), preview };
    });
  }

  /**
   * What a sign-in's group claims give, by the mappings of kind CLAIM; replaces what the user's last claims gave. While directories provision, claims count
   * for nothing (the roles come from there): the first time that somebody brings some, the change log says so.
   *
   * @throws NOT_FOUND (the user)
   */
  async applyGroupClaims(userId: string, claims: readonly string[]): Promise<void> {
    await inRecordTransaction(this.db, async (transaction) => {
      const company = await transaction.em.findOneOrFail(Company, { id: this.actor.companyId });
      await storeGroupClaims(transaction, this.actor, company, userId, claims);
    });
  }

  #check(changes: RoleMappingChanges) {
    requirePermission(this.actor, 'roles:write');
    requirePermission(this.actor, 'users:read');
    const [creating, deleting] = [changes.create ?? [], [...new Set(changes.delete ?? [])].sort()];
    if (creating.length + deleting.length > MOST_OF_A_CHANGE)
      throw invalidValue('create', `At most ${MOST_OF_A_CHANGE} mappings change at once.`);
    return { create: creating.map((each, i) => checkedMapping(each, `create.${i}`)), delete: deleting };
  }

  async #apply(transaction: Transaction, changes: { create: CheckedMapping[]; delete: string[] }) {
    const { tx } = transaction;
    const { companyId } = this.actor;
    // Roles and mappings change one after the other, so that what is checked here still holds when it is written.
    await tx.run(lockOwnerRole.bind({ companyId }));
    const going = await this.#going(transaction, changes.delete);
    await requireMappable(transaction, this.actor, changes.create);
    const createdIds = changes.create.map(() => newId());
    const preview = await previewed(tx, companyId, scopeOf([...going, ...changes.create]), changes, async () => {
      for (const mapping of going) await deleteRecord(transaction, this.actor, ROLE_MAPPING, mapping);
      for (const [i, mapping] of changes.create.entries())
        await createRecord(transaction, this.actor, ROLE_MAPPING, { id: createdIds[i]!, ...mapping });
      const claimed = going.filter(({ kind }) => kind === 'CLAIM').map(({ roleId }) => roleId);
      if (claimed.length > 0) await this.#endClaims(tx, claimed);
    });
    if ((await transaction.em.count(RoleMapping, { companyId })) > MOST_OF_A_COMPANY)
      throw invalidValue('create', `A company has at most ${MOST_OF_A_COMPANY} mappings.`);
    return { preview, createdIds };
  }

  async #going({ em }: Transaction, ids: readonly string[]): Promise<RoleMapping[]> {
    const { companyId } = this.actor;
    const found = await em.find(RoleMapping, { companyId, id: { $in: ids.filter(isId) } });
    const missing = ids.find((id) => !found.some((mapping) => mapping.id === id));
    if (missing !== undefined) throw notFound('RoleMapping', missing);
    const roles = await em.find(Role, { companyId, id: { $in: found.map(({ roleId }) => roleId) } });
    for (const role of roles) requireHeld(this.actor, role.permissions);
    return found;
  }

  /** What a claim gave goes with the last mapping that gave it; other claims of the user stay. */
  async #endClaims(tx: Database, roleIds: string[]): Promise<void> {
    const held = await tx.run(claimsWithoutMapping.bind({ companyId: this.actor.companyId, roleIds }));
    const userIds = [...new Set(held.map(({ userId }) => userId))];
    await storeRoles(
      tx,
      this.actor,
      'CLAIM',
      userIds,
      held.filter(({ keeps }) => keeps),
    );
  }
}

function scopeOf(mappings: readonly (CheckedMapping | RoleMapping)[]): Partial<PeopleScope> {
  return {
    teamIds: mappings.flatMap(({ teamId }) => teamId ?? []),
    patterns: mappings.flatMap(({ directoryId, pattern }) =>
      directoryId != null && pattern != null ? [{ directoryId, pattern }] : [],
    ),
    claimRoleIds: mappings.filter(({ kind }) => kind === 'CLAIM').map(({ roleId }) => roleId),
  };
}
