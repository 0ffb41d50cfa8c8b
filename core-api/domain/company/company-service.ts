import { sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import {
  type Company,
  type CompanyPolicies,
  DEFAULT_POLICIES,
  type Plan,
} from '#core-api/persistence/entities/company.js';
import { Project } from '#core-api/persistence/entities/project.js';
import { type AdminTable, selectWideRows } from '#core-api/persistence/stores/admin-rows.js';
import {
  COMPANIES,
  type CompanyRow,
  PROJECTS,
  type ProjectRow,
  ROLES,
  type RoleRow,
} from '#core-api/persistence/stores/admin-tables.js';
import type { Condition } from '#core-api/persistence/stores/filter-sql.js';
import { type Actor, type CompanyActor, inCompany, requireOperator, requirePermission } from '../actor.js';
import { getRecord, listRecords } from '../admin-list.js';
import {
  checkName,
  createRecord,
  inRecordTransaction,
  lockRecord,
  saveRecord,
  type Transaction,
} from '../admin-record.js';
import { tokenCacheOf } from '../auth/token-cache.js';
import { checkPreset, rolePresetOf } from '../directory/profile-presets.js';
import { DomainError, invalidValue, notFound } from '../errors.js';
import { isId, newId } from '../new-id.js';
import type { Logic, Page, PageRequest, StringFilter } from '../paging.js';
import { PERMISSIONS, ROLE_PRESETS } from '../permissions.js';
import { PROJECT } from '../project/project-service.js';
import { hasActiveConnection, reviewProvisioning } from '../provisioning/prerequisites.js';
import { createPresetRoles } from '../role/role-records.js';
import { RoleService } from '../role/role-service.js';
import { requireFresh } from '../sign-in/sessions.js';
import { COMPANY } from './company-record.js';
import { checkSlug, toSlug } from './slug.js';

export interface CompanyFilter extends Logic<CompanyFilter> {
  id?: StringFilter | null;
  slug?: StringFilter | null;
  name?: StringFilter | null;
  plan?: StringFilter | null;
}
export type CompanyOrderField = 'ID' | 'SLUG' | 'NAME';

const ORDERS = { ID: null, SLUG: 'slug', NAME: 'name' } as const;
/** Companies in which directories are tried out are nobody's business. */
const IS_SHOWN: Condition = sql`probe_of is null`;

interface CompanyInput {
  name?: string | null;
  slug?: string | null;
  defaultRoleId?: string | null;
  /** All of them: what is not in the list is no default any more. */
  defaultProjectIds?: string[] | null;
  policies?: { [Name in keyof CompanyPolicies]?: CompanyPolicies[Name] | null } | null;
  expectedVersion?: number | null;
}

/** Companies: the actor's own, and all of them for operators. */
export class CompanyService {
  constructor(
    private readonly db: Database,
    private readonly actor: Actor,
  ) {}

  /** The actor's company. @throws INVALID_VALUE (an operator that named none) */
  get(): Promise<CompanyRow> {
    requirePermission(this.actor, 'company:read');
    return this.read(this.db, inCompany(this.actor).companyId);
  }

  /** The one list that crosses companies. @throws FORBIDDEN for everyone but an operator */
  list(request: PageRequest<CompanyFilter, CompanyOrderField>): Promise<Page<CompanyRow>> {
    requireOperator(this.actor);
    return listRecords(this.db, COMPANIES, ORDERS, null, request, IS_SHOWN);
  }

  /**
   * By company id, the role of users that have no other; a company without one is not in the map.
   *
   * @throws NOT_FOUND (another company, for everyone but an operator)
   */
  async defaultRolesOf(companyIds: readonly string[]): Promise<Map<string, RoleRow>> {
    const roles = await this.defaultsOf(ROLES, companyIds);
    return new Map(roles.map((role) => [role.companyId, role]));
  }

  /**
   * By company id, what new users get access to; a company without any is not in the map.
   *
   * @throws NOT_FOUND (another company, for everyone but an operator)
   */
  async defaultProjectsOf(companyIds: readonly string[]): Promise<Map<string, ProjectRow[]>> {
    return Map.groupBy(await this.defaultsOf(PROJECTS, companyIds), ({ companyId }) => companyId);
  }

  private async defaultsOf<Row>(table: AdminTable<Row>, companyIds: readonly string[]) {
    requirePermission(this.actor, 'company:read');
    const allowed = companyIds.map((id) => this.within(id).companyId);
    const rows = this.db.reachable(allowed).map((ids) =>
      selectWideRows<Row, { companyId: string }>(this.db.forCompany(ids[0]!), table, ids, sql`is_default`, {
        companyId: sql`company_id`,
      }),
    );
    return (await Promise.all(rows)).flat();
  }

  /**
   * Makes a company with the roles of its preset. The slug is made of the name when none is given.
   *
   * @throws FORBIDDEN | INVALID_VALUE | UNIQUENESS (slug)
   */
  async create(input: {
    name: string;
    slug?: string | null;
    plan?: Plan | null;
    preset?: string | null;
    /** The company whose directories are tried out in this one, which is hidden then. */
    probeOf?: string;
  }): Promise<CompanyRow> {
    requireOperator(this.actor);
    const preset = checkPreset(input.preset ?? 'rollcall');
    const name = checkName(input.name);
    const id = newId();
    const actor: CompanyActor = { ...this.actor, companyId: id, permissions: new Set(PERMISSIONS) };
    return inRecordTransaction(this.db.forCompany(id), async (transaction) => {
      await createRecord(transaction, actor, COMPANY, {
        id,
        name,
        slug: input.slug == null ? toSlug(name) : checkSlug(input.slug),
        plan: input.plan ?? 'FREE',
        probeOf: input.probeOf ?? null,
        policies: {
          ...DEFAULT_POLICIES,
          unprovisionedSignIn: preset === 'betatesting' ? 'BLOCK' : DEFAULT_POLICIES.unprovisionedSignIn,
        },
      });
      await createPresetRoles(transaction, actor, ROLE_PRESETS[rolePresetOf(preset)]);
      return this.read(transaction.tx, id);
    });
  }

  /**
   * @param id null: the actor's own; another one only by an operator.
   * @throws FORBIDDEN | STEP_UP_REQUIRED (policies) | SSO_REQUIRED (SSO_ONLY) | NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE | UNIQUENESS (slug)
   */
  async update(id: string | null, input: CompanyInput): Promise<CompanyRow> {
    requirePermission(this.actor, 'company:write');
    if (input.policies != null) requireFresh(this.actor);
    const actor = id === null ? inCompany(this.actor) : this.within(id);
    const values = {
      name: input.name == null ? undefined : checkName(input.name),
      slug: input.slug == null ? undefined : checkSlug(input.slug),
    };
    const updated = await inRecordTransaction(this.db.forCompany(actor.companyId), async (transaction) => {
      const { tx } = transaction;
      const company = await lockShown(transaction, actor, input.expectedVersion);
      const policies = input.policies == null ? undefined : checkPolicies(company.policies, input.policies);
      const isShut = policies?.signIn === 'SSO_ONLY' && company.policies.signIn !== 'SSO_ONLY';
      if (isShut && !(await hasActiveConnection(transaction.em, actor.companyId)))
        throw new DomainError('SSO_REQUIRED', 'SSO_ONLY without an active connection would let nobody in.');
      await saveRecord(transaction, actor, COMPANY, 'changed', company, { ...values, policies });
      if (policies) await reviewProvisioning(transaction, actor);
      if (input.defaultRoleId != null) await setDefaultRole(tx, actor, input.defaultRoleId);
      if (input.defaultProjectIds != null) await setDefaultProjects(transaction, actor, input.defaultProjectIds);
      return this.read(tx, actor.companyId);
    });
    if (input.policies != null) tokenCacheOf(this.db).forget(actor.companyId);
    return updated;
  }

  /** A plan without provisioning suspends it, and one with it ends that. @throws FORBIDDEN | NOT_FOUND */
  changePlan(id: string, plan: Plan): Promise<CompanyRow> {
    return this.asOperator(id, 'plan_changed', () => ({ plan }));
  }

  /** From now on nothing of it can be changed, and its directories are shut out. @throws FORBIDDEN | NOT_FOUND */
  suspend(id: string): Promise<CompanyRow> {
    return this.asOperator(id, 'suspended', ({ suspendedAt }) => ({ suspendedAt: suspendedAt ?? new Date() }));
  }

  /** @throws FORBIDDEN | NOT_FOUND */
  resume(id: string): Promise<CompanyRow> {
    return this.asOperator(id, 'resumed', () => ({ suspendedAt: null }));
  }

  private async asOperator(
    id: string,
    action: string,
    valuesOf: (company: Company) => Partial<Company>,
  ): Promise<CompanyRow> {
    requireOperator(this.actor);
    const actor: CompanyActor = { ...this.actor, companyId: id };
    const company = await inRecordTransaction(this.db.forCompany(id), async (transaction) => {
      const before = await lockShown(transaction, actor);
      await saveRecord(transaction, actor, COMPANY, action, before, valuesOf(before));
      await reviewProvisioning(transaction, actor);
      return this.read(transaction.tx, id);
    });
    tokenCacheOf(this.db).forget(id);
    return company;
  }

  /** The actor, acting within that company. @throws NOT_FOUND */
  private within(companyId: string): CompanyActor {
    const mayCross = this.actor.kind === 'OPERATOR' || this.actor.kind === 'SYSTEM';
    if ((companyId !== this.actor.companyId && !mayCross) || !isId(companyId)) throw notFound('Company', companyId);
    return { ...this.actor, companyId };
  }

  private read(db: Database, id: string): Promise<CompanyRow> {
    return getRecord(db, COMPANIES, 'Company', id, id);
  }
}

/** Bounds of those that are numbers. */
const BOUNDS = { sessionIdleMinutes: [5, 43_200], sessionHours: [1, 2_160] } as const;

/** The policies with those that were given. @throws INVALID_VALUE */
function checkPolicies(stored: CompanyPolicies, given: NonNullable<CompanyInput['policies']>): CompanyPolicies {
  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    const value = given[name as keyof typeof BOUNDS];
    if (value != null && (value < least || value > most))
      throw invalidValue(`policies.${name}`, `policies.${name} must be from ${least} to ${most}.`);
  }
  return { ...stored, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)) };
}

