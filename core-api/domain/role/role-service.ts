import type { Database } from '#core-api/persistence/database.js';
import { Directory } from '#core-api/persistence/entities/directory.js';
import { Role, RoleAssignment, RoleMapping } from '#core-api/persistence/entities/role.js';
import { ROLES, type RoleRow } from '#core-api/persistence/stores/admin-tables.js';
import {
  assignRole,
  findLocalOwners,
  holdUser,
  lockOwnerRole,
  unassignRole,
} from '#core-api/persistence/stores/role-assignments.js';
import { authorOf, type CompanyActor, requirePermission } from '../actor.js';
import { getManyRecords, getRecord, listRecords } from '../admin-list.js';
import {
  checkKey,
  checkName,
  createRecord,
  deleteRecord,
  inRecordTransaction,
  lockRecord,
  saveRecord,
  type Transaction,
} from '../admin-record.js';
import { mappedRoles } from '../directory/mapped-roles.js';
import { DomainError, forbidden, invalidValue, notFound } from '../errors.js';
import { isId, newId } from '../new-id.js';
import type { BooleanFilter, Logic, NumberFilter, Page, PageRequest, StringFilter } from '../paging.js';
import { findRole } from './find-role.js';
import { checkPermissions, OWNER_KEY, ROLE, requireHeld } from './role-records.js';

export interface RoleFilter extends Logic<RoleFilter> {
  id?: StringFilter | null;
  key?: StringFilter | null;
  name?: StringFilter | null;
  rank?: NumberFilter | null;
  isDefault?: BooleanFilter | null;
}
export type RoleOrderField = 'ID' | 'RANK' | 'KEY' | 'NAME';

const ORDERS = { ID: null, RANK: 'rank', KEY: 'key', NAME: 'name' } as const;
const HIGHEST_RANK = 1_000;

interface RoleSettings {
  name: string;
  permissions: string[];
  rank: number;
  grantableByDirectory?: boolean | null;
  isDefault?: boolean | null;
}

/** The roles of the actor's company, and who has them directly. */
export class RoleService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  list(request: PageRequest<RoleFilter, RoleOrderField>): Promise<Page<RoleRow>> {
    requirePermission(this.actor, 'roles:read');
    return listRecords(this.db, ROLES, ORDERS, this.actor.companyId, request);
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<RoleRow> {
    requirePermission(this.actor, 'roles:read');
    return this.read(this.db, id);
  }

  getMany(ids: readonly string[]): Promise<RoleRow[]> {
    requirePermission(this.actor, 'roles:read');
    return getManyRecords(this.db, ROLES, this.actor.companyId, ids);
  }

  /** @throws INVALID_VALUE | UNIQUENESS (key) | FORBIDDEN (permissions that the actor lacks) */
  async create(input: RoleSettings & { key: string }): Promise<RoleRow> {
    requirePermission(this.actor, 'roles:write');
    const values = {
      key: checkKey(input.key),
      name: checkName(input.name),
      permissions: checkPermissions(input.permissions),
      rank: checkRank(input.rank),
      grantableByDirectory: input.grantableByDirectory ?? true,
    };
    requireHeld(this.actor, values.permissions);
    return inRecordTransaction(this.db, async (transaction) => {
      const { tx } = transaction;
      await tx.run(lockOwnerRole.bind({ companyId: this.actor.companyId }));
      if (input.isDefault) await this.endDefault(transaction);
      const id = newId();
      const isDefault = input.isDefault ?? false;
      await createRecord(transaction, this.actor, ROLE, { id, ...values, isDefault });
      return this.read(tx, id);
    });
  }

  /**
   * Changes what is given. A role that has permissions beyond the actor's is out of reach, whatever would change.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE | FORBIDDEN (the role `owner`; permissions that the actor lacks)
   */
  async update(
    id: string,
    input: { [K in keyof RoleSettings]?: RoleSettings[K] | null } & { expectedVersion?: number | null },
  ): Promise<RoleRow> {
    requirePermission(this.actor, 'roles:write');
    const values = {
      name: input.name == null ? undefined : checkName(input.name),
      permissions: input.permissions == null ? undefined : checkPermissions(input.permissions),
      rank: input.rank == null ? undefined : checkRank(input.rank),
      grantableByDirectory: input.grantableByDirectory ?? undefined,
      isDefault: input.isDefault ?? undefined,
    };
    return inRecordTransaction(this.db, async (transaction) => {
      const { tx } = transaction;
      await tx.run(lockOwnerRole.bind({ companyId: this.actor.companyId }));
      const role = await lockRecord(transaction, this.actor, ROLE, id, input.expectedVersion);
      if (role.key === OWNER_KEY) throw forbidden('The role owner cannot be changed.');
      requireHeld(this.actor, [...role.permissions, ...(values.permissions ?? [])]);
      if (role.isDefault && values.isDefault === false)
        throw invalidValue('isDefault', 'A company has a default role: make another one the default instead.');
      if (values.isDefault && !role.isDefault) await this.endDefault(transaction);
      await saveRecord(transaction, this.actor, ROLE, 'changed', role, values);
      return this.read(tx, id);
    });
  }

