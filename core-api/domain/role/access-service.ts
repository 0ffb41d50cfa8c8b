import type { Database } from '#core-api/persistence/database.js';
import { Directory } from '#core-api/persistence/entities/directory.js';
import type { ChangeRow, TeamRow } from '#core-api/persistence/rows.js';
import { ROLE_MAPPINGS, ROLES, type RoleMappingRow, type RoleRow } from '#core-api/persistence/stores/admin-tables.js';
import { companyRoles } from '#core-api/persistence/stores/company-roles.js';
import {
  type ChangeSought,
  changesThatBrought,
  type RoleSourceRow,
  roleSourcesOfUser,
} from '#core-api/persistence/stores/role-changes.js';
import { teamsByIds } from '#core-api/persistence/stores/role-people.js';
import { userById } from '#core-api/persistence/stores/users.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getManyRecords } from '../admin-list.js';
import { changePosition } from '../change/change-service.js';
import { notFound } from '../errors.js';
import { isId } from '../new-id.js';
import type { Permission } from '../permissions.js';
import { scopeOf } from '../user/ownership.js';
import { grantedRoles, roleValuesOf } from '../user/role-attribute.js';
import type { UserView } from '../user/user-types.js';
import { checkPermissions } from './role-records.js';

/** What one source does in the end. */
export type AccessEffect = 'GRANTS' | 'DENIES' | 'DENIED' | 'OUTRANKED' | 'SET_ASIDE';

/** One way in which a user comes to a role, or is kept from it. */
export interface AccessLink {
  role: RoleRow;
  /** Whether the role has the permission that was asked for. */
  allows: boolean;
  source: RoleSourceRow['source'] | 'DEFAULT';
  isDenial: boolean;
  effect: AccessEffect;
  team: TeamRow | null;
  mapping: RoleMappingRow | null;
  attributeValues: string[];
  /** The newest entry of the log that gave or denied it so; null for the default role, and for what is older than the log. */
  change: (ChangeRow & { id: string }) | null;
  /** What the token or key was called by which that change was made. */
  credentialName: string | null;
  directoryId: string | null;
}

export interface AccessExplanation {
  isGranted: boolean;
  active: boolean;
  roles: RoleRow[];
  chain: AccessLink[];
}