/** @throws NOT_FOUND (also for a hidden one) | VERSION_MISMATCH */
async function lockShown(transaction: Transaction, actor: CompanyActor, expectedVersion?: number | null) {
  const company = await lockRecord(transaction, actor, COMPANY, actor.companyId, expectedVersion);
  if (company.probeOf !== null) throw notFound('Company', actor.companyId);
  return company;
}

/** By the rules for roles, but with the right to change the company as the permission. */
async function setDefaultRole(tx: Database, actor: CompanyActor, roleId: string): Promise<void> {
  const permissions = new Set(actor.permissions).add('roles:write');
  await new RoleService(tx, { ...actor, permissions }).update(roleId, { isDefault: true });
}

async function setDefaultProjects(
  transaction: Transaction,
  actor: CompanyActor,
  ids: readonly string[],
): Promise<void> {
  const projects = await transaction.em.find(Project, { companyId: actor.companyId }, { orderBy: { id: 'asc' } });
  const unknown = ids.find((id) => !projects.some((project) => project.id === id));
  if (unknown !== undefined) throw notFound('Project', unknown);
  for (const project of projects) {
    if (project.isDefault === ids.includes(project.id)) continue;
    const locked = await lockRecord(transaction, actor, PROJECT, project.id);
    const values = { isDefault: ids.includes(project.id) };
    await saveRecord(transaction, actor, PROJECT, 'changed', locked, values);
  }
}