  /** @throws NOT_FOUND | FORBIDDEN (the role `owner`; permissions that the actor lacks) | IN_USE (assigned, default, or named by a mapping or a profile) */
  async delete(id: string): Promise<void> {
    requirePermission(this.actor, 'roles:write');
    const { companyId } = this.actor;
    await inRecordTransaction(this.db, async (transaction) => {
      const role = await lockRecord(transaction, this.actor, ROLE, id);
      if (role.key === OWNER_KEY) throw forbidden('The role owner cannot be deleted.');
      requireHeld(this.actor, role.permissions);
      if (role.isDefault) throw inUse(id, 'The default role cannot be deleted; make another one the default first.');
      const { em } = transaction;
      if ((await em.count(RoleAssignment, { companyId, roleId: id })) > 0)
        throw inUse(id, 'The role is still assigned or denied.');
      if ((await em.count(RoleMapping, { companyId, roleId: id })) > 0)
        throw inUse(id, 'A mapping still names the role.');
      const directories = await em.find(Directory, { companyId });
      const naming = directories.find(({ profile }) =>
        mappedRoles(profile).some(([, named]) => findRole([role], named)),
      );
      if (naming) throw inUse(id, `The profile of the directory ${naming.name} still names the role.`);
      await deleteRecord(transaction, this.actor, ROLE, role);
    });
  }

  /** Grants a role directly, and ends a direct denial; nothing happens when the user has it so already. @throws NOT_FOUND | FORBIDDEN */
  async assign(userId: string, roleId: string): Promise<void> {
    requirePermission(this.actor, 'roles:assign');
    await inRecordTransaction(this.db, async ({ tx }) => {
      const assignment = await this.assignment(tx, userId, roleId);
      await tx.run(assignRole.bind({ ...assignment, kind: 'role.assigned', denied: false }));
    });
  }

  /**
   * Takes back a direct grant; what a directory grants stays. Nothing happens when there is none.
   *
   * @throws NOT_FOUND | FORBIDDEN | LAST_OWNER
   */
  unassign(userId: string, roleId: string): Promise<void> {
    return this.keepingAnOwner(userId, roleId, (tx, assignment) =>
      tx.run(unassignRole.bind({ ...assignment, kind: 'role.unassigned', denied: false })),
    );
  }

  /**
   * Denies a role directly, whatever else grants it; a direct grant makes way. Nothing happens when it is denied so already.
   *
   * @throws NOT_FOUND | FORBIDDEN | LAST_OWNER
   */
  deny(userId: string, roleId: string): Promise<void> {
    return this.keepingAnOwner(userId, roleId, (tx, assignment) =>
      tx.run(assignRole.bind({ ...assignment, kind: 'role.denied', denied: true })),
    );
  }

  /** Ends a direct denial; denials by mappings stay. Nothing happens when there is none. @throws NOT_FOUND | FORBIDDEN */
  async allow(userId: string, roleId: string): Promise<void> {
    requirePermission(this.actor, 'roles:assign');
    await inRecordTransaction(this.db, async ({ tx }) => {
      const assignment = await this.assignment(tx, userId, roleId);
      await tx.run(unassignRole.bind({ ...assignment, kind: 'role.allowed', denied: true }));
    });
  }

  /** Runs `write`, after which the user has the role no more, unless that would leave no owner. */
  private async keepingAnOwner(
    userId: string,
    roleId: string,
    write: (tx: Database, assignment: Awaited<ReturnType<RoleService['assignment']>>) => Promise<unknown>,
  ): Promise<void> {
    requirePermission(this.actor, 'roles:assign');
    const { companyId } = this.actor;
    await inRecordTransaction(this.db, async ({ tx }) => {
      // First the lock, then the count: of two requests at once, the second must see what the first has left.
      await tx.run(lockOwnerRole.bind({ companyId }));
      const assignment = await this.assignment(tx, userId, roleId);
      if (assignment.roleKey === OWNER_KEY) {
        const owners = await tx.run(findLocalOwners.bind({ companyId, except: [] }));
        if (owners.length === 1 && owners[0]!.userId === userId)
          throw new DomainError('LAST_OWNER', 'At least one active local owner must remain.', { id: userId });
      }
      await write(tx, assignment);
    });
  }

  private async assignment(db: Database, userId: string, roleId: string) {
    const role = await this.read(db, roleId);
    requireHeld(this.actor, role.permissions);
    const { companyId } = this.actor;
    const [user] = isId(userId) ? await db.run(holdUser.bind({ companyId, id: userId })) : [];
    if (!user) throw notFound('User', userId);
    return { ...authorOf(this.actor), userId, roleId, roleKey: role.key };
  }

  /** The table allows one default a company, so the old one goes before the new one comes. */
  private async endDefault(transaction: Transaction): Promise<void> {
    const { companyId } = this.actor;
    const former = await transaction.em.findOne(Role, { companyId, isDefault: true }, { refresh: true });
    if (former) await saveRecord(transaction, this.actor, ROLE, 'changed', former, { isDefault: false });
  }

  private read(db: Database, id: string): Promise<RoleRow> {
    return getRecord(db, ROLES, 'Role', this.actor.companyId, id);
  }
}

function checkRank(rank: number): number {
  if (!Number.isInteger(rank) || rank < 0 || rank > HIGHEST_RANK)
    throw invalidValue('rank', `rank must be a whole number from 0 to ${HIGHEST_RANK}.`);
  return rank;
}

const inUse = (id: string, message: string) => new DomainError('IN_USE', message, { id });