/** Why a user may do something, or may not. */
export class AccessService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /**
   * All that gives or denies roles to a user; links of roles that have the permission come first, then by rank.
   *
   * @throws NOT_FOUND (the user) | INVALID_VALUE (no such permission)
   */
  async explain(userId: string, permission: string): Promise<AccessExplanation> {
    for (const needed of ['users:read', 'roles:read', 'audit:read'] as const) requirePermission(this.actor, needed);
    const [asked] = checkPermissions([permission], 'permission') as [Permission];
    const { companyId } = this.actor;
    // One state of the database for all that is read of it would be dearer than a link that is a moment older than the next.
    const user = await this.#user(userId);
    const sources = await this.db.run(roleSourcesOfUser.bind({ companyId, userId }));
    const roles = new Map(
      (
        await getManyRecords(
          this.db,
          ROLES,
          companyId,
          sources.map(({ roleId }) => roleId),
        )
      ).map((r) => [r.id, r]),
    );
    const links = await this.#links(user, sources, roles, asked);
    const held = user.roles ?? [];
    for (const role of held)
      if (!sources.some((each) => each.roleId === role.id && each.counts && !each.denied))
        links.push({
          ...NO_LINK,
          role,
          allows: role.permissions.includes(asked),
          source: 'DEFAULT',
          directoryId: role.isDefault ? null : user.directoryId,
        });
    return {
      isGranted: user.active && held.some(({ permissions }) => permissions.includes(asked)),
      active: user.active,
      roles: held,
      chain: links.toSorted((a, b) => Number(b.allows) - Number(a.allows) || b.role.rank - a.role.rank),
    };
  }

  async #user(userId: string): Promise<UserView> {
    const scope = scopeOf(this.actor);
    const [user] = isId(userId) ? await this.db.run(userById({ roles: true }).bind({ ...scope, id: userId })) : [];
    if (!user) throw notFound('User', userId);
    return user;
  }

  async #links(
    user: UserView,
    sources: readonly RoleSourceRow[],
    roles: ReadonlyMap<string, RoleRow>,
    asked: Permission,
  ): Promise<AccessLink[]> {
    const { companyId } = this.actor;
    const teamIds = sources.flatMap(({ teamId }) => teamId ?? []);
    const teams = new Map((await this.db.run(teamsByIds.bind({ companyId, ids: teamIds }))).map((t) => [t.id, t]));
    const mappingIds = sources.flatMap(({ mappingId }) => mappingId ?? []);
    const mappings = new Map(
      (await getManyRecords(this.db, ROLE_MAPPINGS, companyId, mappingIds)).map((each) => [each.id, each]),
    );
    const changes = await this.#changes(user.id, sources);
    const valuesOf = await this.#attributeValues(user, sources);
    const held = new Set(user.roles?.map(({ id }) => id));
    return sources.flatMap((source, i): AccessLink[] => {
      const role = roles.get(source.roleId);
      if (!role) return [];
      const team = source.teamId === null ? null : (teams.get(source.teamId) ?? null);
      const change = changes.get(i) ?? null;
      return [
        {
          role,
          allows: role.permissions.includes(asked),
          source: source.source,
          isDenial: source.denied,
          effect: effectOf(source, sources, held),
          team,
          mapping: source.mappingId === null ? null : (mappings.get(source.mappingId) ?? null),
          attributeValues: source.source === 'ATTRIBUTE' ? (valuesOf.get(role.id) ?? []) : [],
          change: change && { ...change, id: changePosition(change) },
          credentialName: change?.credentialId == null ? null : change.actorName,
          directoryId: team ? team.directoryId : source.source === 'ATTRIBUTE' ? user.directoryId : null,
        },
      ];
    });
  }

  /** By the index of the source: the change that brought it. */
  async #changes(userId: string, sources: readonly RoleSourceRow[]): Promise<Map<number, ChangeRow>> {
    const sought = sources.map(
      ({ teamId, roleId, source }): ChangeSought =>
        teamId === null
          ? { objectId: userId, kind: 'role.', after: { roleId, source } }
          : { objectId: teamId, kind: 'team.member_', after: { userId } },
    );
    if (sought.length === 0) return new Map();
    const { companyId } = this.actor;
    const found = await this.db.run(changesThatBrought.bind({ companyId, sought: JSON.stringify(sought) }));
    return new Map(found.map(({ place, ...change }) => [place, change]));
  }

  /** By role id: the values of the directory's attribute that name it. */
  async #attributeValues(user: UserView, sources: readonly RoleSourceRow[]): Promise<Map<string, string[]>> {
    const values = new Map<string, string[]>();
    if (user.directoryId === null || !sources.some(({ source }) => source === 'ATTRIBUTE')) return values;
    const { companyId } = this.actor;
    const { em } = this.db;
    const { profile } = await em.findOneOrFail(Directory, { companyId, id: user.directoryId });
    const roles = await this.db.run(companyRoles.bind({ companyId }));
    for (const value of roleValuesOf(profile, user))
      for (const id of grantedRoles({ ...profile, unknownRoles: 'IGNORE' }, [value], roles).roleIds)
        values.set(id, [...(values.get(id) ?? []), value]);
    return values;
  }
}

const NO_LINK = {
  isDenial: false,
  effect: 'GRANTS',
  team: null,
  mapping: null,
  attributeValues: [],
  change: null,
  credentialName: null,
} satisfies Partial<AccessLink>;

function effectOf(source: RoleSourceRow, all: readonly RoleSourceRow[], held: ReadonlySet<string>): AccessEffect {
  if (!source.counts) return 'SET_ASIDE';
  if (source.denied) return 'DENIES';
  if (held.has(source.roleId)) return 'GRANTS';
  return all.some(({ roleId, counts, denied }) => roleId === source.roleId && counts && denied)
    ? 'DENIED'
    : 'OUTRANKED';
}
