import type { CompiledQuery } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import { Project, ProjectAccess } from '#core-api/persistence/entities/project.js';
import { PROJECTS, type ProjectRow } from '#core-api/persistence/stores/admin-tables.js';
import { holdTeam, projectsOfTeams, projectsOfUsers } from '#core-api/persistence/stores/project-access.js';
import { holdUser } from '#core-api/persistence/stores/role-assignments.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getManyRecords, getRecord, listRecords } from '../admin-list.js';
import {
  checkKey,
  checkName,
  createRecord,
  deleteRecord,
  inRecordTransaction,
  lockRecord,
  logChanges,
  type RecordKind,
  saveRecord,
  type Transaction,
} from '../admin-record.js';
import { DomainError, invalidValue, notFound } from '../errors.js';
import { isId, newId } from '../new-id.js';
import type { BooleanFilter, Logic, Page, PageRequest, StringFilter } from '../paging.js';

export interface ProjectFilter extends Logic<ProjectFilter> {
  id?: StringFilter | null;
  key?: StringFilter | null;
  name?: StringFilter | null;
  isDefault?: BooleanFilter | null;
}
export type ProjectOrderField = 'ID' | 'KEY' | 'NAME';

const ORDERS = { ID: null, KEY: 'key', NAME: 'name' } as const;

export const PROJECT: RecordKind<Project> = {
  entity: Project,
  type: 'Project',
  object: 'project',
  logged: ['key', 'name', 'isDefault'],
  ofCompany: true,
};

/** Who gets access: exactly one of the two. */
interface AccessInput {
  projectId: string;
  userId?: string | null;
  teamId?: string | null;
}

/** The projects of the actor's company, and who has access to them. */
export class ProjectService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  list(request: PageRequest<ProjectFilter, ProjectOrderField>): Promise<Page<ProjectRow>> {
    requirePermission(this.actor, 'projects:read');
    return listRecords(this.db, PROJECTS, ORDERS, this.actor.companyId, request);
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<ProjectRow> {
    requirePermission(this.actor, 'projects:read');
    return this.read(this.db, id);
  }

  getMany(ids: readonly string[]): Promise<ProjectRow[]> {
    requirePermission(this.actor, 'projects:read');
    return getManyRecords(this.db, PROJECTS, this.actor.companyId, ids);
  }

  /** Own access and access through teams, by key; a user without any is not in the map. */
  ofUsers(userIds: readonly string[]): Promise<Map<string, ProjectRow[]>> {
    requirePermission(this.actor, 'projects:read');
    return this.byHolder(projectsOfUsers(this.actor.companyId, userIds));
  }

  ofTeams(teamIds: readonly string[]): Promise<Map<string, ProjectRow[]>> {
    requirePermission(this.actor, 'projects:read');
    return this.byHolder(projectsOfTeams(this.actor.companyId, teamIds));
  }

  /** @throws INVALID_VALUE | UNIQUENESS (key) */
  async create(input: { key: string; name: string; isDefault?: boolean | null }): Promise<ProjectRow> {
    requirePermission(this.actor, 'projects:write');
    const id = newId();
    const values = { id, key: checkKey(input.key), name: checkName(input.name), isDefault: input.isDefault ?? false };
    return inRecordTransaction(this.db, async (transaction) => {
      await createRecord(transaction, this.actor, PROJECT, values);
      return this.read(transaction.tx, id);
    });
  }

  /** @throws NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE */
  async update(
    id: string,
    input: { name?: string | null; isDefault?: boolean | null; expectedVersion?: number | null },
  ): Promise<ProjectRow> {
    requirePermission(this.actor, 'projects:write');
    const values = {
      name: input.name == null ? undefined : checkName(input.name),
      isDefault: input.isDefault ?? undefined,
    };
    return inRecordTransaction(this.db, async (transaction) => {
      const project = await lockRecord(transaction, this.actor, PROJECT, id, input.expectedVersion);
      await saveRecord(transaction, this.actor, PROJECT, 'changed', project, values);
      return this.read(transaction.tx, id);
    });
  }

  /** @throws NOT_FOUND | IN_USE (somebody has access) */
  async delete(id: string): Promise<void> {
    requirePermission(this.actor, 'projects:write');
    await inRecordTransaction(this.db, async (transaction) => {
      const project = await lockRecord(transaction, this.actor, PROJECT, id);
      if ((await transaction.em.count(ProjectAccess, { companyId: this.actor.companyId, projectId: id })) > 0)
        throw new DomainError('IN_USE', 'Users or teams still have access to the project.', { id });
      await deleteRecord(transaction, this.actor, PROJECT, project);
    });
  }

  /** Nothing happens when the access is there already. @throws NOT_FOUND | INVALID_VALUE (not exactly one of user and team) */
  async grant(input: AccessInput): Promise<ProjectRow> {
    return this.changeAccess(input, async (transaction, holder, current) => {
      if (current) return;
      const { companyId } = this.actor;
      const id = newId();
      await transaction.em.insert(ProjectAccess, { companyId, id, projectId: input.projectId, ...holder });
      await this.logAccess(transaction, 'project.access_granted', input.projectId, null, holder);
    });
  }

  /** Nothing happens when there is no such access. @throws NOT_FOUND | INVALID_VALUE (not exactly one of user and team) */
  async revoke(input: AccessInput): Promise<ProjectRow> {
    return this.changeAccess(input, async (transaction, holder, current) => {
      if (!current) return;
      await transaction.em.nativeDelete(ProjectAccess, { companyId: this.actor.companyId, id: current.id });
      await this.logAccess(transaction, 'project.access_revoked', input.projectId, holder, null);
    });
  }

  /** Runs `change` under the project's lock, so that two requests at once see each other's rows. */
  private async changeAccess(
    { projectId, userId, teamId }: AccessInput,
    change: (transaction: Transaction, holder: Holder, current: ProjectAccess | null) => Promise<void>,
  ): Promise<ProjectRow> {
    requirePermission(this.actor, 'projects:write');
    if ((userId == null) === (teamId == null)) throw invalidValue('userId', 'Give exactly one of userId and teamId.');
    const { companyId } = this.actor;
    return inRecordTransaction(this.db, async (transaction) => {
      const { tx, em } = transaction;
      await lockRecord(transaction, this.actor, PROJECT, projectId);
      const id = userId ?? teamId!;
      const hold = userId == null ? holdTeam : holdUser;
      const [found] = isId(id) ? await tx.run(hold.bind({ companyId, id })) : [];
      if (!found) throw notFound(userId == null ? 'Team' : 'User', id);
      const holder: Holder = userId == null ? { teamId: id } : { userId: id };
      await change(transaction, holder, await em.findOne(ProjectAccess, { companyId, projectId, ...holder }));
      return this.read(tx, projectId);
    });
  }

  private logAccess(
    { tx }: Transaction,
    kind: string,
    projectId: string,
    before: Holder | null,
    after: Holder | null,
  ): Promise<void> {
    const change = { kind, objectType: PROJECT.object, objectId: projectId };
    return logChanges(tx, this.actor, [{ ...change, before: before && { ...before }, after: after && { ...after } }]);
  }

  private async byHolder(query: CompiledQuery<ProjectRow & { holderId: string }>): Promise<Map<string, ProjectRow[]>> {
    const projects = new Map<string, ProjectRow[]>();
    for (const { holderId, ...project } of await this.db.run(query)) {
      const list = projects.get(holderId);
      if (list) list.push(project);
      else projects.set(holderId, [project]);
    }
    return projects;
  }

  private read(db: Database, id: string): Promise<ProjectRow> {
    return getRecord(db, PROJECTS, 'Project', this.actor.companyId, id);
  }
}

type Holder = { userId: string } | { teamId: string };
